/* SPDX-License-Identifier: BSD-2-Clause */
/* Grants in the page tables of a PV domain; see core/upcalls.h. */
#include <xen/grant_table.h>

#include "core/upcalls.h"
#include "core/vcpu.h"
#include "cpu/smp.h"
#include "lib/errno.h"
#include "mm/ftype.h"
#include "mm/ftype_table.h"
#include "mm/upcalls.h"
#include "pv/guest_walk.h"
#include "pv/pv.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

#define PTE_GRANT (PTE_P | PTE_US | PTE_A)

/* The L1 table and slot of an entry, referenced as for guest_walk_l1(). */
static struct page_info *entry_find(struct domain *d, uint64_t host_addr,
				    bool contains_pte, unsigned int *slot)
{
	mfn_t m = maddr_to_mfn(maddr(host_addr));

	if (!contains_pte) {
		return guest_walk_l1(current, host_addr, slot);
	}
	/* Misaligned: XSA-227. */
	if (host_addr % sizeof(pte_t) || !mfn_valid(m) ||
	    (page_type(mfn_to_page(m)) & PGT_TYPE_MASK) != PGT_L1 ||
	    frame_get_typed(mfn_to_page(m), PGT_L1, d, false)) {
		return NULL;
	}
	*slot = (unsigned int)(host_addr % PAGE_SIZE / sizeof(pte_t));
	return mfn_to_page(m);
}

int grant_pv_map(struct domain *d, uint64_t host_addr, bool contains_pte,
		 mfn_t frame, bool readonly, uint32_t flags)
{
	uint64_t avail =
		(flags & GNTMAP_guest_avail_mask) >> _GNTMAP_guest_avail0;
	struct pte_change change = {
		.to = pte_make(frame, PTE_GRANT | avail << 9 |
					      (readonly ? 0 : PTE_RW | PTE_D)),
	};
	struct page_info *table, *pending;
	unsigned int slot;
	pte_t old;
	int rc;

	table = entry_find(d, host_addr, contains_pte, &slot);
	if (!table) {
		return GNTST_bad_virt_addr;
	}
	rc = table_set_entry(table, 1, slot, &change, d,
			     domain_of_frame(mfn_to_page(frame)), &old,
			     &pending);
	frame_put_typed(table, d);
	return rc ? GNTST_general_error : GNTST_okay;
}

/* Replace the entry by `to`, provided that it maps the frame as said. */
static int entry_remove(struct domain *d, struct page_info *table,
			unsigned int slot, mfn_t frame, bool readonly, pte_t to)
{
	const pte_t *entries = page_to_virt(table);

	for (;;) {
		pte_t e = pte(read_once(entries[slot].raw)), old;
		struct pte_change change = { .to = to,
					     .if_equal = true,
					     .expected = e };
		struct page_info *pending;
		int rc;

		if (!pte_present(e) || !mfn_equal(pte_mfn(e), frame) ||
		    (readonly && e.raw & PTE_RW)) {
			return GNTST_general_error;
		}
		rc = table_set_entry(table, 1, slot, &change, d, d, &old,
				     &pending);
		if (rc != -EAGAIN) {
			return rc ? GNTST_general_error : GNTST_okay;
		}
	}
}

int grant_pv_unmap(struct domain *d, uint64_t host_addr, bool contains_pte,
		   mfn_t frame, bool readonly)
{
	struct page_info *table;
	unsigned int slot;
	int rc;

	table = entry_find(d, host_addr, contains_pte, &slot);
	if (!table) {
		return GNTST_bad_virt_addr;
	}
	rc = entry_remove(d, table, slot, frame, readonly, pte(0));
	frame_put_typed(table, d);
	return rc;
}

/* Move the mapping that is at new_addr over the grant's. */
int grant_pv_replace(struct domain *d, uint64_t host_addr, mfn_t frame,
		     uint64_t new_addr, bool readonly)
{
	struct page_info *table, *from, *pending;
	struct pte_change clear = { .to = pte(0) };
	unsigned int slot, from_slot;
	pte_t moved = pte(0), old;
	int rc;

	table = entry_find(d, host_addr, false, &slot);
	if (!table) {
		return GNTST_bad_virt_addr;
	}
	if (new_addr) {
		from = entry_find(d, new_addr, false, &from_slot);
		if (!from) {
			frame_put_typed(table, d);
			return GNTST_bad_virt_addr;
		}
		moved = ((pte_t *)page_to_virt(from))[from_slot];
	}
	rc = entry_remove(d, table, slot, frame, readonly, moved);
	if (new_addr) {
		if (rc == GNTST_okay) {
			(void)table_set_entry(from, 1, from_slot, &clear, d, d,
					      &old, &pending);
		}
		frame_put_typed(from, d);
	}
	frame_put_typed(table, d);
	return rc;
}

void grant_pv_flush(struct domain *d)
{
	cpumask_t mask = d->dirty_cpus;

	smp_flush_tlb(&mask, SMP_FLUSH_ALL);
}
