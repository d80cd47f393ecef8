#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a program that uses our libraries finds once they are installed: headers
# that stand alone, in C and in C++; pkg-config files that are enough to compile,
# link and run; every exported function declared in a header and explained in
# the manual. The last line is "N passed, N failed".
#
# usage: xenstore-install.sh [build directory]
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
build=${1:-${HOSPES_BUILD:-$top/build}}
[ -x ./hospes-xenstored ] && build=.
build=$(cd "$build" && pwd) || exit 2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
passed=0
failed=0

# expect NAME COMMAND...: it succeeds.
expect() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok: $name: $out"
	fi
}

expect "install" make -s -C "$build" DESTDIR="$stage" \
	install-libLTLIBRARIES install-includeHEADERS install-pkgconfigDATA
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
root=$stage$prefix
export PKG_CONFIG_PATH=$root/lib/pkgconfig
export PKG_CONFIG_SYSROOT_DIR=$stage

# alone COMPILER... : a header by itself, twice.
alone() {
	printf '#include <%s>\n#include <%s>\nint main(void) { return 0; }\n' \
		"$header" "$header" |
		"$@" -Wall -Wextra -Wshadow -Wundef -pedantic -Werror \
			-I"$root/include" -fsyntax-only -
}
for header in xenstore.h xenstore_lib.h xenstore_async.h; do
	expect "$header in C99" alone gcc -std=c99 -x c
	expect "$header in C11" alone clang -std=c11 -x c
	expect "$header in C++" alone clang -std=c++11 -x c++
done

# In C++ the names must be those that the library has.
cat >"$stage/use.c" <<'END'
#include <xenstore_async.h>

static void done(void *arg, const struct xs_async_reply *reply)
{
	*(int *)arg = reply->error;
}

int main(void)
{
	struct xs_handle *h = xs_open(0);
	struct xs_async *a = 0;
	int error = 1;

	if (h || !xs_async_open(0, &a)) {
		xs_async_read(a, XBT_NULL, "/", done, &error);
	}
	xs_async_close(a);
	xs_close(h);
	return xs_path_is_subpath("/a", "/a/b") ? 0 : 1;
}
END
use() {
	local flags
	flags=$(pkg-config --cflags --libs "$@") || return
	# shellcheck disable=SC2086
	"${compiler[@]}" -o "$stage/use" "$stage/use.c" $flags &&
		XENSTORED_PATH=/nonexistent/socket LD_LIBRARY_PATH=$root/lib \
			"$stage/use"
}
compiler=(gcc)
expect "a program by pkg-config" use xenstore-async xenstore
compiler=(clang -x c++)
expect "the same in C++" use xenstore-async xenstore
expect "version of Xen's pkg-config file" pkg-config --exact-version=4.0 \
	xenstore

# The example of the manual, as it stands there, counts.
awk '/^# SEE/ { exit } /^#include/ { on = 1 } /^\140/ { on = 0 } on' \
	"$top/docs/man/xenstore_async.3.scd" >"$stage/use.c"
example() {
	# shellcheck disable=SC2046
	gcc -Wall -Wextra -Werror -o "$stage/example" "$stage/use.c" \
		$(pkg-config --cflags --libs xenstore-async)
}
expect "the manual's example compiles" example
"$build/hospes-xenstored" -N -D --no-journal --rundir "$stage" \
	-s "$stage/socket" &
daemon=$!
for _ in $(seq 50); do
	[ -S "$stage/socket" ] && break
	sleep 0.1
done
counts() {
	local out
	out=$(XENSTORED_PATH=$stage/socket LD_LIBRARY_PATH=$root/lib \
		"$stage/example") && [ "$out" = "$1" ]
}
expect "the manual's example" counts 1
expect "the manual's example again" counts 2
kill "$daemon"
wait "$daemon"

# documented FUNCTION HEADER PAGE
documented() {
	grep -q "\\b$1(" "$top/xenstore/libxs/$2" &&
		grep -q "\\b$1\\b" "$top/docs/man/$3"
}
functions() {
	nm -D --defined-only "$root/lib/$1" | sed -n 's/.* T \(xs_[^@]*\).*/\1/p'
}
for name in $(functions libxenstore.so.4); do
	header=xenstore.h
	grep -q "\\b$name(" "$top/xenstore/libxs/$header" ||
		header=xenstore_lib.h
	expect "$name is declared and explained" \
		documented "$name" "$header" libxenstore.3.scd
done
for name in $(functions libxenstore-async.so.1); do
	expect "$name is declared and explained" \
		documented "$name" xenstore_async.h xenstore_async.3.scd
done

# What the daemon takes is in its manual.
manual=$top/docs/man/hospes-xenstored.8.scd
for option in $("$build/hospes-xenstored" --help | grep -oE -- '--[a-z-]+'); do
	expect "the manual has $option" grep -qF -- "*$option*" "$manual"
done
commands() {
	sed -n '/^} commands\[\]/,/^};/s/^	{ "\([^"]*\)".*/\1/p' \
		"$top/xenstore/daemon/control.c"
}
for command in $(commands); do
	expect "the manual has the command $command" \
		grep -qE "^.*\*$command\*" "$manual"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
