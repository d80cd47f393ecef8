#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the daemon without domains (-D) on a socket of its own, and drives it
# with our clients and, where this host has them, with Debian's: the same
# commands must print the same, whichever client and library ask. The last
# line is "N passed, N failed".
#
# usage: xenstore-protocol.sh [build directory]
set -u
# shellcheck source=tests/host/xenstore-ours.sh
. "$(dirname "$0")/xenstore-ours.sh" "${1:-}"
dir=$(mktemp -d)
export XENSTORED_PATH=$dir/socket
daemon=

stop() {
	if [ -n "$daemon" ]; then
		kill "$daemon" 2>/dev/null
		wait "$daemon" 2>/dev/null
	fi
	rm -rf "$dir"
}
trap stop EXIT

"$binary" -N -D --rundir "$dir" -s "$dir/socket" \
	-F "$dir/pid" 2>"$dir/log" &
daemon=$!
for _ in $(seq 50); do
	[ -S "$dir/socket" ] && break
	sleep 0.1
done

# theirs VERB ARGS: Debian's client with Debian's library; crossed: with ours.
theirs() {
	local verb=$1
	shift
	PATH=/usr/bin env -u LD_LIBRARY_PATH "xenstore-$verb" "$@"
}
crossed() {
	local verb=$1
	shift
	PATH=/usr/bin LD_LIBRARY_PATH=$build/.libs "xenstore-$verb" "$@"
}

# Without domains it needs no right at all, and nothing gives it one.
expect "rights" 0 'CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
NoNewPrivs:	1' grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs)' "/proc/$daemon/status"
expect "fresh tree" 0 'tool = ""
 xenstored = ""' ours ls
expect "write" 0 '' ours write /a/b/c value /a/b/d 'x\ty\\z'
expect "read" 0 value ours read /a/b/c
expect "read escaped" 0 'x\ty\\z' ours read /a/b/d
expect "read raw" 0 "$(printf 'x\ty\\z')" ours read -R /a/b/d
expect "read with path" 0 '/a/b/c: value' ours read -p /a/b/c
expect "read nothing" 1 "xenstore-read: couldn't read path /nope" \
	ours read /nope
expect "list" 0 'c
d' ours list /a/b
expect "list with path" 0 '/a/b/c
/a/b/d' ours list -p /a/b
expect "exists" 0 '' ours exists /a /a/b
expect "does not exist" 1 '' ours exists /a /x
expect "chmod" 0 '' ours chmod /a/b n3 r0
expect "ls -p" 0 'b = "" . . . . . . . . . . . . . . . . . . . . . . . . . . .  (n3,r0)
 c = "value" . . . . . . . . . . . . . . . . . . . . . . . .  (n0)
 d = "x\ty\\z" . . . . . . . . . . . . . . . . . . . . . . .  (n0)' \
	ours ls -p /a
expect "chmod -r" 0 '' ours chmod -r /a/b r4
expect "ls -f -p" 0 '/a/b = ""   (r4)
/a/b/c = "value"   (r4)
/a/b/d = "x\ty\\z"   (r4)' ours ls -f -p /a
expect "rm" 0 '' ours rm /a/b/c
expect "rm again" 0 '' ours rm /a/b/c
expect "rm below nothing" 1 "xenstore-rm: could not remove path /q/r" \
	ours rm /q/r
expect "rm -t" 0 '' ours rm -t /a/b/d
expect "tidied" 1 '' ours exists /a
expect "bad path" 1 "xenstore-write: could not write path /a//b" \
	ours write /a//b x
expect "control check" 0 'OK: 3 nodes' ours control check
expect "control quota" 0 OK ours control quota set nodes 5
first_line() {
	"$@" 2>&1 | head -n 1
	return "${PIPESTATUS[0]}"
}
expect "control nonsense" 3 'Command not supported. Valid commands are:' \
	first_line ours control nonsense
expect "control as JSON" 0 '{"command": "quota", "reply": "OK"}' \
	ours control --format json quota set nodes 5
expect "control as =json" 0 '{"command": "quota", "reply": "OK"}' \
	ours control --format=json quota set nodes 5
expect "control as =xml" 2 'Usage:
xenstore-control <command> [<arg>...]' ours control --format=xml help

# What cannot be printed is told, and is not sent to the daemon instead.
no_room() {
	{ ours "$@" >/dev/full; } 2>&1
}
closed() {
	ours "$@" >&-
}
ours write /out 1
for format in text json; do
	expect "$format without room" 1 \
		'xenstore-read: standard output: No space left on device' \
		no_room read --format $format /out
	expect "$format to nobody" 1 \
		'xenstore-read: standard output: Bad file descriptor' \
		closed read --format $format /out
done
expect "control without room" 3 \
	'xenstore: standard output: No space left on device' no_room control help
expect "no output, no room" 0 '' closed exists /out
ours rm /out

# As JSON: text, bytes that are none, and what has neither.
ours write /j/text 'gr\xc3\xbc\xc3\x9fe "\\\x1f\x7f' /j/bytes '\xff\000' \
	/j/overlong '\xc0\x80' /j/surrogate '\xed\xa0\x80' /j/empty '' \
	/j/sub/x 1
