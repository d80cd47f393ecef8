#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `make check`, with its tests counted: CUnit's own number of tests where a
# program prints it, one for a program that does not.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
build=${HOSPES_BUILD:-$top/build}
cd "$build" || exit 2
status=0
make -s -k -j"$(nproc)" check || status=$?

passed=0
failed=0
# One .trs file a program; its log has the same name.
while read -r trs; do
	log=${trs%.trs}.log
	result=$(sed -n 's/^:global-test-result: //p' "$trs")
	row=$(grep -aE '^ +tests +[0-9]+' "$log" | tail -n 1)
	if [ -n "$row" ]; then
		read -r _ _ _ good bad _ <<<"$row"
	else
		good=0 bad=0
	fi
	case $result in
	PASS)
		passed=$((passed + (good > 0 ? good : 1)))
		;;
	# Its first line says why.
	SKIP) echo "skipped ${trs%.trs}: $(head -n 1 "$log")" ;;
	*)
		passed=$((passed + good))
		failed=$((failed + (bad > 0 ? bad : 1)))
		echo "not ok ${trs%.trs}"
		tail -n 20 "$log"
		;;
	esac
done < <(find . -name '*.trs' -newer Makefile | sort)
[ "$status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
