# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# Sourced, with the build directory or nothing as the argument: what
# xenstore-ours.sh has, and root (Debian's packages, unpacked by
# tests/qemu/fetch, fetched if they are not there) and theirs, Debian's C
# xenstored.
# shellcheck source=tests/host/xenstore-ours.sh
. "$(dirname "${BASH_SOURCE[0]}")/xenstore-ours.sh"
root=${HOSPES_DEBS:-$build/debs}/root
theirs=$root/usr/lib/xen-4.17/bin/xenstored
[ -x "$theirs" ] || HOSPES_BUILD=$build "$here/../qemu/fetch" || {
	not_ok "no $theirs"
	count
	exit 1
}
