# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# QEMU as a disk's back end, in dom0's user space: it talks to the XenStore, to
# event channels and to grants through the devices that the kernel has for
# programs. Only xl starts it. With Debian's libxenstore, and with ours.

tool_was=$TOOL
TOOL=xl
net_prepare
make_disk qemu

# QEMU serves disks of all guests that xl made without it, or one guest.
qemu_library() {
	pid=$(pidof xen-qemu-system-i386 | cut -d ' ' -f 1)
	[ -n "$pid" ] && library_is "$1" "/proc/$pid/maps"
}

qemu() {
	use_library "$1"
	write_config qemu 1 "job=work mib=$MIB sum=$NET_SUM"
	sed -i "/^[[:space:]]*disk = /c disk = [ 'format=raw, vdev=xvda, access=rw, \
backendtype=qdisk, target=$IMAGES/qemu.img' ]" /tmp/qemu.cfg
	net_serve 1
	check "qemu: create" create qemu || tail -n 20 /var/log/xen/*qemu*
	qemu_id=$(xl domid qemu)
	check "qemu: the disk's back end is QEMU" xenstore-exists \
		"/local/domain/0/backend/qdisk/$qemu_id/51712"
	check "qemu: with the library of $1" qemu_library "$1"
	if exists qemu; then
		wait_until 240 console_has qemu "^guest: work done" ||
			show_console qemu
	fi
	judge_work qemu 1
	net_end
	check "qemu: powers off and is gone" wait_until 40 gone qemu
	check "qemu: nothing left" wait_until 30 nothing_left qemu
}

qemu theirs
qemu ours
use_library ours
TOOL=$tool_was
