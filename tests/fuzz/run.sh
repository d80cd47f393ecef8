#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the fuzzers with clang and runs them: ASan, UBSan and leaks, each
# bounded in memory and in the length of inputs.
#
# Without --seconds it is the same on every machine: so many runs of each from
# one seed, beginning with the inputs of tests/fuzz/seeds, which together reach
# what long runs have reached. With it each fuzzer goes on for that long and
# keeps what it finds in build/fuzz/NAME.corpus. What fails is kept there too.
# The last line is "N passed, N failed".
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${HOSPES_BUILD:-$top/build}
work=$build/fuzz
seeds=$top/tests/fuzz/seeds

# Name, runs, longest input in bytes.
table='
xenstore_wire   15000 2048
xenstore_ring   15000 2048
xenstore_state  10000 4096
core_fuzz       10000 2048
multiboot_fuzz 300000 1024
config_fuzz     20000 4096
image_fuzz      20000 8192
xz_fuzz         10000 8192
elf_fuzz       100000 8192
cmdline_fuzz   100000 1024
'

usage() {
	cat <<'END'
usage: tests/fuzz/run.sh [--seconds N] [--coverage | --keep-seeds] [NAME...]
  --seconds N   run each for N seconds instead of a fixed number of runs
  --coverage    after the runs, lines of xenstore/ that were reached
                (needs llvm; builds of its own)
  --keep-seeds  after the runs, put a smallest set of inputs that reaches as
                much into tests/fuzz/seeds
names:
END
	names | sed 's/^/  /'
}

names() {
	awk 'NF { print $1 }' <<<"$table"
}

seconds=
coverage=
keep=
chosen=()
while [ $# -gt 0 ]; do
	case $1 in
	--seconds) seconds=${2:?}; shift ;;
	--coverage) coverage=yes ;;
	--keep-seeds) keep=yes ;;
	-*) usage; exit 2 ;;
	*) chosen+=("$1") ;;
	esac
	shift
done
[ ${#chosen[@]} -gt 0 ] || mapfile -t chosen < <(names)

# One input a line, as base64, so that they can be read by git and people.
# Those of NAME.made are hand-made: each is just over a bound, so that it
# reaches nothing new until somebody takes that bound away.
unpack_seeds() {
	local n=0 line
	mkdir -p "$2"
	while read -r line; do
		n=$((n + 1))
		base64 -d <<<"$line" >"$2/$(printf 'seed%04d' $n)"
	done < <(cat "$seeds/$1" "$seeds/$1.made" 2>/dev/null)
}

# keep_seeds NAME LENGTH: from the seeds there are and what was found.
keep_seeds() {
	local small=$work/$1.small file
	rm -rf "$small"
	mkdir -p "$small" "$seeds"
	"$(binary "$1")" -merge=1 -use_counters=0 -max_len="$2" \
		"$small" "$work/$1.corpus" >"$work/$1.merge.log" 2>&1
	for file in "$small"/*; do
		base64 -w 0 <"$file"
		echo
	done | awk '{ print length($0), $0 }' | sort -n | cut -d' ' -f2- \
		>"$seeds/$1"
}

binary() {
	echo "$build/tests/fuzz$coverage/$1"
}

# run_one NAME RUNS LENGTH: 0 if nothing was found.
run_one() {
	local bound="-runs=$2 -seed=1" corpus=$work/$1.corpus
	[ -z "$seconds" ] || bound="-max_total_time=$seconds"
	# What earlier runs found would make this run another one.
	[ -n "$seconds$keep" ] || rm -rf "$corpus"
	unpack_seeds "$1" "$corpus"
	# shellcheck disable=SC2086
	SEEDS=$corpus LLVM_PROFILE_FILE=$work/$1.profraw \
		"$(binary "$1")" $bound \
		-max_len="$3" -len_control=20 -rss_limit_mb=1024 -timeout=20 \
		-detect_leaks=1 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix="$work/$1-" "$corpus" >"$work/$1.log" 2>&1
}

report() {
	local runs
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$1.log")
	if [ "$2" = 0 ]; then
		echo "ok $1: $runs runs"
		return 0
	fi
	echo "not ok $1"
	grep -aE 'not so|runtime error|SUMMARY|Test unit' "$work/$1.log"
	return 1
}

# Lines reached in the store, of all fuzzers together.
show_coverage() {
	local objects=() name
	for name in "${chosen[@]}"; do
		case $name in
		xenstore_*) objects+=(-object "$(binary "$name")") ;;
		esac
	done
	llvm-profdata-14 merge -o "$work/all.profdata" "$work"/xenstore_*.profraw
	llvm-cov-14 report "${objects[@]:1}" \
		-instr-profile="$work/all.profdata" 2>/dev/null |
		awk '$1 ~ /xenstore\/(daemon|common)\/.*\.c$/ {
			n = split($1, part, "/")
			printf "%-16s %5d of %5d\n", part[n], $8 - $9, $8
			all += $8; missed += $9
		} END { printf "%-16s %5d of %5d, %.1f%%\n", "together",
			all - missed, all, 100 * (all - missed) / all }'
}

mkdir -p "$work"
cd "$build" || exit 2
targets=()
options=()
for name in "${chosen[@]}"; do
	[ -n "$(awk -v n="$name" '$1 == n' <<<"$table")" ] ||
		{ usage >&2; exit 2; }
	targets+=("tests/fuzz/$name")
done
if [ -n "$coverage" ]; then
	coverage=/coverage
	rm -f "$work"/*.profraw
	targets=("${targets[@]/fuzz/fuzz$coverage}")
	options=(FUZZ_DIR=tests/fuzz/coverage
		FUZZ_EXTRA="-fprofile-instr-generate -fcoverage-mapping")
fi
make -s -j"$(nproc)" "${options[@]}" "${targets[@]}" ||
	{ echo "0 passed, 1 failed"; exit 1; }

# As many at a time as there are processors; told in the order of the table.
passed=0
failed=0
declare -A process
for name in "${chosen[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
		wait -n
	done
	read -r _ runs length < <(awk -v n="$name" '$1 == n' <<<"$table")
	run_one "$name" "$runs" "$length" &
	process[$name]=$!
done
for name in "${chosen[@]}"; do
	wait "${process[$name]}"
	if report "$name" $?; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	[ -z "$keep" ] || keep_seeds "$name" \
		"$(awk -v n="$name" '$1 == n { print $3 }' <<<"$table")"
done
[ -z "$coverage" ] || show_coverage
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
