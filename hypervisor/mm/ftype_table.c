/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See ftype_table.h. A worked example of stopping in the middle of an L3:
 * entries 0 to 4 validated, entry 5's L2 stops half way. That L2 is PARTIAL and
 * owns its own references; this L3 gets nr_entries 5. Going forward, the get of
 * entry 5 resumes the L2. Going back, entry 5's L2 is finished first (it is
 * PARTIAL, or was finished by somebody else), then entries 4 to 0 are put.
 */
#include "mm/ftype_table.h"

#include "debug/panic.h"
#include "lib/errno.h"
#include "mm/ftype.h"
#include "mm/paging.h"
#include "mm/pte_policy.h"
#include "mm/upcalls.h"
#include "x86/atomic.h"

unsigned int paddr_bits = 36;

static bool slot_is_ours(unsigned int level, unsigned int slot)
{
	return level == 4 && slot >= HV_FIRST_SLOT && slot <= HV_LAST_SLOT;
}

static enum pte_verdict entry_verdict(pte_t e, unsigned int level,
				      struct domain *d)
{
	struct pte_frame frame = { .is_ram = mfn_valid(pte_mfn(e)) };

	if (!frame.is_ram && pte_present(e)) {
		frame.io_allowed = domain_may_map_io(d, pte_mfn(e));
	}
	return pte_policy_check(e, level, frame, paddr_bits);
}

/* Take what the entry must hold. 0, -EINVAL, -ERESTART. */
static int entry_get(pte_t e, unsigned int level, struct domain *d,
		     struct domain *owner, bool preemptible)
{
	struct page_info *page = mfn_to_page(pte_mfn(e));

	switch (entry_verdict(e, level, d)) {
	case PTE_EMPTY:
	case PTE_IO:
		return 0;
	case PTE_REFUSED:
		break;
	case PTE_READ:
		return page_get(page, owner) ? 0 : -EINVAL;
	case PTE_WRITE:
		return frame_get_typed(page, PGT_WRITABLE, owner, preemptible);
	case PTE_TABLE:
		return frame_get_typed(page, pgt_of_level(level - 1), d,
				       preemptible);
	}
	return -EINVAL;
}

/* Give back what a present entry holds. 0, or -ERESTART (level > 1): finish. */
static int entry_put(pte_t e, unsigned int level, bool preemptible)
{
	struct page_info *page = mfn_to_page(pte_mfn(e));
	struct domain *owner;

	if (!pte_present(e) || !mfn_valid(pte_mfn(e))) {
		return 0;
	}
	owner = domain_of_frame(page);
	if (level > 1) {
		if (preemptible) {
			return frame_put_typed_preemptible(page, owner);
		}
		frame_put_typed(page, owner);
	} else if (e.raw & PTE_RW) {
		frame_put_typed(page, owner);
	} else {
		page_put(page);
	}
	return 0;
}

static void entry_adjust(pte_t *slot, unsigned int level)
{
	pte_t e = *slot;
	pte_t adjusted = pte_policy_adjust(e, level, mfn_valid(pte_mfn(e)));

	if (adjusted.raw != e.raw) {
		*slot = adjusted;
	}
}

/*
 * The table below an entry that was left half way: see the head comment. Its
 * owner may be dying and have given it up already (no PGC_ALLOCATED), so any
 * reference must do; once held, the frame is this domain's or none of ours.
 */
static int finish_child(pte_t e, struct domain *d, bool preemptible)
{
	struct page_info *page = mfn_to_page(pte_mfn(e));
	int rc = 0;

	if (!pte_present(e) || !mfn_valid(pte_mfn(e)) ||
	    !page_get_again(page)) {
		return 0;
	}
	if (domain_of_frame(page) == d) {
		rc = ftype_finish(page, d, preemptible);
	}
	page_put(page);
	return rc;
}

int table_invalidate(struct page_info *page, unsigned int level,
		     struct domain *d, bool preemptible)
{
	pte_t *table = page_to_virt(page);
	unsigned int n = page->nr_entries;
	int rc;

	if (level > 1 && n < PTES_PER_TABLE && !slot_is_ours(level, n)) {
		rc = finish_child(table[n], d, preemptible);
		if (rc) {
			return rc;
		}
	}
	while (n > 0) {
		n--;
		if (slot_is_ours(level, n)) {
			continue;
		}
		page->nr_entries = (uint16_t)n;
		if (entry_put(table[n], level, preemptible) == -ERESTART) {
			/* Our reference to it is gone with its partial
			 * state; frame_put_typed_preemptible left us one
			 * general reference. */
			page_put(mfn_to_page(pte_mfn(table[n])));
			return -ERESTART;
		}
		if (preemptible && level > 1 && pte_present(table[n]) &&
		    preempt_wanted()) {
			return -ERESTART;
		}
	}
	page->nr_entries = 0;
	return 0;
}

int table_validate(struct page_info *page, unsigned int level, struct domain *d,
		   bool preemptible)
{
	pte_t *table = page_to_virt(page);
	int rc = 0;

	for (unsigned int n = page->nr_entries; n < PTES_PER_TABLE; n++) {
		page->nr_entries = (uint16_t)n;
		if (slot_is_ours(level, n) || !pte_present(table[n])) {
			continue;
		}
		if (preemptible && level > 1 && preempt_wanted()) {
			return -ERESTART;
		}
		rc = entry_get(table[n], level, d, d, preemptible);
		if (rc == -ERESTART) {
			return rc;
		}
		if (rc) {
			break;
		}
		entry_adjust(&table[n], level);
	}
	if (rc) {
		/* Below level 4 there may be millions of entries. */
		return table_invalidate(page, level, d, preemptible) ? -EINTR
								     : rc;
	}
	page->nr_entries = PTES_PER_TABLE;
	if (level == 4) {
		paging_fill_l4(table, domain_perdomain_l3(d));
	}
	return 0;
}

/* Write the entry; hardware may set A and D at any moment. */
static pte_t entry_exchange(pte_t *slot, pte_t to, bool keep_ad)
{
	pte_t old = { read_once(slot->raw) };
	pte_t new;

	do {
		new = to;
		if (keep_ad) {
			new.raw |= old.raw &(PTE_A | PTE_D);
		}
	} while (!atomic_cmpxchg(&slot->raw, &old.raw, new.raw));
	return old;
}

int table_set_entry(struct page_info *table, unsigned int level,
		    unsigned int slot, const struct pte_change *change,
		    struct domain *d, struct domain *owner, pte_t *old,
		    struct page_info **pending)
{
	pte_t *entry = (pte_t *)page_to_virt(table) + slot;
	pte_t to;
	int rc = 0;

	*pending = NULL;
	if (slot_is_ours(level, slot)) {
		return ERR(-EINVAL);
	}
	to = pte_policy_adjust(change->to, level,
			       mfn_valid(pte_mfn(change->to)));
	ftype_lock(table);
	*old = pte(read_once(entry->raw));
	if (change->if_equal && old->raw != change->expected.raw) {
		ftype_unlock(table);
		return -EAGAIN;
	}
	if (pte_policy_is_minor(*old, to, level)) {
		*old = entry_exchange(entry, to, change->keep_ad);
		ftype_unlock(table);
		return 0;
	}
	rc = entry_get(change->to, level, d, owner, true);
	if (!rc) {
		*old = entry_exchange(entry, to, change->keep_ad);
	}
	ftype_unlock(table);
	if (!rc && entry_put(*old, level, true) == -ERESTART) {
		*pending = mfn_to_page(pte_mfn(*old));
	}
	return rc;
}
