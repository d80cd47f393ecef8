# SPDX-License-Identifier: BSD-2-Clause
# GRUB looks for its scripts in one place only, whatever the prefix.
grubdir = /etc/grub.d
grub_SCRIPTS = dom0-tools/boot/20_linux_hospes
EXTRA_DIST += dom0-tools/boot/20_linux_hospes
