/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the current guest's page tables, through the direct map. */
#ifndef HOSPES_PV_GUEST_WALK_H
#define HOSPES_PV_GUEST_WALK_H

#include "core/vcpu.h"
#include "x86/pte.h"

/* The L1 entry that maps va in v's tables for its present mode; false: there is
 * none, or it is not present. */
bool guest_walk(struct vcpu *v, uint64_t va, pte_t *out);

/*
 * The L1 table frame that translates va and the entry's index in it, with a
 * general and a PGT_L1 reference held. NULL: no such table.
 */
struct page_info *guest_walk_l1(struct vcpu *v, uint64_t va,
				unsigned int *slot);

#endif
