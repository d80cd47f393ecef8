# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# What every scenario of dom0 uses. A scenario is a file of functions named
# test_*; each may print details, and says ok or not_ok once or more.
#
# TOOL is xl or hl; both take the same verbs, and a config that one reads the
# other reads too.

MIB=${MIB:-64}
# A disk where the machine has one, else memory.
IMAGES=/scratch
passed=0
failed=0

ok() {
	passed=$((passed + 1))
	echo "ok $passed $*"
}

not_ok() {
	failed=$((failed + 1))
	echo "not ok $failed $*"
}

# Neither: what this machine cannot try.
skipped() {
	echo "skipped $*"
}

# check NAME COMMAND...: ok when the command ends with 0.
check() {
	check_name=$1
	shift
	if "$@"; then
		ok "$check_name"
	else
		not_ok "$check_name"
		return 1
	fi
}

# wait_until SECONDS COMMAND...
wait_until() {
	wait_end=$(($(cut -d . -f 1 /proc/uptime) + $1))
	shift
	until "$@"; do
		[ "$(cut -d . -f 1 /proc/uptime)" -lt "$wait_end" ] || return 1
		sleep 0.3
	done
}

# Both console daemons keep a log of each guest; ours and Xen's differ in
# where.
console_log() {
	for log in "/var/log/hospes/console/$1.log" \
		"/var/log/hospes/console/guest-$1.log" \
		"/var/log/xen/console/guest-$1.log"; do
		[ -e "$log" ] && echo "$log" && return
	done
	echo "/var/log/xen/console/guest-$1.log"
}

console_has() {
	grep -aqE -e "$2" "$(console_log "$1")" 2>/dev/null
}

forget_console() {
	for log in "/var/log/hospes/console/$1.log" \
		"/var/log/hospes/console/guest-$1.log" \
		"/var/log/xen/console/guest-$1.log"; do
		[ -e "$log" ] && : >"$log"
	done
	return 0
}

show_console() {
	echo "--- the end of $1's console"
	tail -n "${2:-25}" "$(console_log "$1")" | tr -d '\r'
	echo "---"
}

make_disk() {
	rm -f "$IMAGES/$1.img"
	truncate -s "${2:-160M}" "$IMAGES/$1.img"
	/usr/bin/mke2fs -q -t ext4 -O ^has_journal "$IMAGES/$1.img"
}

# write_config NAME N ARGS: a guest with one disk and one interface; N makes
# its address, ARGS go to its kernel command line. What is in CONFIG is added.
write_config() {
	cat >"/tmp/$1.cfg" <<-END
		name = "$1"
		type = "pv"
		kernel = "${KERNEL:-/guest/vmlinuz}"
		ramdisk = "/guest/initrd"
		memory = ${MEMORY:-192}
		vcpus = ${VCPUS:-2}
		extra = "console=hvc0 loglevel=${LOGLEVEL:-4} addr=10.77.0.$((10 + $2)) n=$2 $3"
		disk = [ "file:$IMAGES/$1.img,xvda,w" ]
		vif = [ "mac=00:16:3e:00:01:0$2,bridge=xenbr0" ]
		${CONFIG:-}
	END
}

create() {
	create_name=$1
	forget_console "$1"
	shift
	"$TOOL" create "$@" "/tmp/$create_name.cfg"
}

exists() {
	"$TOOL" domid "$1" >/dev/null 2>&1
}

gone() {
	! exists "$1"
}

state_of() {
	"$TOOL" list "$1" 2>/dev/null | awk 'NR == 2 { print $5 }'
}

# state_is NAME PATTERN: ? stands for a flag that may be either.
state_is() {
	# shellcheck disable=SC2254
	case $(state_of "$1") in
	$2) return 0 ;;
	esac
	return 1
}

free_memory() {
	"$TOOL" info | sed -n 's/^free_memory *: *//p'
}

# What the hypervisor itself counts, a line each: name and number. Two tables
# of dom0 grow when it has more grants mapped and ports open than ever before,
# and keep what they have, a frame and an object at a time: their frames are
# counted by themselves, and taken out of the others. On Debian's Xen, that
# does not say such things, the free memory in MiB, give or take one.
# Fails when one of them is not told.
counters() {
	if [ "$HYPERVISOR" != ours ]; then
		echo "free_memory $(free_memory)" | grep '[0-9]$'
		return
	fi
	hl info --format json | tr -d '",' | awk '
		{ n[$1] = $2 }
		function told(name) {
			missing += n[name ":"] == ""
			return n[name ":"]
		}
		END {
			kept = told("handle_frames") + told("port_frames")
			print "domains", told("domains")
			print "frames_owned", told("frames_owned")
			print "frames_free", told("frames_free") + kept
			print "ports", told("ports")
			print "grants_mapped", told("grants_mapped")
			print "heap_objects", told("heap_objects") - kept
			print "heap_frames", told("heap_frames") - kept
			exit missing > 0
		}'
}

