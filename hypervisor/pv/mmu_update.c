/* SPDX-License-Identifier: BSD-2-Clause */
/* See mmu_update.h. */
#include "pv/mmu_update.h"

#include "core/domain.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "mm/ftype.h"
#include "mm/ftype_table.h"
#include "mm/m2p.h"
#include "pv/guest_walk.h"
#include "pv/pv.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

static int table_update(struct vcpu *v, struct page_info *page,
			unsigned int level, unsigned int slot,
			const struct pte_change *change, struct domain *owner)
{
	struct page_info *pending;
	pte_t old;
	int rc;

	rc = table_set_entry(page, level, slot, change, v->domain, owner, &old,
			     &pending);
	if (!rc && pending) {
		pv_pending_add(v, pending);
	}
	return rc;
}

static int plain_write(struct vcpu *v, struct page_info *page, maddr_t where,
		       uint64_t value)
{
	uint64_t *word =
		(uint64_t *)((char *)page_to_virt(page) + where.a % PAGE_SIZE);

	if (!page_get_writable_held(page, v->domain)) {
		return ERR(-EINVAL);
	}
	write_once(*word, value);
	ftype_put(page, v->domain, false);
	return 0;
}

int mmu_update_entry(struct vcpu *v, maddr_t where, uint64_t value,
		     bool keep_ad, struct domain *owner)
{
	mfn_t m = maddr_to_mfn(where);
	struct page_info *page = mfn_to_page(m);
	struct pte_change change = { .to = pte(value), .keep_ad = keep_ad };
	unsigned int level;
	uint64_t type;
	int rc;

	if (!mfn_valid(m) || !page_get(page, v->domain)) {
		return ERR(-EINVAL);
	}
	type = page_type(page) & PGT_TYPE_MASK;
	level = pgt_level(type);
	if (!level) {
		rc = plain_write(v, page, where, value);
	} else {
		/* Hold it as the table it is, so that it stays one. A table
		 * nobody uses any more is a plain page. */
		if (!(page_type(page) & PGT_COUNT_MASK)) {
			rc = plain_write(v, page, where, value);
		} else {
			rc = ftype_get(page, type, v->domain, true);
			if (!rc) {
				rc = table_update(v, page, level,
						  where.a % PAGE_SIZE / 8,
						  &change, owner);
				if (ftype_put(page, v->domain, true)) {
					/* The last user left while we held
					 * it. */
					pv_pending_add(v, page);
					return rc;
				}
			}
		}
	}
	page_put(page);
	return rc;
}

int mmu_update_va(struct vcpu *v, uint64_t va, uint64_t value,
		  struct domain *owner)
{
	struct pte_change change = { .to = pte(value) };
	struct page_info *table;
	unsigned int slot;
	int rc;

	table = guest_walk_l1(v, va, &slot);
	if (!table) {
		return ERR(-EINVAL);
	}
	rc = table_update(v, table, 1, slot, &change, owner);
	frame_put_typed(table, v->domain);
	return rc;
}

int mmu_update_m2p(struct domain *owner, mfn_t m, uint64_t pfn)
{
	struct page_info *page = mfn_to_page(m);

	if (!mfn_valid(m) || !page_get(page, owner)) {
		return ERR(-EINVAL);
	}
	m2p_set(m, pfn);
	page_put(page);
	return 0;
}
