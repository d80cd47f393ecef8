/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page attribute table (SDM 3A 11.12), the same on every CPU. Guests cannot
 * change it and read what it is, so its value is part of the ABI: Linux finds
 * write-combining and write-protected where Xen has them. The lower four stay
 * as the CPU starts with them, and the hypervisor's own mappings use no others,
 * so no line in a cache changes its type here.
 */
#include "cpu/pat.h"

#include "x86/insn.h"
#include "x86/msr_index.h"

/* From entry 7 down: UC UC WP WC, UC UC- WT WB. */
#define PAT_VALUE 0x050100070406UL

#define CPUID_1_EDX_PAT BIT(16)

void pat_init_cpu(void)
{
	if (cpuid(1, 0).edx & CPUID_1_EDX_PAT) {
		wrmsr(MSR_PAT, PAT_VALUE);
	}
}