ours chmod /j/sub n7 r3 b0
expect "read as JSON" 0 '[
 {"path": "/j/text", "value": "grüße \"\\\u001f\u007f"},
 {"path": "/j/bytes", "value": null, "hex": "ff00"},
 {"path": "/j/overlong", "value": null, "hex": "c080"},
 {"path": "/j/surrogate", "value": null, "hex": "eda080"},
 {"path": "/j/empty", "value": ""}
]' ours read --format json /j/text /j/bytes /j/overlong /j/surrogate /j/empty
expect "list as JSON" 0 '[
 {"path": "/j", "children": ["bytes", "empty", "overlong", "sub", "surrogate", "text"]},
 {"path": "/j/empty", "children": []}
]' ours list --format=json /j /j/empty
expect "exists as JSON" 1 '[
 {"path": "/j", "exists": true},
 {"path": "/nope", "exists": false},
 {"path": "/j/sub", "exists": true}
]' ours exists --format json /j /nope /j/sub
expect "ls as JSON" 0 '[
 {"path": "/j/sub/x", "value": "1"}
]' ours ls --format json /j/sub
one_node() {
	ours ls -p --format json /j | python3 -c '
import json, sys
for node in json.load(sys.stdin):
    if node["path"] == sys.argv[1]:
        print(json.dumps(node))' "$1"
}
expect "ls -p as JSON" 0 '{"path": "/j/sub", "value": "", "owner": 7, "others": "none", "domains": {"3": "read", "0": "both"}}' \
	one_node /j/sub
expect "watch as JSON" 0 '{"path": "/j", "token": "/j"}' \
	ours watch -n 1 --format json /j
expect "nothing as JSON" 1 "xenstore-read: couldn't read path /nope
[]" ours read --format json /nope
expect "text as format" 0 1 ours read --format text /j/sub/x
expect "no such format" 1 'xenstore-read: no format xml: text or json' \
	ours read --format xml /j
ours rm /j

# Events arrive in order, with the path that changed.
ours watch -n 4 /w >"$dir/events" 2>&1 &
watcher=$!
for _ in $(seq 50); do
	[ -s "$dir/events" ] && break
	sleep 0.1
done
ours write /w/1 a /w/2 b
ours rm /w
wait "$watcher"
expect "watch" 0 '/w
/w/1
/w/2
/w' cat "$dir/events"

# Many children: more than one reply holds.
for i in $(seq 60); do
	args=()
	for j in $(seq 10); do
		args+=("/many/a-rather-long-name-of-a-node-$i-$j" v)
	done
	ours write "${args[@]}"
done
expect "large directory" 0 600 bash -c \
	"LD_LIBRARY_PATH=$build/.libs $client list /many | wc -l"

# Both clients, and Debian's with our library, print the same.
ours write /cmp/bin '\000\001\x7f\xff\n' /cmp/long "$(printf '%0300d' 0)" \
	/cmp/deep/er/est 1
ours chmod /cmp/deep n7 b8
compare() {
	local how want got
	want=$({ theirs "$@" 2>&1; echo "status $?"; } | tr '\0' '0')
	for how in ours crossed; do
		got=$({ "$how" "$@" 2>&1; echo "status $?"; } | tr '\0' '0')
		if [ "$got" = "$want" ]; then
			ok
		else
			not_ok "$how $*: $got"
		fi
	done
}
if [ -x /usr/bin/xenstore-ls ]; then
	compare ls
	compare ls -p
	compare ls -f
	compare ls -f -p /cmp
	compare ls /nope
	compare list /cmp
	compare list -p /cmp
	compare list /many
	compare read /cmp/bin
	compare read -p /cmp/bin /cmp/long
	compare read -R /cmp/bin
	compare read /nope
	compare exists /cmp
	compare exists /nope
	compare chmod /nope r0
	compare chmod /cmp x0
	compare write /odd
	compare rm /nope/nope
	compare watch -n 1 /cmp
	compare watch -h
	expect "their watch" 0 '/tw
/tw/x' bash -c '{ sleep 0.3; /usr/bin/xenstore-write /tw/x 1; } &
		exec /usr/bin/xenstore-watch -n 2 /tw'
else
	not_ok "no Debian xenstore-utils here"
fi

expect "threads on one handle" 0 '' "$build/tests/host/xenstore_threads"

expect "batches of the toolstack" 0 '' "$build/tests/host/xenstore_batch"

# A second daemon must not take the socket of a living one, or its folder.
expect "second daemon" 1 \
	"xenstored: $dir/socket: Address already in use" \
	"$build/hospes-xenstored" -N -D --no-journal -s "$dir/socket"
expect "second in the folder" 1 "xenstored: $dir: another daemon is there" \
	"$build/hospes-xenstored" -N -D --rundir "$dir" -s "$dir/other"
expect "pid file" 0 "$daemon" cat "$dir/pid"
expect "no such option" 2 '' bash -c \
	"$build/hospes-xenstored --nonsense 2>/dev/null"

