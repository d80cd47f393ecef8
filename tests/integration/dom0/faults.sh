# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# What goes wrong, and leaves nothing behind.

make_disk fault

# fault_create NAME WORDS: create must fail, say WORDS, and leave nothing.
fault_create() {
	if create fault >/tmp/fault.out 2>&1; then
		not_ok "$1: create succeeded"
		"$TOOL" destroy fault
	elif grep -qiE -e "$2" /tmp/fault.out; then
		ok "$1: says it"
	else
		cat /tmp/fault.out
		not_ok "$1: says it"
	fi
	check "$1: nothing left" wait_until 20 nothing_left fault
}

# A guest that panics and is told to be destroyed.
CONFIG='on_crash = "destroy"'
write_config fault 1 "job=panic panic=0"
check "panic: create" create fault
check "panic: the console shows it" wait_until 90 console_has fault \
	"Kernel panic - not syncing"
check "panic: destroyed" wait_until 40 gone fault
check "panic: nothing left" wait_until 20 nothing_left fault

# The same, preserved for a look at it.
CONFIG='on_crash = "preserve"'
write_config fault 1 "job=panic panic=0"
check "preserved panic: create" create fault
words_say() {
	hospesd --act "$(hl domid fault)" 2>&1 | grep -q "$1"
}
crashed() {
	state_of fault | grep -q c
}
check "preserved panic: listed as crashed" wait_until 90 crashed
# What the lifecycle daemon says to the system log, said once more.
[ "$TOOL" = hl ] && check "preserved panic: its last words" words_say \
	"fault (domain [0-9]*)| .*Kernel panic - not syncing"
check "preserved panic: destroy" "$TOOL" destroy fault
check "preserved panic: nothing left" wait_until 20 nothing_left fault
CONFIG=

# Killed in the middle of disk traffic.
remember_counters /tmp/counters.traffic
write_config fault 1 "job=traffic"
check "traffic: create" create fault
check "traffic: writes" wait_until 90 console_has fault "^guest: traffic 2"
check "traffic: destroy" "$TOOL" destroy fault
check "traffic: nothing left" wait_until 30 nothing_left fault
check_counters "traffic" /tmp/counters.traffic

# A guest that loops with events masked on all its CPUs, one, and as many as
# the machine has and more, and never makes a hypercall again: dom0 goes on
# working, other guests too, and it goes away all the same.
spin() {
	cat >/tmp/fault.cfg <<-END
		name = "fault"
		type = "pv"
		kernel = "/guest/spin"
		memory = 32
		vcpus = $1
	END
	remember_counters /tmp/counters.spin
	check "spin on $1: create" create fault
	check "spin on $1: loops" wait_until 60 console_has fault \
		"^spin: $1 vCPUs loop"
	spin_time=$("$TOOL" list fault | awk 'NR == 2 { print $6 }')
	check "spin on $1: takes CPU time" wait_until 30 spin_goes_on
	check "spin on $1: never blocked" state_is fault "?-----"
	check "spin on $1: dom0 answers" exists fault
	check "spin on $1: pause" "$TOOL" pause fault
	check "spin on $1: paused" wait_until 10 state_is fault "--p---"
	check "spin on $1: unpause" "$TOOL" unpause fault
	check "spin on $1: destroy" "$TOOL" destroy fault
	check "spin on $1: nothing left" wait_until 20 nothing_left fault
	check_counters "spin on $1" /tmp/counters.spin
}
spin_goes_on() {
	"$TOOL" list fault | awk -v was="$spin_time" \
		'NR == 2 && $6 > was + 1 { more = 1 } END { exit !more }'
}
spin 1
spin 4

# The back end goes away under a running guest.
write_config fault 1 "job=traffic"
check "unplug: create" create fault
check "unplug: writes" wait_until 90 console_has fault "^guest: traffic 1"
id=$("$TOOL" domid fault)
xenstore-write "/local/domain/0/backend/vbd/$id/51712/online" 0
xenstore-write "/local/domain/0/backend/vbd/$id/51712/state" 5
sleep 3
check "unplug: dom0 answers" "$TOOL" list fault
check "unplug: destroy" timeout 60 "$TOOL" destroy fault
check "unplug: nothing left" wait_until 30 nothing_left fault

MEMORY=60000
write_config fault 1 "job=idle"
MEMORY=
fault_create "out of memory" "memory"

KERNEL=/tmp/truncated
head -c 1000000 /guest/vmlinuz >/tmp/truncated
write_config fault 1 "job=idle"
KERNEL=
fault_create "truncated kernel" "kernel|image|truncated"

write_config fault 1 "job=idle"
sed -i "s,file:$IMAGES/fault.img,file:/nowhere/missing.img," /tmp/fault.cfg
fault_create "missing disk" "/nowhere/missing.img|51712"

write_config fault 1 "job=idle"
sed -i "s,bridge=xenbr0,bridge=nobridge," /tmp/fault.cfg
fault_create "missing bridge" "nobridge|bridge|vif"

printf 'name = "fault"\nmemory = = 12\n' >/tmp/fault.cfg
fault_create "syntax error" "fault.cfg:2"
