/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_exchange: a guest gives frames and gets others, contiguous or below an
 * address, in return. Linux does it for DMA buffers.
 *
 * Chunk by chunk, where a chunk is the larger of the two extents. The new
 * frames come first, so that failing leaves the old ones; for that moment the
 * domain may be above its limit by the size of a chunk.
 */
#include "core/domain.h"
#include "core/vcpu.h"
#include "interface/guest_copy.h"
#include "interface/memory.h"
#include "lib/checked.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "mm/pool.h"
#include "mm/upcalls.h"
#include "x86/percpu.h"

#define MAX_ORDER 9

struct exchange {
	struct xen_memory_exchange x;
	struct domain *d;
	uint64_t in_per_chunk, out_per_chunk, chunks;
	unsigned int heap_flags;
};

/* Both sides describe the same number of frames, and all of both lists can be
 * addressed (XSA-212: not the start alone). */
static int exchange_check(struct exchange *e)
{
	struct xen_memory_exchange *x = &e->x;
	unsigned int in = x->in.extent_order, out = x->out.extent_order;
	unsigned int bits = XENMEMF_get_address_bits(x->out.mem_flags);
	uint64_t frames;

	if (in > MAX_ORDER || out > MAX_ORDER) {
		return -EPERM;
	}
	if (x->in.domid != x->out.domid ||
	    __builtin_mul_overflow(x->in.nr_extents, 1UL << in, &frames) ||
	    frames > UINT32_MAX || x->out.nr_extents > UINT32_MAX ||
	    frames != x->out.nr_extents << out ||
	    x->nr_exchanged > x->in.nr_extents) {
		return -EINVAL;
	}
	e->in_per_chunk = in < out ? 1UL << (out - in) : 1;
	e->out_per_chunk = in < out ? 1 : 1UL << (in - out);
	if (x->nr_exchanged % e->in_per_chunk ||
	    x->in.nr_extents % e->in_per_chunk) {
		return -EINVAL;
	}
	e->chunks = x->in.nr_extents / e->in_per_chunk;
	e->heap_flags = bits && bits <= 32 ? HEAP_DMA32 : 0;
	return 0;
}

static int give_old(struct exchange *e, uint64_t chunk)
{
	for (uint64_t i = 0; i < e->in_per_chunk; i++) {
		xen_pfn_t frame;

		if (copy_from_guest_at(
			    &frame, guest_handle_ptr(e->x.in.extent_start),
			    chunk * e->in_per_chunk + i, sizeof(frame))) {
			return -EFAULT;
		}
		for (uint64_t n = 0; n < 1UL << e->x.in.extent_order; n++) {
			int rc = memory_remove(e->d, mfn(frame + n));

			if (rc) {
				return rc;
			}
		}
	}
	return 0;
}

static int hand_out(struct exchange *e, uint64_t index, struct page_info *page)
{
	guest_ptr_t list = guest_handle_ptr(e->x.out.extent_start);
	uint64_t first = page_to_mfn(page).n;
	xen_pfn_t pfn, frame = first;

	if (copy_from_guest_at(&pfn, list, index, sizeof(pfn))) {
		return -EFAULT;
	}
	for (uint64_t n = 0; n < 1UL << e->x.out.extent_order; n++) {
		m2p_set(mfn(first + n), pfn + n);
	}
	return copy_to_guest_at(list, index, &frame, sizeof(frame));
}

static int exchange_chunk(struct exchange *e, uint64_t chunk)
{
	struct page_info **pages =
		pool_alloc_array(e->out_per_chunk, sizeof(*pages));
	uint64_t frames = e->in_per_chunk << e->x.in.extent_order;
	int rc = 0;

	if (!pages) {
		return -ENOMEM;
	}
	spin_lock(&e->d->page_lock);
	e->d->max_pages += frames;
	spin_unlock(&e->d->page_lock);
	for (uint64_t i = 0; i < e->out_per_chunk; i++) {
		pages[i] = domain_alloc_pages(e->d, e->x.out.extent_order,
					      e->heap_flags | HEAP_ZERO);
		if (!pages[i]) {
			rc = -ENOMEM;
			while (i-- > 0) {
				for (uint64_t n = 0;
				     n < 1UL << e->x.out.extent_order; n++) {
					page_put_allocated(pages[i] + n);
				}
			}
			break;
		}
	}
	if (!rc) {
		rc = give_old(e, chunk);
		for (uint64_t i = 0; i < e->out_per_chunk && !rc; i++) {
			rc = hand_out(e, chunk * e->out_per_chunk + i,
				      pages[i]);
		}
	}
	spin_lock(&e->d->page_lock);
	e->d->max_pages -= frames;
	spin_unlock(&e->d->page_lock);
	pool_free(pages);
	return rc;
}

long memory_exchange(struct hypercall *hc)
{
	guest_ptr_t arg = guest_ptr(hc->arg[1]);
	struct exchange e;
	bool first = true;
	long rc;

	if (copy_from_guest(&e.x, arg, sizeof(e.x))) {
		return -EFAULT;
	}
	rc = exchange_check(&e);
	if (!rc) {
		rc = memory_domain_get(e.x.in.domid, &e.d);
	}
	if (rc) {
		return rc;
	}
	for (uint64_t c = e.x.nr_exchanged / e.in_per_chunk;
	     c < e.chunks && !rc; c++, first = false) {
		if (!first && preempt_wanted()) {
			rc = -ERESTART;
			break;
		}
		rc = exchange_chunk(&e, c);
		if (!rc) {
			e.x.nr_exchanged = (c + 1) * e.in_per_chunk;
		}
	}
	domain_put(e.d);
	if (copy_to_guest(
		    guest_ptr_add(arg, offsetof(struct xen_memory_exchange,
						nr_exchanged)),
		    &e.x.nr_exchanged, sizeof(e.x.nr_exchanged))) {
		return -EFAULT;
	}
	return rc;
}
