/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory before there is a heap, and what of it the heap gets. */
#ifndef HOSPES_BOOT_EARLY_H
#define HOSPES_BOOT_EARLY_H

#include "boot/bootinfo.h"

/* Choose the RAM below 4 GiB to take early frames from. */
void early_init(const struct boot_info *b);
/* Contiguous zeroed frames; ends the machine when there are none. */
mfn_t early_alloc(unsigned int frames);
/* The direct map is loaded: use it. */
void early_use_direct_map(void);
/* All RAM that nobody uses goes to the heap. */
void early_give_to_heap(const struct boot_info *b);
/* And what the boot loader's modules lay in, when they are used. */
void early_free_modules(const struct boot_info *b);
/* A free page below 1 MiB for the start of other CPUs; 0: none. */
uint64_t early_low_page(const struct boot_info *b);

#endif
