# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# The XenStore daemon changes under a running guest: a live update, then
# SIGKILL and a new one. Guests, dom0's kernel and the tools go on.

store_pid() {
	pidof hospes-xenstored
}

# A guest hears of control/shutdown by a watch of its kernel, over its ring.
store_stopped() {
	gone "$1" || state_is "$1" '*s*'
}

# Its socket answers until all of the process is gone.
store_died() {
	! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status" 2>/dev/null
}

make_disk one
make_disk two
write_config one 1 "job=idle"
write_config two 2 "job=idle"
check "store: create" create one
wait_until 180 console_has one "^guest: idle" || show_console one
daemon=$(readlink "/proc/$(store_pid)/exe")
before=$(store_pid)
check "store: live update" xenstore-control live-update "$daemon"
check "store: in the same process" [ "$(store_pid)" = "$before" ]
check "store: as a new program" \
	grep -qa live-update "/proc/$(store_pid)/cmdline"
check "store: create after it" create two
wait_until 180 console_has two "^guest: idle" || show_console two
check "store: a guest made after it" console_has two "^guest: idle"
check "store: shutdown after it" "$TOOL" shutdown two
check "store: the guest ends" wait_until 60 gone two

id=$("$TOOL" domid one)
xenstore-write /test/kept 1
kill -9 "$before"
check "store: killed" wait_until 30 store_died "$before"
check "store: starts after SIGKILL" "$daemon"
check "store: has what was written" [ "$(xenstore-read /test/kept)" = 1 ]
check "store: has the guest" \
	[ "$(xenstore-read "/local/domain/$id/name")" = one ]
check "store: it is introduced" \
	[ "$(xenstore-control check | cut -d : -f 1)" = OK ]
xenstore-rm /test
xenstore-write "/local/domain/$id/control/shutdown" poweroff
check "store: the guest's watch goes on" wait_until 60 store_stopped one
# The kernel's own connection: a backend goes when its nodes do.
gone one || "$TOOL" destroy one
check "store: nothing left" wait_until 40 nothing_left one

# Consoles and what follows on a shutdown: the daemons found the new store.
check "store: create after SIGKILL" create two
check "store: its console is served" wait_until 180 \
	console_has two "^guest: idle"
check "store: shutdown after SIGKILL" "$TOOL" shutdown two
check "store: it is cleaned up" wait_until 60 gone two
check "store: nothing left at the end" wait_until 40 nothing_left two
