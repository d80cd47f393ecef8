/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own address space (x86/layout.h), made once at boot. Slots
 * 256 to 271 of its L4 are copied into every guest L4.
 */
#ifndef HOSPES_MM_PAGING_H
#define HOSPES_MM_PAGING_H

#include "mm/frame.h"
#include "x86/pte.h"

/* One range of the machine's memory map. type: E820_*. */
struct memory_range {
	uint64_t start, end;
	uint32_t type;
};

#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3
#define E820_NVS      4
#define E820_UNUSABLE 5

extern pte_t *idle_l4; /* the hypervisor's L4 table */
extern mfn_t idle_l4_mfn;
/* L2 entries of the read-only M2P, as XENMEM_machphys_mfn_list gives them. */

/*
 * Boot. Pages for the tables come from `early_alloc` (zeroed frames).
 *  paging_init:   direct map of all RAM, image with its rights; loads it
 *  paging_frames: frame table and M2P
 */
void paging_init(const struct memory_range *map, unsigned int n,
		 mfn_t (*early_alloc)(unsigned int frames));
void paging_frames(const struct memory_range *map, unsigned int n,
		   mfn_t (*early_alloc)(unsigned int frames));

/* Frame behind the i-th 2 MiB of the M2P, or INVALID_MFN. */
mfn_t m2p_chunk_mfn(unsigned int i);

/* The hypervisor's entries for a new L4 of a guest; perdomain may be NULL. */
void paging_fill_l4(pte_t *l4, const pte_t *perdomain_l3);

#endif
