/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of a guest's page tables, one entry at a time. */
#ifndef HOSPES_PV_MMU_UPDATE_H
#define HOSPES_PV_MMU_UPDATE_H

#include "core/vcpu.h"
#include "x86/pte.h"

/*
 * Write `value` at the machine address `where`, a page-table entry or a word of
 * a writable page of current's domain; frames named belong to `owner`.
 * 0, -EINVAL, -ERESTART (nothing done). v->pv.pending_put may be set after all.
 */
int mmu_update_entry(struct vcpu *v, maddr_t where, uint64_t value,
		     bool keep_ad, struct domain *owner);

/* Set the L1 entry for va. */
int mmu_update_va(struct vcpu *v, uint64_t va, uint64_t value,
		  struct domain *owner);

/* Set the M2P entry of a frame of `owner`. */
int mmu_update_m2p(struct domain *owner, mfn_t m, uint64_t pfn);

#endif
