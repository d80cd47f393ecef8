# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# Our daemons as an installed system runs them: started by a real systemd from
# the units of make install (run.sh --systemd). It comes up in order, goes on
# after what kills it, and the XenStore has no more rights than its unit says.

units="hospes-xenstored hospes-consoled hospesd"

# show UNIT PROPERTY
show() {
	systemctl show -P "$2" "$1"
}

main_pid() {
	show "$1" MainPID
}

is_active() {
	[ "$(show "$1" ActiveState)" = active ]
}

# new_pid UNIT WAS: it runs, as another process.
new_pid() {
	systemctl show -p ActiveState,MainPID "$1" >/tmp/unit.now
	grep -q '^ActiveState=active$' /tmp/unit.now &&
		! grep -q "^MainPID=$2\$" /tmp/unit.now
}

# after UNIT FIRST: it was started when the first had said that it serves.
after() {
	[ "$(show "$1" ExecMainStartTimestampMonotonic)" -ge \
		"$(show "$2" ActiveEnterTimestampMonotonic)" ]
}

# Without a daemon a client would wait for the next one.
store_answers() {
	[ "$(timeout 5 xenstore-read /test/kept 2>/dev/null)" = 1 ]
}

for unit in $units; do
	check "systemd: $unit is active" is_active "$unit" ||
		systemctl status --no-pager -l "$unit"
done
check "systemd: the store tells when it serves" \
	[ "$(show hospes-xenstored Type)" = notify ]
for unit in hospes-consoled hospesd; do
	check "systemd: $unit is started after the store" \
		after "$unit" hospes-xenstored
done
check "systemd: hl list" hl list
xenstore-write /test/kept 1

# A guest's life needs all three.
cat >/tmp/hello.cfg <<-END
	name = "hello"
	type = "pv"
	kernel = "/guest/hello"
	memory = 32
END
guest_lives() {
	check "systemd: $1: create" create hello
	check "systemd: $1: its console" wait_until 30 console_has hello \
		"^xenstore says that I am domain"
	check "systemd: $1: is cleaned up" wait_until 30 gone hello
	check "systemd: $1: nothing left" wait_until 20 nothing_left hello
}
guest_lives "a guest"

# The rights of the process.
rights() {
	grep -E '^(Cap|NoNewPrivs|Seccomp:)' "/proc/$(main_pid hospes-xenstored)/status" |
		tr -s '\t ' ' ' | tr '\n' ' '
}
few_rights="CapInh: 0000000000000000 CapPrm: 0000000000200000 \
CapEff: 0000000000200000 CapBnd: 0000000000200000 CapAmb: 0000000000000000 \
NoNewPrivs: 1 Seccomp: 2 "
has_few_rights() {
	[ "$(rights)" = "$few_rights" ] || {
		rights
		return 1
	}
}
check "systemd: the store may only CAP_SYS_ADMIN" has_few_rights
check "systemd: it is not killed for memory" \
	[ "$(cat "/proc/$(main_pid hospes-xenstored)/oom_score_adj")" = -1000 ]

# The same rights for a program that tries what it can. That it tries well is
# seen without the unit.
echo secret >/root/secret
echo secret >/tmp/secret
/tests/probe >/tmp/probe.free
sed -e '/^Conflicts=/d; /^RefuseManualStop=/d; /^Restart/d; /^Exec/d' \
	-e 's,^Type=.*,Type=oneshot,' \
	-e '/^Type=/a ExecStart=/tests/probe' \
	-e '/^Type=/a StandardOutput=file:/run/probe.out' \
	"$(show hospes-xenstored FragmentPath)" \
	>/run/systemd/system/hospes-probe.service
systemctl daemon-reload
check "systemd: the probe runs" systemctl start hospes-probe
tried_all() {
	# One line of the probe is for eleven directories.
	[ "$(wc -l </tmp/probe.free)" = $(($(grep -c '^	*can "' /tests/probe) + 10)) ]
}
can_only() {
	echo "$1" | diff - /run/probe.out
}
check "systemd: the probe can do all it tries" tried_all || cat /tmp/probe.free
# Its user is root, which needs no right to signal root's processes.
check "systemd: in the unit it can do no more than needed" can_only \
	"write /run/xenstored
