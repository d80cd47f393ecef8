# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# The toolstack dies in the middle of create, at one moment after another.
# Either nothing is there, or it can be listed and destroyed.

make_disk killed
write_config killed 1 "job=idle"
counters >/tmp/counters.killed
dirty=0
survivors=0
for moment in 0.05 0.1 0.2 0.3 0.4 0.5 0.7 0.9 1.2 1.6 2 3; do
	"$TOOL" create /tmp/killed.cfg >/dev/null 2>&1 &
	pid=$!
	sleep "$moment"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	# What cannot be seen by name is seen by number.
	ids=$("$TOOL" list | awk 'NR > 1 && $2 > 0 { print $2 }')
	for id in $("$TOOL" list | awk 'NR > 1 && NF == 5 { print $1 }') $ids; do
		survivors=$((survivors + 1))
		"$TOOL" destroy "$id" >/dev/null 2>&1
	done
	wait_until 20 nothing_left killed || {
		echo "killed after $moment s"
		dirty=$((dirty + 1))
	}
done
echo "# killed: $survivors half-made domains were destroyed"
check "killed: at no moment anything stays" [ "$dirty" = 0 ]
check_counters "killed" /tmp/counters.killed
check "killed: create still works" create killed -p
check "killed: and destroy" "$TOOL" destroy killed
check "killed: nothing left" wait_until 20 nothing_left killed
