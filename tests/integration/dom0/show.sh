# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# What ./run shows: the hypervisor, the domains, one guest from an xl.cfg with
# its console as it comes, and what it achieved.

net_prepare
make_disk guest
net_serve 1
forget_console guest
"$TOOL" info | grep -E '^(release|nr_cpus|total_mem|free_mem|xen_)'
echo "+ $TOOL create /tests/guest.cfg"
check "guest: create" "$TOOL" create /tests/guest.cfg
echo "+ $TOOL list"
"$TOOL" list
check "guest: listed" exists guest

# The console, a line at a time, until the guest says that it is done.
wait_until 10 [ -e "$(console_log guest)" ]
tail -n +1 -f "$(console_log guest)" 2>/dev/null |
	while IFS= read -r line; do
		echo "guest| ${line%"$(printf '\r')"}"
	done &
wait_until 240 console_has guest "^guest: work done"
judge_work guest 1
net_end
check "guest: powers off and is gone" wait_until 40 gone guest
sleep 1
for pid in $(pidof tail); do
	kill "$pid"
done
check "guest: nothing left" wait_until 20 nothing_left guest
