/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine-to-physical table: what pfn a guest calls each frame. Readable by
 * guests; only informative to the hypervisor. */
#ifndef HOSPES_MM_M2P_H
#define HOSPES_MM_M2P_H

#include "mm/frame.h"

#define M2P_INVALID_ENTRY (~0UL)
#define M2P_SHARED_ENTRY  (~0UL - 1)

static inline void m2p_set(mfn_t m, uint64_t pfn)
{
	((volatile uint64_t *)M2P_RW_VIRT)[m.n] = pfn;
}

static inline uint64_t m2p_get(mfn_t m)
{
	return ((volatile uint64_t *)M2P_RW_VIRT)[m.n];
}

#endif
