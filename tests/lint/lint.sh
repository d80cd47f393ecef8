#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The checks that look at the source alone. Each counts as one; the last line
# is "N passed, N failed". Names on the command line choose some of them.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 2

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

c_files() {
	git ls-files '*.c' '*.h'
}

scripts() {
	git ls-files | while read -r file; do
		if [ ! -f "$file" ] || [ -L "$file" ]; then
			continue
		fi
		case $(head -c 100 "$file" | head -n 1 | tr -d '\0') in
		'#!/bin/sh'* | '#!/bin/bash'* | '#!/bin/busybox sh'* | \
			'#!/usr/bin/env bash'* | '#!/bin/dash'*) echo "$file" ;;
		*) case $file in *.sh) echo "$file" ;; esac ;;
		esac
	done
}

lint_format() {
	local bad
	bad=$(c_files | xargs -r clang-format --dry-run -Werror 2>&1 |
		grep 'error:' | cut -d : -f 1 | sort | uniq -c)
	echo "$bad"
	[ -z "$bad" ]
}

lint_layers() {
	"$here/layers"
}

lint_headers() {
	"$here/headers"
}

# Patches of Linux carry Linux's license; the rest says ours.
lint_license() {
	local bad
	bad=$(git ls-files '*.c' '*.h' '*.S' '*.y' '*.l' '*.mk' '*.sh' '*.py' |
		xargs -r grep -L 'SPDX-License-Identifier: BSD-2-Clause')
	echo "$bad"
	[ -z "$bad" ]
}

lint_shell() {
	local files
	mapfile -t files < <(scripts)
	shellcheck -S info -x -P SCRIPTDIR "${files[@]}"
}

lint_python() {
	local file bad=0
	while read -r file; do
		python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' \
			"$file" || bad=1
	done < <(git ls-files '*.py')
	return "$bad"
}

# Left out: what it takes for errors in good code (memset of a local, a test of
# a pointer after free, a loop that runs at least once, distances of linker symbols).
lint_cppcheck() {
	git ls-files '*.c' | xargs -r cppcheck --quiet --enable=portability \
		--inline-suppr --error-exitcode=1 --std=c11 -j "$(nproc)" \
		--suppress=preprocessorErrorDirective --suppress=syntaxError \
		--suppress=unknownMacro --suppress=uninitvar \
		--suppress=nullPointer --suppress=deallocret \
		--suppress=unknownEvaluationOrder \
		--suppress=comparePointers \
		--suppress=memleakOnRealloc --max-configs=2 2>&1
}

# What runs in ring 0 stays readable in a week.
lint_size() {
	local lines
	lines=$(git ls-files hypervisor | grep '\.[chS]$' | xargs -r cat |
		wc -l)
	echo "hypervisor: $lines lines"
	[ "$lines" -lt 30000 ]
}

lint_space() {
	! git grep -nIE '[ 	]+$' -- . ':!*.md' ':!*.patch'
}

all="format layers headers license shell python cppcheck size space"
[ $# -gt 0 ] || read -ra names <<<"$all"
[ $# -eq 0 ] || names=("$@")
for name in "${names[@]}"; do
	if "lint_$name" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok $name"
	else
		failed=$((failed + 1))
		echo "not ok $name"
		head -n 40 "$log" | sed 's/^/    /'
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
