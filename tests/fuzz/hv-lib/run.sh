#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the fuzzers of hypervisor/lib with clang and runs each for so many
# seconds (default 60), starting from what the real packers make.
#   usage: run.sh [seconds [name ...]]      names: xz elf cmdline
set -eu
top=$(cd "$(dirname "$0")/../../.." && pwd)
seconds=${1:-60}
[ $# -eq 0 ] || shift
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(xz elf cmdline)
build=${HOSPES_BUILD:-$top/build}/fuzz/hv-lib
mkdir -p "$build"
cd "$build"

seed() {
	# One sample in each way that a packer can be asked to pack it; the
	# byte before it gives the decoder much room.
	local n=0 how
	mkdir -p "corpus.$1"
	for how in "${@:2}"; do
		n=$((n + 1))
		{ printf '\200'; eval "$how" <sample; } >"corpus.$1/seed$n"
	done
}

seeds() {
	# Some text, some code.
	{ head -c 9000 "$top/hypervisor/lib/lzma2.c"; head -c 30000 /bin/sh; } \
		>sample
	case $1 in
	xz) seed xz 'xz --check=crc32 --x86 --lzma2' 'xz -q --format=raw' \
		'xz -q --format=raw --lzma2=preset=9,lc=1,lp=3,pb=0' ;;
	elf)
		mkdir -p corpus.elf
		head -c 40000 /bin/sh >corpus.elf/seed1
		;;
	cmdline)
		mkdir -p corpus.cmdline
		echo 'dom0_mem=min:512M,max:1G no-smt "a b"=c com1=1,8n1' \
			>corpus.cmdline/seed1
		;;
	esac
}

status=0
for name in "${names[@]}"; do
	seeds "$name"
	clang -g -O1 -std=gnu11 -D_GNU_SOURCE -DHOST_BUILD \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -I"$top" -I"$top/hypervisor" \
		-o "${name}_fuzz" "$top/tests/fuzz/hv-lib/${name}_fuzz.c" \
		"$top"/hypervisor/lib/*.c -llzma
	if ./"${name}_fuzz" -max_total_time="$seconds" -max_len=50000 \
		-timeout=10 -print_final_stats=1 "corpus.$name" \
		>"$name.log" 2>&1; then
		echo "ok $name: $(grep -a 'number_of_executed' "$name.log")"
	else
		echo "not ok $name"
		tail -n 30 "$name.log"
		status=1
	fi
done
exit $status
