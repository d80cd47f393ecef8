# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# The toolstack dies in the middle of create and of destroy: after each phase
# of its work, and at one moment after another. Either nothing is left, or the
# domain is there whole, or the next command cleans up and says so. What the
# hypervisor counts is then what it was.

make_disk killed
write_config killed 1 "job=idle"
remember_counters /tmp/counters.killed

# The phases as hl itself tells them, so that none is forgotten.
phases() {
	hl -v "$@" 2>&1 | sed -n 's/^hl: *[0-9.]* ms  //p'
}

# What the next command finds and says, and what it leaves: nothing.
next_command() {
	mark=$(ls /run/hospes/pending 2>/dev/null)
	hl list >/tmp/killed.list 2>/tmp/killed.said
	if exists killed; then
		found="there whole, destroyed"
		awk '$1 == "killed" && NF == 6 { n++ } END { exit n != 1 }' \
			/tmp/killed.list &&
			hl destroy killed 2>>/tmp/killed.said || return 1
		[ ! -s /tmp/killed.said ] || return 1
	elif [ -n "$mark" ]; then
		found="the next hl cleans up"
		grep -q '^hl: cleaned up ' /tmp/killed.said || return 1
	else
		found="nothing was left"
		[ ! -s /tmp/killed.said ] || return 1
	fi
	[ -z "$(ls /run/hospes/pending 2>/dev/null)" ] &&
		wait_until 20 nothing_left killed &&
		wait_until 20 counters_are /tmp/counters.killed
}

# judge_killed WHEN
judge_killed() {
	if next_command; then
		ok "killed: $1: $found"
	else
		cat /tmp/killed.list /tmp/killed.said
		diff /tmp/counters.killed /tmp/counters.now
		not_ok "killed: $1: $found"
		hl destroy killed >/dev/null 2>&1
	fi
}

# die_after PHASE COMMAND...: it dies there and nowhere else.
die_after() {
	phase=$1
	shift
	HL_DIE_AFTER=$phase "$@" >/dev/null 2>&1
	check "killed: dies after \"$phase\" of $2" [ $? = 137 ]
}

phases create /tmp/killed.cfg >/tmp/phases.create
phases destroy killed >/tmp/phases.destroy
check "killed: create tells its phases" grep -q '^marked$' /tmp/phases.create
check "killed: destroy tells its phases" \
	grep -q '^devices removed$' /tmp/phases.destroy
judge_killed "not at all"
while read -r phase <&3; do
	die_after "$phase" hl create /tmp/killed.cfg
	judge_killed "create after \"$phase\""
done 3</tmp/phases.create
while read -r phase <&3; do
	create killed -p >/dev/null
	die_after "$phase" hl destroy killed
	judge_killed "destroy after \"$phase\""
done 3</tmp/phases.destroy

for moment in 0.05 0.1 0.2 0.3 0.4 0.5 0.7 0.9 1.2 1.6 2 3; do
	hl create /tmp/killed.cfg >/dev/null 2>&1 &
	pid=$!
	sleep "$moment"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	judge_killed "create after $moment s"
done
check "killed: create still works" create killed -p
check "killed: and destroy" hl destroy killed
check "killed: nothing left" wait_until 20 nothing_left killed
