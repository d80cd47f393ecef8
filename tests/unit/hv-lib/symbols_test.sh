#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# debug/symbols and mksyms by a two-pass link of a host program, which asks for
# the names of its own functions; a position-independent one moves as it is
# loaded. The first link has no names, and the code stays where it was.
set -eu
top=${srcdir:?}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
hv=$top/hypervisor

cat >"$dir/main.c" <<'EOF'
#include <stdio.h>
#include <string.h>
#include "debug/symbols.h"
static __attribute__((noinline)) int hidden_one(int v)
{
	return printf("%d", v) + 1;
}
int main(int argc, char **argv)
{
	size_t off = 99;
	const char *name = symbol_lookup((uintptr_t)hidden_one + 1, &off);

	if (argc > 1) /* first link: no names */
		return name != NULL;
	if (!name || strcmp(name, "hidden_one") || off != 1)
		return 2;
	name = symbol_lookup((uintptr_t)main, &off);
	if (!name || strcmp(name, "main") || off)
		return 3;
	name = symbol_lookup((uintptr_t)symbol_lookup, &off);
	if (!name || strcmp(name, "symbol_lookup") || off)
		return 4;
	if (symbol_lookup((uintptr_t)&off, &off) || symbol_lookup(0, &off) ||
	    symbol_lookup((uintptr_t)"data", &off))
		return 5;
	return hidden_one(0) + (argv == NULL) - 2;
}
EOF
build() {
	"${CC:-cc}" -g -O1 -fPIE -pie -DHOST_BUILD -D_GNU_SOURCE -I"$hv" \
		-o "$dir/$1" "$dir/main.c" "$hv/debug/symbols.c" "$2"
}
"$hv/debug/mksyms" </dev/null >"$dir/empty.S"
build first "$dir/empty.S"
"$dir/first" first
nm -n "$dir/first" | "$hv/debug/mksyms" >"$dir/full.S"
build second "$dir/full.S"
"$dir/second"
nm -n "$dir/second" | "$hv/debug/mksyms" >"$dir/again.S"
cmp "$dir/full.S" "$dir/again.S"
