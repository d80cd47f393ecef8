# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# The life of a domain by the tool's verbs.

make_disk life
write_config life 1 "job=idle"
CONFIG=

check "life: dry run" "$TOOL" create -n /tmp/life.cfg
check "life: dry run made nothing" gone life
check "life: create paused" create life -p
check "life: is paused" state_is life "--p---"
id=$("$TOOL" domid life)
check "life: domname of its id" [ "$("$TOOL" domname "$id")" = life ]
check "life: unpause" "$TOOL" unpause life
check "life: up" wait_until 90 console_has life "^guest: idle, 2 CPUs"
check "life: pause" "$TOOL" pause life
check "life: paused again" state_is life "-?p---"
check "life: unpause again" "$TOOL" unpause life
six_columns() {
	"$TOOL" list | awk 'NF != 6 { bad = 1 } END { exit bad }'
}
check "life: list has six columns" six_columns
check "life: vcpu-list" "$TOOL" vcpu-list life
check "life: uptime" "$TOOL" uptime life
check "life: answers ping" wait_until 20 ping -c 1 -W 1 10.77.0.11
check "life: mem-set" "$TOOL" mem-set life 160
mem_is() {
	[ "$("$TOOL" list life | awk 'NR == 2 { print $3 }')" = "$1" ]
}
check "life: balloons down" wait_until 20 mem_is 160
forget_console life
check "life: reboot" "$TOOL" reboot life
check "life: up again" wait_until 90 console_has life "^guest: idle, 2 CPUs"
check "life: with a new id" [ "$("$TOOL" domid life)" != "$id" ]
check "life: shutdown and wait" timeout 60 "$TOOL" shutdown -w life
check "life: gone" wait_until 20 gone life
check "life: nothing left" wait_until 20 nothing_left life
