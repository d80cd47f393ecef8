/* SPDX-License-Identifier: BSD-2-Clause */
/* Making dom0 from the boot loader's modules and the command line. */
#ifndef HOSPES_BOOT_DOM0_H
#define HOSPES_BOOT_DOM0_H

#include "boot/bootinfo.h"

/* Panics with the cause if it cannot be. Leaves it paused. */
void dom0_create(const struct boot_info *b);

#endif