open Xen's devices
signal other processes"
# And the daemon itself, told to by an administrator.
! xenstore-control logfile /etc/probe >/dev/null 2>&1
check "systemd: the store cannot write elsewhere" [ ! -e /etc/probe ]
check "systemd: it writes its run directory" xenstore-control dump
check "systemd: which is for all to enter" \
	[ "$(stat -c %a:%U /run/xenstored)" = 755:root ]
rm -f /run/xenstored/dump.json
exposure=$(systemd-analyze security --no-pager hospes-xenstored |
	sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
echo "exposure by systemd-analyze security: $exposure"
check "systemd: little is exposed" [ "${exposure%.*}" -lt 2 ]

# Reload: the installed binary goes on in the same process, as confined.
store=$(main_pid hospes-xenstored)
check "systemd: reload" systemctl reload hospes-xenstored
check "systemd: reload: the same process" \
	[ "$(main_pid hospes-xenstored)" = "$store" ]
check "systemd: reload: another program" \
	grep -qa live-update "/proc/$store/cmdline"
check "systemd: reload: the tree" store_answers
check "systemd: reload: no more rights" has_few_rights

# Killed: it is back with its tree each time, and those that use it stay.
consoled=$(main_pid hospes-consoled)
hospesd=$(main_pid hospesd)
for try in 1 2 3; do
	store=$(main_pid hospes-xenstored)
	kill -9 "$store"
	wait_until 10 new_pid hospes-xenstored "$store" || break
	wait_until 5 store_answers || break
done
check "systemd: killed $try times: runs" is_active hospes-xenstored
for unit in $units; do
	check "systemd: $unit is started however often it fails" \
		[ "$(show "$unit" StartLimitIntervalUSec)" = 0 ]
done
check "systemd: killed: has its tree" store_answers
check "systemd: killed: the books are right" \
	[ "$(xenstore-control check | cut -d : -f 1)" = OK ]
check "systemd: killed: no more rights" has_few_rights
store=$(main_pid hospes-xenstored)
kill "$store"
check "systemd: told to end: is back" \
	wait_until 10 new_pid hospes-xenstored "$store"
check "systemd: told to end: has its tree" wait_until 5 store_answers
check "systemd: hospes-consoled was left alone" \
	[ "$(main_pid hospes-consoled)" = "$consoled" ]
check "systemd: hospesd was left alone" [ "$(main_pid hospesd)" = "$hospesd" ]

for unit in hospes-consoled hospesd; do
	was=$(main_pid "$unit")
	kill -9 "$was"
	check "systemd: $unit killed: is back" wait_until 10 new_pid "$unit" "$was"
done

# unit_left UNIT: its control group, which is there as long as a process is.
unit_left() {
	[ -e "/sys/fs/cgroup/system.slice/$1.service" ]
}
not() {
	! "$@"
}
for unit in hospesd hospes-consoled; do
	check "systemd: $unit has processes" unit_left "$unit"
	check "systemd: stop $unit" systemctl stop "$unit"
	check "systemd: $unit ends" [ "$(show "$unit" ActiveState)" = inactive ]
	check "systemd: $unit leaves nothing" not unit_left "$unit"
done
check "systemd: stop of the store is refused" \
	not systemctl stop hospes-xenstored 2>/dev/null
check "systemd: it serves on" store_answers
# What conflicts with it may stop it, as at the end of the host.
mkdir -p /run/systemd/system/hospes-xenstored.service.d
echo "[Unit]
RefuseManualStop=no" >/run/systemd/system/hospes-xenstored.service.d/stop.conf
systemctl daemon-reload
check "systemd: stop of the store" systemctl stop hospes-xenstored
check "systemd: the store ends" \
	[ "$(show hospes-xenstored ActiveState)" = inactive ]
check "systemd: the store leaves no process" not unit_left hospes-xenstored
check "systemd: no socket" [ ! -e /run/xenstored/socket ]
# shellcheck disable=SC2086
check "systemd: start again" systemctl start $units
check "systemd: it has its tree" store_answers
guest_lives "a guest at last"
check "systemd: no unit has failed" \
	[ "$(systemctl list-units --failed --no-legend 'hosp*' | wc -l)" = 0 ]
xenstore-rm /test
