#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A daemon that ends and one that goes on: state files, SIGKILL under load,
# by name and on its own. The last line is "N passed, N failed".
#
# usage: xenstore-restart.sh [build directory]
set -u
# shellcheck source=tests/host/xenstore-ours.sh
. "$(dirname "$0")/xenstore-ours.sh" "${1:-}"
# Where the journal of a host is: in memory.
base=/dev/shm
[ -w "$base" ] || base=${TMPDIR:-/tmp}
dir=$(mktemp -d "$base/xenstore-restart.XXXXXX")
export XENSTORED_PATH=$dir/socket
pid=

# start OPTIONS: the daemon has forked and serves when this returns.
start() {
	"$binary" -D --rundir "$dir" -s "$dir/socket" -F "$dir/pid" "$@" \
		2>>"$dir/log" || return 1
	pid=$(cat "$dir/pid")
}

# stop SIGNAL: and wait until it is gone.
stop() {
	[ -n "$pid" ] || return 0
	kill "-$1" "$pid" 2>/dev/null
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.02
	done
	pid=
}
trap 'stop KILL; rm -rf "$dir"' EXIT

tree() {
	ours ls | grep -v tool | grep -v xenstored
}

limits() {
	ours control quota | grep -c "$1"
}

children() {
	ours list "$1" | wc -l
}

# drive NAME SCRIPT ARGS: in a folder of its own; it says what it saw.
drive() {
	local name=$1 script=$2 said
	shift 2
	mkdir -p "$dir/$name"
	if said=$(PYTHONDONTWRITEBYTECODE=1 timeout 500 python3 \
		"$here/$script" "$binary" "$dir/$name" "$@" 2>&1); then
		ok
		echo "$said"
	else
		not_ok "$name: $said"
	fi
}

# Told to end, it writes its state, and the next one begins with it.
start
expect "write" 0 '' ours write /a/b 1 /a/c 2
expect "quota" 0 OK ours control quota set watches 77
expect "dump-state" 0 OK ours control dump-state "$dir/kept"
expect "write more" 0 '' ours write /a/d 3
stop TERM
size=$(stat -c %s "$dir/state")
start
expect "all is there" 0 'a = ""
 b = "1"
 c = "2"
 d = "3"' tree
expect "the limit is there" 0 1 limits 'watches.*77'

# Killed, it leaves the journal, also a torn one.
expect "write before the kill" 0 '' ours write /a/e 4
expect "a journal is there" 0 '' test "$size" -lt \
	"$(stat -c %s "$dir/state")"
stop KILL
start
expect "there after the kill" 0 4 ours read /a/e
expect "write two" 0 '' ours write /a/f 5
expect "write the last" 0 '' ours write /a/last 6
stop KILL
truncate -s "$(grep -obUa /a/last "$dir/state" | cut -d : -f 1)" "$dir/state"
start
expect "there from a torn journal" 0 5 ours read /a/f
expect "but what was torn" 1 '' ours exists /a/last

# By name: that file and nothing else; what is no state changes nothing.
stop TERM
start --restore "$dir/kept"
expect "restored" 0 2 ours read /a/c
expect "as it was then" 1 "xenstore-read: couldn't read path /a/d" \
	ours read /a/d
stop TERM
head -c 900 "$dir/kept" >"$dir/cut"
expect "a bad file" 1 '' start --restore "$dir/cut"
expect "says why" 0 1 grep -c "cut: record .* at byte" "$dir/log"
start
expect "and the state is untouched" 0 2 ours read /a/c
stop TERM
start --fresh
expect "fresh" 1 '' ours exists /a
stop TERM

# A spoilt journal is put aside.
start
expect "write again" 0 '' ours write /x 1
stop KILL
printf '\xff' | dd of="$dir/state" bs=1 seek=60 conv=notrunc status=none
start
expect "begins empty" 1 '' ours exists /x
expect "keeps the bad one" 0 '' test -s "$dir/state.bad"
stop TERM

# One that cannot be read may be good: it stays, and nothing is begun.
ln -sf state "$dir/state"
expect "does not start" 1 '' start
expect "says what to do" 0 1 grep -c "state: .*--fresh begins" "$dir/log"
expect "leaves it" 0 '' test -L "$dir/state"
rm "$dir/state"

# A journal that cannot grow: it goes, and the daemon serves on.
start
prlimit --pid "$pid" --fsize=200000
value=$(printf '%02000d' 0)
for i in $(seq 30); do
	args=()
	for j in $(seq 10); do
		args+=("/full/$i-$j" "$value")
	done
	ours write "${args[@]}" || break
done
expect "writes go on" 0 300 children /full
expect "no journal that lacks them" 0 '' test ! -e "$dir/state"
stop TERM

# One that cannot begin: what is there would soon say less than all, so it
# goes; there is one again when there is room, without any request.
start
expect "write what is old" 0 '' ours write /old 1
stop KILL
room=$(ulimit -Hf)
prlimit --fsize=100:"$room" "$binary" -D --rundir "$dir" -s "$dir/socket" \
	-F "$dir/pid" 2>>"$dir/log"
pid=$(cat "$dir/pid")
expect "it has what was" 0 1 ours read /old
expect "but no journal of it" 0 '' test ! -e "$dir/state"
prlimit --pid "$pid" --fsize="$room"
for i in $(seq 300); do
	[ -e "$dir/state" ] && break
	sleep 0.1
done
stop KILL
start
expect "there is one again" 0 1 ours read /old
stop TERM

# Interrupted, each other time, while it makes room: that is no loss.
cc -D_GNU_SOURCE -shared -fPIC -o "$dir/interrupt.so" -x c - <<'END' || exit 2
#include <errno.h>
#include <fcntl.h>
int posix_fallocate(int fd, off_t at, off_t len)
{
	static int calls;

	return calls++ % 2 ? fallocate(fd, 0, at, len) : EINTR;
}
END
export LD_PRELOAD=$dir/interrupt.so
start
unset LD_PRELOAD
expect "write with interruptions" 0 '' ours write /interrupted 1
stop KILL
start
expect "it is in the journal" 0 1 ours read /interrupted
stop TERM

# Its folder goes: nothing stays, and it does not say otherwise.
mkdir "$dir/gone"
start --rundir "$dir/gone"
rm -r "$dir/gone"
expect "it serves" 0 OK ours control logfile "$dir/lost"
stop TERM
expect "the store is lost" 0 1 grep -c \
	'gone/state: No such file or directory; the store is lost' "$dir/lost"

# A new journal is a file of its own, whatever has its name.
echo mine >"$dir/precious"
ln -s precious "$dir/state.new"
start
expect "nothing is written through a link" 0 mine cat "$dir/precious"
expect "it is a file" 0 '' test -s "$dir/state" -a ! -h "$dir/state"
stop TERM

# Under load.
drive kills xenstore_kill.py 50
drive updates xenstore_update.py 10

# A guest's ring, with the hypervisor faked.
cc -std=gnu11 -O1 -D_GNU_SOURCE -shared -fPIC -o "$dir/shim.so" \
	"$here/xenstore_shim.c" || exit 2
mkdir "$dir/ring"
echo 5 >"$dir/ring/xsd_port"
truncate -s 4096 "$dir/ring/xsd_kva"
drive ring xenstore_ring.py "$dir/shim.so" 100

count
