#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Boots micro guests as dom0, one QEMU after another, and adds up their checks.
#
# A guest that prints `TEST x: N passed, N failed` counts as it says. One whose
# line ends in "and now it must be killed" has one check more: the hypervisor
# must say that the domain crashed, and must not die itself. A guest without
# such a line, or one after which the hypervisor panicked, is one failure.
#
# NAME.expect beside a guest's source says what must be in its log, on ours: a
# regular expression of awk a line, in this order, each one check. Comments
# may say "# options: WORDS" for the hypervisor's command line, and "# dies".
# Logs of what failed stay beside the images, others go.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${HOSPES_BUILD:-$here/../../build}
hypervisor=ours
limit=60
keep=0
names=()

usage()
{
	cat <<END
usage: run.sh [--hypervisor ours|xen|FILE] [--build DIR] [--smp N]
              [--timeout S] [--cpu MODEL] [--keep] [NAME...]
Without names: every image in DIR/tests/guest. xen is Debian's 4.17, fetched
by tests/qemu/fetch. The last line is \`N passed, N failed\`.
END
}

smp=2
cpu=max,-smap,-rdtscp,+svm,+npt
while [ $# -gt 0 ]; do
	case $1 in
	--hypervisor) hypervisor=$2; shift ;;
	--build) build=$2; shift ;;
	--smp) smp=$2; shift ;;
	--cpu) cpu=$2; shift ;;
	--timeout) limit=$2; shift ;;
	--keep) keep=1 ;;
	--help) usage; exit 0 ;;
	-*) usage >&2; exit 2 ;;
	*) names+=("$1") ;;
	esac
	shift
done
build=$(cd "$build" && pwd)
images=$build/tests/guest

case $hypervisor in
ours)
	kernel=$build/hypervisor/hospes
	;;
xen)
	HOSPES_BUILD=$build "$here/../qemu/fetch"
	kernel=${HOSPES_DEBS:-$build/debs}/xen
	;;
*)
	kernel=$hypervisor
	;;
esac
if [ ! -r "$kernel" ]; then
	echo "no hypervisor at $kernel"
	echo "0 passed, 1 failed"
	exit 1
fi
if [ ${#names[@]} -eq 0 ]; then
	for image in "$images"/*.elf; do
		names+=("$(basename "$image" .elf)")
	done
fi

options="console=com1 com1=115200,8n1 dom0_mem=64M,max:96M dom0_max_vcpus=2"
options="$options guest_loglvl=all"
[ "$hypervisor" = xen ] && options="$options spec-ctrl=eager-fpu"

result='^TEST [^:]*: [0-9]* passed, [0-9]* failed'
killed='[Dd]omain 0 crashed|PANIC on CPU|[Dd]om0 crashed|d0 crashed'
died='P(anic|ANIC) on|FATAL|^\(XEN\) Xen BUG|[Hh]ypervisor panic|^panic'

# cpus NAME: physical CPUs for a guest; some want their two vcpus on one.
cpus()
{
	case $1 in
	fpu) echo 1 ;;
	*) echo "$smp" ;;
	esac
}

# expected NAME: its file of expectations, or nothing.
expected()
{
	[ "$hypervisor" = xen ] || [ ! -r "$here/$1.expect" ] ||
		echo "$here/$1.expect"
}

# meet FILE LOG: how far the log meets the expectations: "MET OF" and the first
# that is missing.
meet()
{
	tr -d '\r' <"$2" | awk -v want="$1" '
	BEGIN {
		n = met = 0
		while ((getline line <want) > 0) {
			if (line !~ /^#/)
				pattern[n++] = line
		}
	}
	met < n && $0 ~ pattern[met] { met++ }
	END { print met + 0, n, pattern[met] }'
}

# boot IMAGE LOG: until the result stands there and a little later, or the end.
boot()
{
	local name expect more="" met of rest
	name=$(basename "$1" .elf)
	expect=$(expected "$name")
	[ -z "$expect" ] || more=$(sed -n 's/^# options://p' "$expect")
	timeout -k 2 "$limit" qemu-system-x86_64 \
		-cpu "$cpu" \
		-smp "$(cpus "$name")" -m 256 \
		-display none -monitor none -no-reboot -net none \
		-serial "file:$2" -kernel "$kernel" -append "$options$more" \
		-initrd "$1" </dev/null >"$2.qemu" 2>&1 &
	qemu=$!
	while kill -0 $qemu 2>/dev/null; do
		if [ -n "$expect" ]; then
			read -r met of rest < <(meet "$expect" "$2")
			[ "$met" -lt "$of" ] || break
			sleep 0.1
			continue
		fi
		if grep -aqE "$result\$|$result"$'\r$' "$2" 2>/dev/null; then
			break
		fi
		if grep -aqE "$killed|$died|halted: halting" "$2" 2>/dev/null
		then
			sleep 0.3
			break
		fi
		sleep 0.1
	done
	kill $qemu 2>/dev/null || true
	wait $qemu 2>/dev/null || true
	cat "$2.qemu" >>"$2"
	rm -f "$2.qemu"
}

total_passed=0
total_failed=0
for name in "${names[@]}"; do
	log=$images/$name.$hypervisor.log
	[ -e "$hypervisor" ] && log=$images/$name.log
	: >"$log"
	boot "$images/$name.elf" "$log"
	line=$(tr -d '\r' <"$log" | grep -aE "$result" | tail -n 1 || true)
	passed=0
	failed=1
	why="no result"
	if [ -n "$line" ]; then
		rest=${line#*: }
		passed=${rest%% passed*}
		rest=${rest#*, }
		failed=${rest%% failed*}
		why=
		if [[ $line == *"must be killed" ]]; then
			if grep -aqE "$killed" "$log"; then
				passed=$((passed + 1))
			else
				failed=$((failed + 1))
				why="was not killed"
			fi
		fi
	fi
	expect=$(expected "$name")
	if [ -n "$expect" ]; then
		read -r met of rest < <(meet "$expect" "$log")
		passed=$((passed + met))
		if [ "$met" -lt "$of" ]; then
			failed=$((failed + of - met))
			why="its log lacks: $rest"
		fi
	fi
	if ! { [ -n "$expect" ] && grep -q '^# dies' "$expect"; } &&
		grep -aqE "$died" "$log"; then
		failed=$((failed + 1))
		why="the hypervisor died"
	fi
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	printf '%-16s %d passed, %d failed%s\n' "$name" "$passed" "$failed" \
		"${why:+ ($why)}"
	if [ "$failed" -gt 0 ]; then
		tr -d '\r' <"$log" | grep -a '^FAIL\|^guest panic' |
			sed 's/^/    /' || true
		echo "    log: $log"
	elif [ $keep = 0 ]; then
		rm -f "$log"
	fi
done
echo "$total_passed passed, $total_failed failed"
[ $total_failed -eq 0 ]
