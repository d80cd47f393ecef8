# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# Sourced, with the build directory or nothing as the argument: sets build,
# here, root (Debian's packages, unpacked by tests/qemu/fetch, fetched if they
# are not there) and theirs, Debian's C xenstored.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
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
