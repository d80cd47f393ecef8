/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator: a buddy heap over all RAM, with two bands, below 4 GiB
 * (kept for those who need it) and above. Lock: RANK_HEAP, inside. Frames come
 * with count_info 0 and no owner.
 */
#ifndef HOSPES_MM_HEAP_H
#define HOSPES_MM_HEAP_H

#include "mm/frame.h"

#define HEAP_MAX_ORDER 18 /* 1 GiB */

#define HEAP_ZERO  BIT(0) /* fill with zeroes */
#define HEAP_DMA32 BIT(1) /* below 4 GiB */

/* 2^order frames, aligned to their size; NULL when there are none. No TLB holds
 * a translation to them. Interrupts are on. */
struct page_info *heap_alloc(unsigned int order, unsigned int flags);
void heap_free(struct page_info *page, unsigned int order);

/* The same for the hypervisor's own use, as an address; frees with its order.
 */
void *heap_alloc_virt(unsigned int order, unsigned int flags);
void heap_free_virt(void *p, unsigned int order);

/* Frames free now, and those that claims (XENMEM_claim_pages) hold back. */
uint64_t heap_free_pages(void);
uint64_t heap_claimed_pages(void);
/* Boot: give the frames [start, end) to the heap. */
void heap_add_range(mfn_t start, mfn_t end);

#endif
