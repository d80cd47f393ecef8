/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENMEM_exchange: a guest gives frames and gets others, contiguous or below an
 * address, in return. Linux does it for DMA buffers.
 *
 * Chunk by chunk, where a chunk is the larger of the two extents. All that can
 * fail comes first: the old frames are stolen, so that nobody can take a new
 * reference to them (one that is mapped or otherwise in use refuses the
 * exchange), the new ones are made and their numbers are told. Then the old
 * ones go; or, after a failure, the new ones go and the old ones are returned.
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

/* One chunk on its way. */
struct chunk {
	struct page_info **old; /* frames, each by itself */
	struct page_info **new; /* extents */
	xen_pfn_t *pfns;	/* what the guest calls the new extents */
	uint64_t nr_old, nr_new;
};

static int chunk_steal(struct exchange *e, uint64_t index, struct chunk *c)
{
	for (uint64_t i = 0; i < e->in_per_chunk; i++) {
		xen_pfn_t frame;

		if (copy_from_guest_at(
			    &frame, guest_handle_ptr(e->x.in.extent_start),
			    index * e->in_per_chunk + i, sizeof(frame))) {
			return -EFAULT;
		}
		for (uint64_t n = 0; n < 1UL << e->x.in.extent_order; n++) {
			mfn_t m = mfn(frame + n);

			if (!mfn_valid(m) ||
			    !domain_steal_page(e->d, mfn_to_page(m))) {
				return -EINVAL;
			}
			c->old[c->nr_old++] = mfn_to_page(m);
		}
	}
	return 0;
}

static int chunk_allocate(struct exchange *e, struct chunk *c)
{
	for (uint64_t i = 0; i < e->out_per_chunk; i++) {
		struct page_info *page = domain_alloc_exchange(
			e->d, e->x.out.extent_order, e->heap_flags | HEAP_ZERO);

		if (!page) {
			return -ENOMEM;
		}
		c->new[c->nr_new++] = page;
	}
	return 0;
}

/* Read the names of the new extents, write where they are. */
static int chunk_tell(struct exchange *e, uint64_t index, struct chunk *c)
{
	guest_ptr_t list = guest_handle_ptr(e->x.out.extent_start);

	for (uint64_t i = 0; i < c->nr_new; i++) {
		uint64_t at = index * e->out_per_chunk + i;
		xen_pfn_t frame = page_to_mfn(c->new[i]).n;

		if (copy_from_guest_at(&c->pfns[i], list, at,
				       sizeof(c->pfns[i])) ||
		    copy_to_guest_at(list, at, &frame, sizeof(frame))) {
			return -EFAULT;
		}
	}
	return 0;
}

static void chunk_commit(struct exchange *e, struct chunk *c)
{
	uint64_t frames = 1UL << e->x.out.extent_order;

	for (uint64_t i = 0; i < c->nr_new; i++) {
		mfn_t first = page_to_mfn(c->new[i]);

		for (uint64_t n = 0; n < frames; n++) {
			m2p_set(mfn(first.n + n), c->pfns[i] + n);
		}
	}
	domain_end_exchange(e->d, c->nr_new * frames);
	for (uint64_t i = 0; i < c->nr_old; i++) {
		page_put(c->old[i]);
	}
}

static void chunk_undo(struct exchange *e, struct chunk *c)
{
	uint64_t frames = 1UL << e->x.out.extent_order;

	domain_end_exchange(e->d, c->nr_new * frames);
	for (uint64_t i = 0; i < c->nr_new; i++) {
		for (uint64_t n = 0; n < frames; n++) {
			page_put_allocated(c->new[i] + n);
		}
	}
	for (uint64_t i = 0; i < c->nr_old; i++) {
		domain_return_page(e->d, c->old[i]);
	}
}

static int exchange_chunk(struct exchange *e, uint64_t index)
{
	uint64_t frames = e->in_per_chunk << e->x.in.extent_order;
	struct chunk c = {
		.old = pool_alloc_array(frames, sizeof(*c.old)),
		.new = pool_alloc_array(e->out_per_chunk, sizeof(*c.new)),
		.pfns = pool_alloc_array(e->out_per_chunk, sizeof(*c.pfns)),
	};
	int rc = c.old && c.new &&c.pfns ? 0 : -ENOMEM;

	if (!rc) {
		rc = chunk_steal(e, index, &c);
		if (!rc) {
			rc = chunk_allocate(e, &c);
		}
		if (!rc) {
			rc = chunk_tell(e, index, &c);
		}
		if (rc) {
			chunk_undo(e, &c);
		} else {
			chunk_commit(e, &c);
		}
	}
	pool_free(c.old);
	pool_free(c.new);
	pool_free(c.pfns);
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
