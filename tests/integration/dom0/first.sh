# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# One guest from an xl.cfg does everything a guest is for: disk, ping, TCP
# both ways; it powers off by itself, and nothing stays behind.

net_prepare
make_disk first
write_config first 1 "job=work mib=$MIB sum=$NET_SUM"
net_serve 1
check "first: create" create first
check "first: listed" exists first
wait_until 180 console_has first "^guest: work done" || show_console first
judge_work first 1
net_end
check "first: powers off and is gone" wait_until 40 gone first
check "first: nothing left" wait_until 20 nothing_left first
