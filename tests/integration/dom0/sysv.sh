# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# The XenStore by its script for hosts without systemd, in the place of the one
# that runs: what each of its words does, and what it says and ends with.

script=/usr/local/etc/init.d/hospes-xenstored

# says STATUS PATTERN COMMAND...
says() {
	says_status=$1
	says_pattern=$2
	shift 2
	"$@" >/tmp/sysv.out 2>&1
	[ $? = "$says_status" ] && grep -qxE "$says_pattern" /tmp/sysv.out &&
		return
	cat /tmp/sysv.out
	return 1
}

kept() {
	[ "$(timeout 5 xenstore-read /test/kept)" = 1 ]
}

store_is() {
	[ "$(pidof hospes-xenstored)" = "$1" ]
}

xenstore-write /test/kept 1
kill "$(pidof hospes-xenstored)"
check "sysv: none runs" wait_until 10 store_is ""
check "sysv: status without one" says 3 ".* does not run" "$script" status
check "sysv: stop without one" "$script" stop
check "sysv: start" "$script" start
check "sysv: it serves when start ends" kept
sysv_pid=$(pidof hospes-xenstored)
check "sysv: status" says 0 ".* runs, process $sysv_pid" "$script" status
check "sysv: start again" "$script" start
check "sysv: is still the same" store_is "$sysv_pid"
check "sysv: restart" "$script" restart
check "sysv: is another process" [ "$(pidof hospes-xenstored)" != "$sysv_pid" ]
check "sysv: has its tree" kept
kill -9 "$(pidof hospes-xenstored)"
check "sysv: status after SIGKILL" says 3 ".* does not run" "$script" status
check "sysv: start after SIGKILL" "$script" start
check "sysv: has its tree still" kept
# Another program that has the number by now is left alone.
sysv_pid=$(cat /run/hospes-xenstored.pid)
echo 1 >/run/hospes-xenstored.pid
check "sysv: a stale number is not believed" \
	says 3 ".* does not run" "$script" status
echo "$sysv_pid" >/run/hospes-xenstored.pid
check "sysv: stop" "$script" stop
check "sysv: it has ended" store_is ""
check "sysv: no socket is left" [ ! -e /run/xenstored/socket ]
check "sysv: force-reload" "$script" force-reload
check "sysv: has its tree at last" kept
check "sysv: no such word" says 2 "usage: .*" "$script" nonsense
check "sysv: hl list" timeout 20 hl list
xenstore-rm /test
