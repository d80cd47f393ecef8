# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# Six guests at once, each with its own disk and interface, all at work.

net_prepare
guests="1 2 3 4 5 6"
for i in $guests; do
	make_disk "six$i"
	write_config "six$i" "$i" "job=work mib=$MIB sum=$NET_SUM"
	net_serve "$i"
done
for i in $guests; do
	check "six$i: create" create "six$i"
done
for i in $guests; do
	wait_until 300 console_has "six$i" "^guest: work done" ||
		show_console "six$i"
	judge_work "six$i" "$i"
done
net_end
for i in $guests; do
	check "six$i: gone" wait_until 40 gone "six$i"
done
check "six: nothing left" wait_until 20 nothing_left six1
rm -f "$IMAGES"/six*.img
