#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Boots micro guests as dom0 in Bochs, which has what QEMU's own CPU lacks:
# x2APIC, the TSC-deadline timer, SMEP and SMAP. Needs Debian's bochs,
# bochsbios, vgabios and what tests/qemu/iso needs. GRUB is the boot loader, so
# this is multiboot2 by a BIOS as well. The last line is "N passed, N failed".
#
# usage: bochs.sh [--model NAME] [--smp N] [--options WORDS] [NAME...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${HOSPES_BUILD:-$here/../../build}" && pwd)
model=corei7_skylake_x
smp=1
limit=120
words=""
names=()
while [ $# -gt 0 ]; do
	case $1 in
	--model) model=$2; shift ;;
	--smp) smp=$2; shift ;;
	--options) words=$2; shift ;;
	-*) sed -n 's/^# usage: //p' "$0" >&2; exit 2 ;;
	*) names+=("$1") ;;
	esac
	shift
done
[ ${#names[@]} -gt 0 ] || names=(version time fpu)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# A guest's image; "c" and "quit" are for the debugger that Debian builds in.
prepare() {
	rm -rf tree serial.log bochs.log
	mkdir -p tree/boot/grub
	cp "$build/hypervisor/hospes" "$build/tests/guest/$1.elf" tree/boot
	cat >tree/boot/grub/grub.cfg <<-END
		multiboot2 /boot/hospes console=com1 dom0_mem=64M \
			dom0_max_vcpus=2 guest_loglvl=all $words
		module2 --nounzip /boot/$1.elf
		boot
	END
	grub-mkrescue -o test.iso tree >grub.log 2>&1 || cat grub.log
	printf 'c\nquit\n' >rc
	cat >bochsrc <<-END
		display_library: rfb, options="timeout=0"
		romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
		vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
		vga: extension=none
		memory: guest=256, host=256
		cpu: count=$smp, model=$model, ips=50000000, quantum=16, reset_on_triple_fault=0
		pci: enabled=1, chipset=i440fx
		boot: cdrom
		ata0-master: type=cdrom, path="test.iso", status=inserted
		com1: enabled=1, mode=file, dev=serial.log
		panic: action=fatal
		log: bochs.log
	END
}

# Until the result stands there, or the machine has ended.
boot() {
	timeout -k 2 "$limit" bochs -q -f bochsrc -rc rc </dev/null \
		>output 2>&1 &
	bochs=$!
	while kill -0 $bochs 2>/dev/null; do
		if grep -aqE '^TEST [^:]*: [0-9]+ passed|PANIC on' serial.log \
			2>/dev/null; then
			break
		fi
		sleep 0.2
	done
	kill -9 $bochs 2>/dev/null || true
	wait $bochs 2>/dev/null || true
}

passed=0
failed=0
for name in "${names[@]}"; do
	prepare "$name"
	boot
	line=$(tr -d '\r' <serial.log | sed -nE \
		's/^TEST [^:]*: ([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' |
		tail -n 1)
	read -r good bad <<<"${line:-0 1}"
	passed=$((passed + good))
	failed=$((failed + bad))
	printf '%-16s %d passed, %d failed\n' "$name" "$good" "$bad"
	sed -n 's/^(XEN) \(TSC: \|local APIC: \)/    \1/p' serial.log
	if [ "$bad" -gt 0 ]; then
		cp serial.log "$build/tests/guest/$name.bochs.log"
		grep -a '^FAIL' serial.log | sed 's/^/    /' || true
		tail -n 3 bochs.log
		echo "    log: $build/tests/guest/$name.bochs.log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
