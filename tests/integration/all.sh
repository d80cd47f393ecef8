#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The integration runs of ./check: which scenarios, on which machines. The
# last line is "N passed, N failed".
#
# usage: all.sh ours|peers|xen
set -u
here=$(cd "$(dirname "$0")" && pwd)

passed=0
failed=0
build=
run() {
	local out line
	echo "## $*"
	# The image is built by the first run, and the same for the others.
	out=$("$here/run.sh" $build "$@" 2>&1)
	build=--no-build
	echo "$out"
	line=$(tail -n 1 <<<"$out")
	case $line in
	*" passed, "*" failed")
		passed=$((passed + ${line%% *}))
		line=${line#*, }
		failed=$((failed + ${line%% *}))
		;;
	*)
		echo "not ok $*: no result"
		failed=$((failed + 1))
		;;
	esac
}

case ${1:-ours} in
ours)
	# The limits are for what hangs: five times what a quiet machine takes.
	run --timeout 1500 first life faults killed cycles peers store sysv \
		capped
	run --timeout 900 --mib 8 six qemu
	run --timeout 400 --smp 1 --mib 16 first vcpus
	run --timeout 400 --smp 4 --mib 16 first vcpus
	run --timeout 400 --smp 2 --dom0-vcpus 4 vcpus
	# Our tool with Debian's daemons.
	run --timeout 600 --tools xen --tool xl peers
	# It has an image of its own.
	build=
	run --timeout 600 --systemd systemd
	;;
peers)
	# Debian's Xen with our tools, and with its own as the control.
	run --timeout 900 --hypervisor xen --mib 16 first life peers
	;;
xen)
	run --hypervisor xen --tools xen first life six cycles vcpus
	;;
*)
	echo "usage: all.sh ours|peers|xen" >&2
	exit 2
	;;
esac
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
