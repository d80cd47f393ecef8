#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Boots dom0 once and runs scenarios in it; adds up the ok and not ok lines of
# the serial log. The last line is "N passed, N failed".
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/qemu/common.sh
. "$here/../qemu/common.sh"

usage() {
	cat <<'END'
usage: run.sh [option...] SCENARIO...    (the files of dom0/, without .sh)
  --hypervisor ours|xen   (ours)
  --tools ours|xen        whose XenStore and which of hl and xl (ours)
  --tool hl|xl            only the command (hl with our tools, else xl)
  --smp N                 CPUs (2)
  --dom0-vcpus N          (as --smp)
  --mem MIB               of the machine (3072)
  --mib N                 what a guest moves over disk and network (64)
  --timeout SECONDS       (900)
  --log FILE              (build/logs/integration-....log)
  --image FILE            the hypervisor
  --icount                time counts instructions: a busy machine is slower,
                          but no time limit of a test passes sooner
  --no-build              takes the images as they are
  --echo                  shows the serial log as it grows
END
}

hypervisor=ours
tools=ours
tool=
smp=2
dom0_vcpus=
mem=3072
mib=64
timeout=900
log=
build=1
systemd=
pass=()
scenarios=
while [ $# -gt 0 ]; do
	case $1 in
	--hypervisor) hypervisor=$2; shift ;;
	--tools) tools=$2; shift ;;
	--tool) tool=$2; shift ;;
	--smp) smp=$2; shift ;;
	--dom0-vcpus) dom0_vcpus=$2; shift ;;
	--mem) mem=$2; shift ;;
	--mib) mib=$2; shift ;;
	--timeout) timeout=$2; shift ;;
	--log) log=$2; shift ;;
	--image) pass+=(--image "$2"); shift ;;
	--icount) pass+=(--icount) ;;
	--systemd) systemd=--systemd ;;
	--no-build) build= ;;
	--echo) pass+=(--echo) ;;
	--help) usage; exit 0 ;;
	-*) usage >&2; die "unknown option $1" ;;
	*) scenarios=$scenarios${scenarios:+,}$1 ;;
	esac
	shift
done
[ -n "$scenarios" ] || { usage >&2; exit 2; }
: "${dom0_vcpus:=$smp}"
: "${log:=$BUILD/logs/integration-$hypervisor-$tools-${scenarios//,/-}.log}"

image=$IMAGES/integration${systemd#-}.cpio
[ -z "$build" ] || "$here/image" $systemd
disk=$IMAGES/scratch.img
"$QEMU_DIR/scratch" "$disk"

status=0
"$QEMU_DIR/boot" --hypervisor "$hypervisor" --initrd "$image" \
	--smp "$smp" --dom0-vcpus "$dom0_vcpus" --mem "$mem" --dom0-mem 1024 \
	--append "loglevel=4 job=/tests/main tools=$tools tool=$tool \
hypervisor=$hypervisor mib=$mib scenarios=$scenarios \
${systemd:+rdinit=/lib/systemd/systemd systemd.show_status=no}" \
	--disk "$disk" --log "$log" --timeout "$timeout" \
	--expect '^hospes-test: dom0 job exit [0-9]' \
	"${pass[@]}" >&2 || status=$?

text=$(tr -d '\r' <"$log" | grep -aE '^(ok|not ok|skipped|dom0:|# )' || :)
passed=$(grep -c '^ok ' <<<"$text" || :)
failed=$(grep -c '^not ok ' <<<"$text" || :)
grep -E '^(not ok|skipped) ' <<<"$text" >&2 || :
if ! grep -q "^dom0: $passed passed, $failed failed" <<<"$text"; then
	echo "not ok: dom0 did not come to its end ($status), see $log" >&2
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
