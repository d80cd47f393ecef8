# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
# Sourced by the scripts of this folder: where things are.
#
# HOSPES_BUILD  the build directory            (default: build/ of the tree)
# HOSPES_DEBS   Debian packages, unpacked      (default: HOSPES_BUILD/debs)

QEMU_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$QEMU_DIR/../.." && pwd)
BUILD=${HOSPES_BUILD:-$TOP/build}
DEBS=${HOSPES_DEBS:-$BUILD/debs}
ROOT=$DEBS/root
IMAGES=$BUILD/images
XEN_LIBEXEC=usr/lib/xen-4.17
PATH=$PATH:/usr/sbin:/sbin

die() {
	echo "${0##*/}: $*" >&2
	exit 2
}

# The stock kernel's release, e.g. 6.1.0-56-amd64.
kernel_release() {
	[ -r "$DEBS/kernel-release" ] || "$QEMU_DIR/fetch" >&2 || return 1
	cat "$DEBS/kernel-release"
}

kernel_image() {
	echo "$ROOT/boot/vmlinuz-$(kernel_release)"
}
