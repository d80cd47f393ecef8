/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mm calls in the layers to its right.
 */
#ifndef HOSPES_MM_UPCALLS_H
#define HOSPES_MM_UPCALLS_H

#include "x86/pte.h"

struct domain;
struct page_info;

/* The last reference to a frame of a domain is gone. (core/domain_memory.c) */
void domain_frame_released(struct page_info *page);
/* The domain whose id a frame carries as owner. (core/domain.c) */
struct domain *domain_of_frame(const struct page_info *page);

/* Whether d may map the device frame m. (core/domain_memory.c) */
bool domain_may_map_io(const struct domain *d, mfn_t m);
/* L3 table of d's per-domain slot. */
const pte_t *domain_perdomain_l3(const struct domain *d);

/* Long work should stop here and go on later: work waits on this CPU (softirq),
 * or an unmasked event for this vCPU. (core/domain_memory.c) */
bool preempt_wanted(void);

#endif
