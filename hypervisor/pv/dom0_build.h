/* SPDX-License-Identifier: BSD-2-Clause */
/* Building the first domain in memory: the boot image of a PV kernel. */
#ifndef HOSPES_PV_DOM0_BUILD_H
#define HOSPES_PV_DOM0_BUILD_H

#include "core/domain.h"

struct dom0_image {
	const void *kernel; /* bzImage or ELF */
	size_t kernel_len;
	const void *initrd; /* NULL: none */
	size_t initrd_len;
	const char *cmdline;
	uint64_t pages; /* memory */
};

/*
 * Fill d, which is empty, and give its vCPU 0 a context. `why` names the cause
 * of -EINVAL (the kernel), -ENOMEM.
 */
int dom0_build(struct domain *d, const struct dom0_image *image,
	       const char **why);

#endif
