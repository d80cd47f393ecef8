#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Our daemon and Debian's C xenstored (as tests/qemu/fetch unpacks it, fetched
# if it is not there) side by side on this Linux with a faked hypervisor: every
# request of xenstore_peers.py must get the same answer. The last line is
# "N passed, N failed".
#
# usage: xenstore-peers.sh [build directory]
set -u
# shellcheck source=tests/host/xenstore-theirs.sh
. "$(dirname "$0")/xenstore-theirs.sh" "${1:-}"

dir=$(mktemp -d)
pids=()
stop() {
	[ "${#pids[@]}" = 0 ] || kill "${pids[@]}" 2>/dev/null
	wait
	rm -rf "$dir"
}
trap stop EXIT

cc -std=gnu11 -O1 -D_GNU_SOURCE -shared -fPIC -o "$dir/shim.so" \
	"$here/xenstore_shim.c" || exit 2
for name in ours theirs; do
	mkdir "$dir/$name"
	echo 5 >"$dir/$name/xsd_port"
	truncate -s 4096 "$dir/$name/xsd_kva"
done

libs=$root/usr/lib/x86_64-linux-gnu
SHIM_DIR=$dir/ours LD_PRELOAD=$dir/shim.so "$build/hospes-xenstored" -N \
	--rundir "$dir/ours" -s "$dir/ours/socket" 2>"$dir/ours/log" &
pids+=($!)
SHIM_DIR=$dir/theirs LD_PRELOAD=$dir/shim.so LD_LIBRARY_PATH=$libs \
	XENSTORED_RUNDIR=$dir/theirs XENSTORED_PATH=$dir/theirs/socket \
	"$theirs" -N --internal-db >"$dir/theirs/log" 2>&1 &
pids+=($!)
for _ in $(seq 50); do
	[ -S "$dir/ours/socket" ] && [ -S "$dir/theirs/socket" ] && break
	sleep 0.1
done
timeout 120 python3 "$here/xenstore_peers.py" "$dir/ours" "$dir/theirs" || {
	cat "$dir/ours/log" "$dir/theirs/log"
	exit 1
}
