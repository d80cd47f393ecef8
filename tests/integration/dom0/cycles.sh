# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# Fifty times create and destroy: most of them before the guest has run, some
# in the middle of its boot, so that devices are half connected. What the
# hypervisor counts is then what it was before.

CYCLES=${CYCLES:-50}
make_disk cycle
# The small guest where it is built: what is tested is the coming and going.
[ -e /guest/hello ] && KERNEL=/guest/hello
write_config cycle 1 "job=idle"
cp /tmp/cycle.cfg /tmp/small.cfg
KERNEL=
[ -e /scratch/vmlinux ] && KERNEL=/scratch/vmlinux
write_config cycle 1 "job=idle"
KERNEL=
cp /tmp/cycle.cfg /tmp/stock.cfg
cycle() {
	if [ $(($1 % 5)) = 0 ]; then
		cp /tmp/stock.cfg /tmp/cycle.cfg
		create cycle >/dev/null && sleep "0.$(($1 % 10))5"
	else
		cp /tmp/small.cfg /tmp/cycle.cfg
		create cycle -p >/dev/null
	fi && "$TOOL" destroy cycle
}
remember_counters /tmp/counters.cycles
done_cycles=0
while [ "$done_cycles" -lt "$CYCLES" ]; do
	cycle "$done_cycles" || break
	done_cycles=$((done_cycles + 1))
done
check "cycles: $CYCLES times create and destroy" [ "$done_cycles" = "$CYCLES" ]
check "cycles: nothing left" wait_until 30 nothing_left cycle
check_counters "cycles: all of them" /tmp/counters.cycles
