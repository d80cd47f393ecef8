/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is inside a page table: checking one, taking it apart, changing an
 * entry. The references that an entry stands for are taken before it is written
 * and dropped after it is gone.
 */
#ifndef HOSPES_MM_FTYPE_TABLE_H
#define HOSPES_MM_FTYPE_TABLE_H

#include "mm/frame.h"
#include "x86/pte.h"

/*
 * Check the entries of a table from page->nr_entries on. 0: all hold their
 * references. -EINVAL: one may not exist; all are dropped again. -ERESTART, and
 * -EINTR, a refusal too: entries below nr_entries hold theirs.
 */
int table_validate(struct page_info *page, unsigned int level, struct domain *d,
		   bool preemptible);

/* Drop the references of the entries below nr_entries. 0 or -ERESTART. */
int table_invalidate(struct page_info *page, unsigned int level,
		     struct domain *d, bool preemptible);

/* How the new value of an entry comes about. */
struct pte_change {
	pte_t to;
	bool keep_ad;  /* MMU_PT_UPDATE_PRESERVE_AD */
	bool if_equal; /* only when the entry is `expected` */
	pte_t expected;
};

/*
 * Change entry `slot` of a validated table of `level`, of which the caller
 * holds a type reference. d owns the table, frames belong to `owner`. *old: the
 * entry before. *pending: a frame (general reference held) for
 * frame_put_finish(), or NULL; only if -ERESTART is not returned.
 * 0; -EINVAL refused; -EAGAIN it was not `expected`; -ERESTART nothing changed.
 */
int table_set_entry(struct page_info *table, unsigned int level,
		    unsigned int slot, const struct pte_change *change,
		    struct domain *d, struct domain *owner, pte_t *old,
		    struct page_info **pending);

extern unsigned int paddr_bits; /* of this machine (CPUID 0x80000008) */

#endif
