# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=dash disable=SC2034,SC2020
# Four virtual CPUs in a guest, whatever the machine has, and dom0 with as
# many as it was given.

check "vcpus: dom0 has ${DOM0_VCPUS:-$(nproc)}" \
	[ "$(nproc)" = "${DOM0_VCPUS:-$(nproc)}" ]
make_disk vcpus
VCPUS=4
write_config vcpus 1 "job=idle"
VCPUS=
check "vcpus: create with 4" create vcpus
check "vcpus: all 4 up" wait_until 120 console_has vcpus "^guest: idle, 4 CPUs"
check "vcpus: shutdown and wait" timeout 60 "$TOOL" shutdown -w vcpus
check "vcpus: nothing left" wait_until 20 nothing_left vcpus
