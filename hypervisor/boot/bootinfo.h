/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot loader told us, in one form for multiboot 1 and 2. */
#ifndef HOSPES_BOOT_BOOTINFO_H
#define HOSPES_BOOT_BOOTINFO_H

#include "mm/paging.h"

#define BOOT_MAX_RANGES	 256
#define BOOT_MAX_MODULES 8
#define BOOT_CMDLINE	 2048

struct boot_module {
	uint64_t start, end; /* physical */
	char cmdline[BOOT_CMDLINE];
};

struct boot_info {
	struct memory_range map[BOOT_MAX_RANGES]; /* sorted, no overlap */
	unsigned int ranges;
	struct boot_module modules[BOOT_MAX_MODULES];
	unsigned int module_count;
	char cmdline[BOOT_CMDLINE];
	uint64_t rsdp;	 /* physical; 0: look for it in low memory */
	bool rsdp_given; /* by the loader: dom0 cannot find it by itself */
	char loader[64];
};

extern struct boot_info boot_info;

#define MULTIBOOT1_MAGIC 0x2badb002
#define MULTIBOOT2_MAGIC 0x36d76289

/*
 * Read the loader's structure at physical address `info`, through the identity
 * map of the low 4 GiB. `why` says what is wrong on -EINVAL.
 */
int multiboot1_parse(uint64_t info, struct boot_info *out, const char **why);
int multiboot2_parse(uint64_t info, struct boot_info *out, const char **why);

/* Sort, cut overlaps (the less usable type wins), and trim RAM to pages. */
void memory_map_tidy(struct memory_range *map, unsigned int *n);

#endif
