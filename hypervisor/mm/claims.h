/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory promised to a domain that is being built (XENMEM_claim_pages): counted
 * as used for everybody else, so that two builders cannot both see the same
 * free frames. The amount lives with the domain; changed under RANK_HEAP only.
 */
#ifndef HOSPES_MM_CLAIMS_H
#define HOSPES_MM_CLAIMS_H

#include "mm/heap.h"

/* As heap_alloc(), allowed to use up to *own_claim claimed frames, which are
 * then claimed no more: the figure is lowered by what was used. NULL: none. */
struct page_info *heap_alloc_claimed(unsigned int order, unsigned int flags,
				     uint64_t *own_claim);

/* Set *claim to `pages`. -ENOMEM: not that many are free and unclaimed. */
int heap_claim_change(uint64_t *claim, uint64_t pages);

#endif
