/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a domain that is being built.
 *
 * Population goes in pieces of 2 MiB, many in one hypercall, and in single
 * pages where the hypervisor has no such piece left or the end is odd. In
 * both cases the call answers with the machine frame of each piece in the
 * same array that named the guest frames.
 */
#include "dom0-tools/lib/memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <xen/memory.h>

#define MEMORY_LARGE_ORDER 9u
#define MEMORY_BATCH	   1024u /* extents in one call: two pages of them */

int memory_claim(struct control *ctl, uint32_t domid, uint64_t pages)
{
	struct xen_memory_reservation *op = control_alloc(ctl, sizeof(*op));
	long rc;

	if (!op) {
		return -ENOMEM;
	}
	op->nr_extents = pages;
	op->domid = (domid_t)domid;
	rc = control_memory_op(ctl, XENMEM_claim_pages, op);
	control_free(ctl, op);
	return (int)rc;
}

/* What the calls share, so that no buffer is allocated per batch. */
struct memory_batch {
	struct control *ctl;
	struct xen_memory_reservation *op;
	xen_pfn_t *extents;
	uint32_t domid;
};

/* Returns how many extents of `count` were populated, or -Exxx for none. */
static long memory_populate_batch(struct memory_batch *batch, uint64_t first,
				  uint64_t count, unsigned int order,
				  uint64_t *p2m)
{
	uint64_t each = 1ul << order;
	long done;
	uint64_t i, j;

	memset(batch->op, 0, sizeof(*batch->op));
	for (i = 0; i < count; i++) {
		batch->extents[i] = first + i * each;
	}
	set_xen_guest_handle(batch->op->extent_start, batch->extents);
	batch->op->nr_extents = count;
	batch->op->extent_order = order;
	batch->op->domid = (domid_t)batch->domid;
	done = control_memory_op(batch->ctl, XENMEM_populate_physmap,
				 batch->op);
	for (i = 0; done > 0 && i < (uint64_t)done; i++) {
		for (j = 0; j < each; j++) {
			p2m[first + i * each + j] = batch->extents[i] + j;
		}
	}
	return done;
}

static int memory_populate_all(struct memory_batch *batch, uint64_t pages,
			       uint64_t *p2m)
{
	uint64_t large = 1ul << MEMORY_LARGE_ORDER;
	unsigned int order = MEMORY_LARGE_ORDER;
	uint64_t at = 0;

	while (at < pages) {
		uint64_t each, count;
		long done;

		if (order && pages - at < large) {
			order = 0;
		}
		each = 1ul << order;
		count = (pages - at) / each;
		if (count > MEMORY_BATCH) {
			count = MEMORY_BATCH;
		}
		done = memory_populate_batch(batch, at, count, order, p2m);
		if (done > 0) {
			at += (uint64_t)done * each;
		}
		if (done == (long)count) {
			continue;
		}
		if (!order) {
			return done < 0 ? (int)done : -ENOMEM;
		}
		order = 0; /* no whole pieces left */
	}
	return 0;
}

int memory_populate(struct control *ctl, uint32_t domid, uint64_t pages,
		    uint64_t *p2m)
{
	struct memory_batch batch = { .ctl = ctl, .domid = domid };
	int rc = -ENOMEM;

	batch.op = control_alloc(ctl, sizeof(*batch.op));
	batch.extents =
		control_alloc(ctl, MEMORY_BATCH * sizeof(*batch.extents));
	if (batch.op && batch.extents) {
		rc = memory_populate_all(&batch, pages, p2m);
	}
	control_free(ctl, batch.extents);
	control_free(ctl, batch.op);
	return rc;
}

/* An e820 entry as the hypervisor keeps it. */
struct memory_e820 {
	uint64_t start;
	uint64_t size;
	uint32_t type;
} __attribute__((packed));

int memory_set_map(struct control *ctl, uint32_t domid, uint64_t kib)
{
	struct {
		struct xen_foreign_memory_map map;
		struct memory_e820 entry;
	} *op = control_alloc(ctl, sizeof(*op));
	long rc;

	if (!op) {
		return -ENOMEM;
	}
	op->entry.size = kib << 10;
	op->entry.type = 1; /* RAM */
	op->map.domid = (domid_t)domid;
	op->map.map.nr_entries = 1;
	set_xen_guest_handle(op->map.map.buffer, (void *)&op->entry);
	rc = control_memory_op(ctl, XENMEM_set_memory_map, &op->map);
	control_free(ctl, op);
	return (int)rc;
}

void *memory_map(struct control *ctl, uint32_t domid, const uint64_t *mfns,
		 uint64_t pages)
{
	return xenforeignmemory_map(control_foreign(ctl), domid,
				    PROT_READ | PROT_WRITE, pages, mfns, NULL);
}

void memory_unmap(struct control *ctl, void *at, uint64_t pages)
{
	if (at) {
		xenforeignmemory_unmap(control_foreign(ctl), at, pages);
	}
}
