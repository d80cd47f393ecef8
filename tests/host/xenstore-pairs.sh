#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every pairing of daemon, library and clients, ours and Debian's (as
# tests/qemu/fetch unpacks them, fetched if they are not there), on this Linux
# with a faked hypervisor; see xenstore_pairs.py. The last line is "N passed,
# N failed".
#
# usage: xenstore-pairs.sh [build directory]
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-${HOSPES_BUILD:-$here/../../build}}
[ -x ./hospes-xenstored ] && build=.
build=$(cd "$build" && pwd) || exit 2
root=${HOSPES_DEBS:-$build/debs}/root
theirs=$root/usr/lib/xen-4.17/bin/xenstored
[ -x "$theirs" ] || HOSPES_BUILD=$build "$here/../qemu/fetch" || {
	echo "not ok: no $theirs"
	echo "0 passed, 1 failed"
	exit 1
}
exec timeout 550 python3 "$here/xenstore_pairs.py" "$build" "$root"
