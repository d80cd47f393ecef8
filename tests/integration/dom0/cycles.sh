# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# Fifty times create and destroy: most of them before the guest has run, some
# in the middle of its boot, so that devices are half connected. What the
# hypervisor counts is then what it was after the first one.

CYCLES=${CYCLES:-50}
[ -e /scratch/vmlinux ] && KERNEL=/scratch/vmlinux
make_disk cycle
write_config cycle 1 "job=idle"
KERNEL=
cycle() {
	if [ $(($1 % 5)) = 0 ]; then
		create cycle >/dev/null && sleep "0.$(($1 % 10))5"
	else
		create cycle -p >/dev/null
	fi && "$TOOL" destroy cycle
}
# The first one lets caches fill that stay: slabs, the tools' own state.
cycle 0
wait_until 20 nothing_left cycle
counters >/tmp/counters.cycles
done_cycles=0
while [ "$done_cycles" -lt "$CYCLES" ]; do
	cycle "$done_cycles" || break
	done_cycles=$((done_cycles + 1))
done
check "cycles: $CYCLES times create and destroy" [ "$done_cycles" = "$CYCLES" ]
check "cycles: nothing left" wait_until 30 nothing_left cycle
SLACK=$((CYCLES * 3))
check_counters "cycles" /tmp/counters.cycles
SLACK=
