/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine-to-physical table: what pfn a guest calls each frame. Readable by
 * guests; only informative to the hypervisor. */
#ifndef HOSPES_MM_M2P_H
#define HOSPES_MM_M2P_H

#include "mm/frame.h"

#define M2P_INVALID_ENTRY (~0UL)

static inline void m2p_set(mfn_t m, uint64_t pfn)
{
	((volatile uint64_t *)M2P_RW_VIRT)[m.n] = pfn;
}

#endif
