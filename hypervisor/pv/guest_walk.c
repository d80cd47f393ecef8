/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See guest_walk.h. Another vCPU of the guest may change entries while we read
 * them; a table frame that we are about to use is therefore only trusted once a
 * type reference to it is held.
 */
#include "pv/guest_walk.h"

#include "core/domain.h"
#include "mm/ftype.h"
#include "pv/pv.h"
#include "x86/atomic.h"

static bool walk_to(struct vcpu *v, uint64_t va, unsigned int level,
		    mfn_t *table)
{
	mfn_t m = maddr_to_mfn(maddr(v->pv.cr3));

	if (!va_canonical(va) || va_is_hypervisor(va)) {
		return false;
	}
	for (unsigned int l = 4; l > level; l--) {
		const pte_t *t = mfn_to_virt(m);
		pte_t e = pte(read_once(t[pte_index(va, l)].raw));

		/* Tables are RAM as long as they are reachable; a racing
		 * change can only lead to other RAM of some guest. */
		if (!pte_present(e) || !mfn_valid(pte_mfn(e))) {
			return false;
		}
		m = pte_mfn(e);
	}
	*table = m;
	return true;
}

bool guest_walk(struct vcpu *v, uint64_t va, pte_t *out)
{
	mfn_t m;
	const pte_t *t;

	if (!walk_to(v, va, 1, &m)) {
		return false;
	}
	t = mfn_to_virt(m);
	*out = pte(read_once(t[pte_index(va, 1)].raw));
	return pte_present(*out);
}

struct page_info *guest_walk_l1(struct vcpu *v, uint64_t va, unsigned int *slot)
{
	struct page_info *page;
	mfn_t m;

	if (!walk_to(v, va, 1, &m)) {
		return NULL;
	}
	page = mfn_to_page(m);
	if ((page_type(page) & PGT_TYPE_MASK) != PGT_L1 ||
	    frame_get_typed(page, PGT_L1, v->domain, false)) {
		return NULL;
	}
	*slot = pte_index(va, 1);
	return page;
}
