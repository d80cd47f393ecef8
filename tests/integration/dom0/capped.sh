# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# A guest whose vCPUs share one CPU and may have half of it: it comes up, and
# goes down when it is told to, by either side's tool. A wake-up lost while a
# vCPU waits for its budget would stop it for good.

CAPPED_TRIES=${CAPPED_TRIES:-1}
capped_was=$TOOL
make_disk capped

capped() {
	check "$1: create" create capped
	check "$1: up" wait_until 180 console_has capped "^guest: idle, 2 CPUs"
	check "$1: cap is shown" capped_is_shown
	check "$1: shutdown and wait" timeout 180 "$TOOL" shutdown -w capped ||
		{
			"$TOOL" vcpu-list capped
			show_console capped
			"$TOOL" destroy capped
		}
	check "$1: nothing left" wait_until 30 nothing_left capped
}

capped_is_shown() {
	"$TOOL" sched-credit2 -d capped | grep -qE '^capped +[0-9]+ +256 +50$'
}

nproc_all=$("$TOOL" info | sed -n 's/^nr_cpus *: *//p')
if [ "$nproc_all" -ge 2 ]; then
	CONFIG='cpus = "1"
		cap = 50'
	write_config capped 1 "job=idle"
	CONFIG=
	for try in $(seq "$CAPPED_TRIES"); do
		for TOOL in hl xl; do
			capped "capped $TOOL $try"
		done
	done
	TOOL=$capped_was
else
	skipped "capped: the machine has one CPU"
fi
