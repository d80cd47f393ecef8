/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Growing and shrinking a domain, extent by extent. The result is the number of
 * extents done, whatever stopped it, as the ABI has it.
 */
#include "core/domain.h"
#include "core/vcpu.h"
#include "interface/guest_copy.h"
#include "interface/memory.h"
#include "mm/ftype.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "mm/upcalls.h"
#include "x86/percpu.h"

#define GUEST_MAX_ORDER 9
#define DOM0_MAX_ORDER	HEAP_MAX_ORDER

struct job {
	struct xen_memory_reservation r;
	struct domain *d;
	unsigned int cmd;
	uint64_t next; /* extent */
	unsigned int heap_flags;
};

int memory_remove(struct domain *d, mfn_t m)
{
	struct page_info *page = mfn_to_page(m);

	if (!mfn_valid(m) || !page_get(page, d)) {
		return -EINVAL;
	}
	/* A pinned table must be unpinned by its owner first. */
	if (page_type(page) & PGT_PINNED ||
	    page->count_info & PGC_HEAP_SHARED || !page_put_allocated(page)) {
		page_put(page);
		return -EINVAL;
	}
	page_put(page);
	return 0;
}

static int decrease_one(struct job *j, uint64_t frame)
{
	for (uint64_t i = 0; i < 1UL << j->r.extent_order; i++) {
		int rc = memory_remove(j->d, mfn(frame + i));

		if (rc) {
			return rc;
		}
	}
	return 0;
}

static int grow_one(struct job *j, uint64_t *frame)
{
	struct page_info *page = domain_alloc_pages(j->d, j->r.extent_order,
						    j->heap_flags | HEAP_ZERO);
	uint64_t first;

	if (!page) {
		return -ENOMEM;
	}
	first = page_to_mfn(page).n;
	if (j->cmd == XENMEM_populate_physmap) {
		for (uint64_t i = 0; i < 1UL << j->r.extent_order; i++) {
			m2p_set(mfn(first + i), *frame + i);
		}
	}
	*frame = first;
	return 0;
}

static int one(struct job *j)
{
	guest_ptr_t list = guest_handle_ptr(j->r.extent_start);
	xen_pfn_t frame = 0;
	int rc;

	if (j->cmd != XENMEM_increase_reservation &&
	    copy_from_guest_at(&frame, list, j->next, sizeof(frame))) {
		return -EFAULT;
	}
	if (j->cmd == XENMEM_decrease_reservation) {
		return decrease_one(j, frame);
	}
	rc = grow_one(j, &frame);
	if (!rc && !guest_ptr_is_null(list) &&
	    copy_to_guest_at(list, j->next, &frame, sizeof(frame))) {
		return -EFAULT;
	}
	return rc;
}

static int job_check(struct job *j)
{
	unsigned int limit =
		current->domain->privileged ? DOM0_MAX_ORDER : GUEST_MAX_ORDER;
	unsigned int bits = XENMEMF_get_address_bits(j->r.mem_flags);

	if (j->r.extent_order > limit) {
		return -EPERM;
	}
	if (j->next > j->r.nr_extents ||
	    j->r.nr_extents > UINT64_MAX >> MEMOP_EXTENT_SHIFT) {
		return -EINVAL;
	}
	if (j->r.mem_flags & XENMEMF_populate_on_demand) {
		return -EOPNOTSUPP;
	}
	if (bits && bits <= 32) {
		j->heap_flags = HEAP_DMA32;
	}
	return 0;
}

long memory_reservation(struct hypercall *hc, unsigned int cmd)
{
	struct job j = { .cmd = cmd, .next = hc->arg[0] >> MEMOP_EXTENT_SHIFT };
	uint64_t first = j.next;
	long rc;

	if (copy_from_guest(&j.r, guest_ptr(hc->arg[1]), sizeof(j.r))) {
		return (long)first;
	}
	if (job_check(&j) || memory_domain_get(j.r.domid, &j.d)) {
		return (long)first;
	}
	rc = (long)j.r.nr_extents;
	for (; j.next < j.r.nr_extents; j.next++) {
		if (j.next != first && preempt_wanted()) {
			hc->arg[0] = j.next << MEMOP_EXTENT_SHIFT | cmd;
			rc = -ERESTART;
			break;
		}
		if (one(&j)) {
			rc = (long)j.next;
			break;
		}
	}
	domain_put(j.d);
	return rc;
}