# remember_counters FILE: for check_counters, which fails without them.
remember_counters() {
	counters >"$1" && return
	cat "$1"
	rm "$1"
	not_ok "what the hypervisor counts is told"
}

counters_are() {
	[ -e "$1" ] && counters >/tmp/counters.now || return 1
	if [ "$HYPERVISOR" = ours ]; then
		cmp -s "$1" /tmp/counters.now
	else
		[ $(($(cut -d ' ' -f 2 "$1") - \
			$(cut -d ' ' -f 2 /tmp/counters.now))) -le 1 ]
	fi
}

# check_counters NAME FILE: back to what FILE says, to the last object.
check_counters() {
	check "$1: the hypervisor's counts are back" \
		wait_until 20 counters_are "$2" && return
	diff "$2" /tmp/counters.now
	return 1
}

# use_library ours|theirs: whose libxenstore the programs use from now on,
# Debian's its own or ours in its place; ours likewise.
use_library() {
	unset LD_LIBRARY_PATH
	[ "$1" = ours ] || export LD_LIBRARY_PATH=/lib/x86_64-linux-gnu
}

# library_is ours|theirs FILE: that FILE, maps or what ld.so traces, shows it.
library_is() {
	case $1 in
	ours) grep -q ' /usr/local/lib/libxenstore.so.4' "$2" ;;
	*) grep -q ' /lib/x86_64-linux-gnu/libxenstore.so.4' "$2" ;;
	esac
}

vifs() {
	find /sys/class/net -name 'vif*' | wc -l
}

loops() {
	losetup -a | grep -cv /nothing
}

store_domains() {
	xenstore-list /local/domain 2>/dev/null | grep -cv '^0$'
}

# nothing_left NAME: no domain, store entries, interfaces, loop devices.
nothing_left() {
	if exists "$1"; then
		echo "domain $1 is there still"
		return 1
	fi
	if [ "$(store_domains)" != 0 ]; then
		xenstore-ls /local/domain | grep -v '^0' | head -n 20
		echo "store entries are left"
		return 1
	fi
	if xenstore-ls /local/domain/0/backend 2>/dev/null |
		grep -q frontend-id; then
		xenstore-ls /local/domain/0/backend
		echo "back end entries are left"
		return 1
	fi
	if [ "$(vifs)" != 0 ] || [ "$(loops)" != 0 ]; then
		ls /sys/class/net
		losetup -a
		echo "interfaces or loop devices are left"
		return 1
	fi
}

# What guest N's network job talks to: one port sends, one receives.
# The file is the same each time, and nowhere like itself elsewhere: a guest
# that is not told the sum can work it out.
NET_FILE=$IMAGES/net.bin
net_prepare() {
	[ -e "$NET_FILE" ] || seq 99999999 | head -c "${MIB}m" >"$NET_FILE"
	NET_SUM=$(md5sum <"$NET_FILE" | cut -d ' ' -f 1)
}

net_serve() {
	tcp serve-send "$((6000 + $1))" <"$NET_FILE" &
	net_pids="${net_pids:-} $!"
	(tcp serve-receive "$((7000 + $1))" | md5sum >"/tmp/net.$1") &
	net_pids="$net_pids $!"
}

net_end() {
	for pid in ${net_pids:-}; do
		kill "$pid" 2>/dev/null
	done
	net_pids=
}

# The sum that guest NAME says it sent is what arrived here for N.
net_arrived() {
	sent=$(grep -a '^guest: sent' "$(console_log "$1")" |
		tr -d '\r' | cut -d ' ' -f 3)
	[ -n "$sent" ] && wait_until 10 grep -q "$sent" "/tmp/net.$2"
}

# judge_work NAME N: each line that the work job says on its console.
judge_work() {
	for part in disk ping receive send; do
		check "$1: $part" console_has "$1" "^guest: $part ok"
	done
	check "$1: what it sent arrived" net_arrived "$1" "$2"
}