# A peer that breaks the protocol is closed, the others go on.
cat >"$dir/cases.py" <<'END'
import socket
import struct
import sys


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(sys.argv[1])
    return s


def message(kind, payload, tx=0, req=0):
    return struct.pack("<IIII", kind, req, tx, len(payload)) + payload


def receive(s):
    head = b""
    while len(head) < 16:
        part = s.recv(16 - len(head))
        assert part, "closed"
        head += part
    kind, req, tx, size = struct.unpack("<IIII", head)
    data = b""
    while len(data) < size:
        data += s.recv(size - len(data))
    return kind, req, tx, data


# Too long a payload ends the connection.
bad = connect()
bad.sendall(struct.pack("<IIII", 2, 0, 0, 4097))
assert bad.recv(1) == b""

# A peer that never reads, one that sends byte by byte, one that works.
mute, slow, good = connect(), connect(), connect()
mute.setblocking(False)
sent = 0
try:
    while sent < 50_000_000:
        sent += mute.send(message(1, b"/many\0") * 100)
except BlockingIOError:
    pass
assert sent < 50_000_000, "a mute peer is read without end"
for byte in message(2, b"/cmp/long\0", req=9):
    slow.sendall(bytes([byte]))
    good.sendall(message(2, b"/cmp/deep/er/est\0"))
    assert receive(good)[3] == b"1"
assert receive(slow)[1] == 9

# Replies come in the order of the requests, events among them.
good.sendall(b"".join(message(2, b"/cmp/long\0", req=i) for i in range(500)))
assert [receive(good)[1] for _ in range(500)] == list(range(500))

# Half a message, then the end.
half = connect()
half.sendall(message(11, b"/half\0value")[:20])
half.close()
good.sendall(message(2, b"/half\0"))
assert receive(good)[3] == b"ENOENT\0"

# Connections come and go.
for _ in range(2000):
    connect().close()
good.sendall(message(0, b"check\0"))
assert receive(good)[3].startswith(b"OK")
END
expect "socket cases" 0 '' python3 "$dir/cases.py" "$XENSTORED_PATH"

# What is no socket stays; and a socket without a name, nobody finds.
fails() {
	timeout 10 "$build/hospes-xenstored" -N -D --no-journal "$@" 2>&1 |
		sed 's/.*: //'
	return "${PIPESTATUS[0]}"
}
echo mine >"$dir/file"
expect "a file for a socket" 1 'File exists' \
	fails --rundir "$dir" -s "$dir/file"
expect "is not removed" 0 mine cat "$dir/file"
expect "no name for a socket" 1 'Invalid argument' \
	fails --rundir "$dir" -s ''
mkfifo "$dir/fifo"
expect "a pipe for a state" 1 'not a plain file' \
	fails --rundir "$dir" -s "$dir/other" --restore "$dir/fifo"
# One that starts beside us has the folder, and its socket is not ours to take.
mkdir "$dir/two"
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$dir/two/socket"
expect "another one starts" 1 "xenstored: $dir/two: another daemon is there" \
	flock "$dir/two/lock" timeout 10 "$build/hospes-xenstored" -N -D \
	--rundir "$dir/two" -s "$dir/two/socket"
expect "its socket stays" 0 '' test -S "$dir/two/socket"
expect "a limit that is none" 2 \
	'xenstored: quota nodes is 1 to 4294967295, not "0"' \
	"$build/hospes-xenstored" -N -D -E 0
expect "a folder without name" 2 \
	'xenstored: --rundir or XENSTORED_RUNDIR is empty' \
	env XENSTORED_RUNDIR= timeout 10 "$build/hospes-xenstored" -N -D \
	--no-journal -s "$dir/other"
expect "neither empty nor not" 2 \
	'xenstored: --restore and --fresh exclude each other' \
	"$build/hospes-xenstored" -N -D --fresh --restore "$dir/file"
expect "no such limit" 2 'xenstored: no such quota: "bogus"' \
	"$build/hospes-xenstored" -N -D -Q bogus=5
# Without -N it would be looked for at another place.
expect "half a path" 2 \
	"xenstored: \"run\" is not a whole path, which is wanted without -N" \
	"$build/hospes-xenstored" -D -s "$dir/other" --rundir run

# Started with nothing open, it has files of its own in those places.
bare() {
	"$build/hospes-xenstored" -D --rundir "$dir/bare" -s "$dir/bare/socket" \
		-F "$dir/bare/pid" <&- >&- 2>&-
}
mkdir "$dir/bare"
expect "starts with nothing open" 0 '' bare
expect "and serves" 0 '' env "XENSTORED_PATH=$dir/bare/socket" \
	"LD_LIBRARY_PATH=$build/.libs" "$client" exists /tool
kill "$(cat "$dir/bare/pid")"

kill "$daemon"
wait "$daemon"
expect "ends by SIGTERM" 0 '' test ! -e "$dir/socket"
daemon=
expect "log" 0 'xenstored: connection N of domain 0: payload of 4097 bytes, closed' \
	sed 's/connection [0-9]*/connection N/' "$dir/log"

count
