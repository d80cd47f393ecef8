/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping grants into the page tables of the current domain, and handles.
 *
 * A handle stands for a host mapping, a device mapping (its machine address was
 * given out; there is no I/O MMU to program), or both. Each part is one pin of
 * the grant and one reference to the frame.
 *
 * Two vCPUs may unmap one handle at once: the part is marked busy under the
 * maptrack lock first, then its page-table entry is taken away, and only when
 * the TLBs are flushed is the pin dropped and the handle free. The granter must
 * not see the grant as unused earlier.
 */
#include "core/domain.h"
#include "core/grant_private.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "mm/pool.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

#define PARTS ((uint16_t)(GNTMAP_host_map | GNTMAP_device_map))

/* Handles given back per call when a domain dies. */
#define RELEASE_CHUNK 64

/* ---- handles ---- */

/* One more page of handles, into the free list. maptrack_lock held. */
static bool add_handles(struct domain *d)
{
	struct grant_table *gt = d->grants;
	uint32_t page = gt->maptrack_pages;
	struct grant_maptrack *m;

	if (page >= gt->max_maptrack_pages) {
		if (!gt->limit_logged) {
			log_warn("d%u: out of grant map handles: need 1 more, "
				 "limit is %zu\n",
				 d->id, page * HANDLES_PER_PAGE);
			gt->limit_logged = true;
		}
		return false;
	}
	m = pool_alloc(PAGE_SIZE);
	if (!m) {
		return false;
	}
	for (uint32_t i = 0; i < HANDLES_PER_PAGE; i++) {
		m[i].ref = (grant_ref_t)(page * HANDLES_PER_PAGE + i + 1);
	}
	m[HANDLES_PER_PAGE - 1].ref = gt->first_free;
	gt->maptrack[page] = m;
	gt->maptrack_pages = page + 1;
	gt->first_free = (grant_handle_t)(page * HANDLES_PER_PAGE);
	return true;
}

/* maptrack_lock held; NULL: never given out. */
static struct grant_maptrack *handle_entry(struct grant_table *gt,
					   grant_handle_t handle)
{
	uint64_t count = gt->maptrack_pages * HANDLES_PER_PAGE;
	uint64_t i = handle;

	if (i >= count) {
		return NULL;
	}
	i = array_index_nospec(i, count);
	return &gt->maptrack[i / HANDLES_PER_PAGE][i % HANDLES_PER_PAGE];
}

/* An unused handle; its flags stay 0 until handle_fill(). */
static bool handle_alloc(struct domain *d, grant_handle_t *handle)
{
	struct grant_table *gt = d->grants;
	bool ok;

	spin_lock(&gt->maptrack_lock);
	ok = gt->first_free != HANDLE_NONE || add_handles(d);
	if (ok) {
		*handle = gt->first_free;
		gt->first_free = handle_entry(gt, *handle)->ref;
		gt->mappings++;
	}
	spin_unlock(&gt->maptrack_lock);
	return ok;
}

/* maptrack_lock held. */
static void handle_free_locked(struct grant_table *gt, grant_handle_t handle)
{
	struct grant_maptrack *m = handle_entry(gt, handle);

	*m = (struct grant_maptrack){ .ref = gt->first_free };
	gt->first_free = handle;
	gt->mappings--;
}

static void handle_free(struct domain *d, grant_handle_t handle)
{
	struct grant_table *gt = d->grants;

	spin_lock(&gt->maptrack_lock);
	handle_free_locked(gt, handle);
	spin_unlock(&gt->maptrack_lock);
}

static void handle_fill(struct domain *d, grant_handle_t handle,
			struct domain *granter,
			const struct gnttab_map_grant_ref *op)
{
	struct grant_table *gt = d->grants;

	spin_lock(&gt->maptrack_lock);
	*handle_entry(gt, handle) = (struct grant_maptrack){
		.granter = granter,
		.ref = op->ref,
		.flags = (uint16_t)(op->flags & (PARTS | GNTMAP_readonly |
						 GNTMAP_contains_pte)),
	};
	spin_unlock(&gt->maptrack_lock);
}

/*
 * Mark those of `parts` that the handle has as busy; *m is the handle as it
 * was, *parts what is left to do. False: no such handle, or someone else is
 * unmapping it just now.
 */
static bool handle_claim(struct domain *d, grant_handle_t handle,
			 uint16_t *parts, struct grant_maptrack *m)
{
	struct grant_table *gt = d->grants;
	struct grant_maptrack *entry;
	bool ok = false;

	spin_lock(&gt->maptrack_lock);
	entry = handle_entry(gt, handle);
	if (entry && entry->flags & PARTS && !(entry->busy & *parts)) {
		*parts &= entry->flags;
		entry->busy |= *parts;
		*m = *entry;
		ok = true;
	}
	spin_unlock(&gt->maptrack_lock);
	return ok;
}

static void handle_unclaim(struct domain *d, grant_handle_t handle,
			   uint16_t parts)
{
	struct grant_table *gt = d->grants;

	spin_lock(&gt->maptrack_lock);
	handle_entry(gt, handle)->busy &= (uint16_t)~parts;
	spin_unlock(&gt->maptrack_lock);
}

/* The frame that a pinned entry stands for. */
static struct page_info *pinned_page(struct domain *granter, grant_ref_t ref)
{
	struct grant_entry e;

	BUG_ON(!grant_lookup(granter, ref, &e));
	/* Stays the same while a pin is held, and the caller holds one. */
	return mfn_to_page(mfn(e.active->frame));
}

/* The parts are unmapped and flushed: give all of it back. */
static void handle_finish(struct domain *d, grant_handle_t handle,
			  uint16_t parts)
{
	struct grant_table *gt = d->grants;
	struct grant_maptrack *entry, m;
	struct page_info *page;
	bool last, write;

	spin_lock(&gt->maptrack_lock);
	entry = handle_entry(gt, handle);
	m = *entry;
	entry->flags &= (uint16_t)~parts;
	entry->busy &= (uint16_t)~parts;
	last = !(entry->flags & PARTS);
	if (last) {
		handle_free_locked(gt, handle);
	}
	spin_unlock(&gt->maptrack_lock);

	write = !(m.flags & GNTMAP_readonly);
	page = pinned_page(m.granter, m.ref);
	for (; parts; parts &= (uint16_t)(parts - 1)) {
		grant_release(m.granter, m.ref, write, page);
	}
	if (last) {
		domain_put(m.granter);
	}
}

/* ---- map ---- */

/* Pin once per part. */
static int16_t acquire_parts(struct domain *granter,
			     const struct gnttab_map_grant_ref *op, domid_t who,
			     struct page_info **page)
{
	bool write = !(op->flags & GNTMAP_readonly);
	int16_t rc = grant_acquire(granter, op->ref, who, write, page);

	if (!rc && (op->flags & PARTS) == PARTS) {
		rc = grant_acquire(granter, op->ref, who, write, page);
		if (rc) {
			grant_release(granter, op->ref, write, *page);
		}
	}
	return rc;
}

static void release_parts(struct domain *granter,
			  const struct gnttab_map_grant_ref *op,
			  struct page_info *page)
{
	bool write = !(op->flags & GNTMAP_readonly);

	grant_release(granter, op->ref, write, page);
	if ((op->flags & PARTS) == PARTS) {
		grant_release(granter, op->ref, write, page);
	}
}

static int16_t map_from(struct domain *d, struct domain *granter,
			struct gnttab_map_grant_ref *op, grant_handle_t handle)
{
	struct page_info *page;
	int16_t rc = acquire_parts(granter, op, d->id, &page);

	if (rc) {
		return rc;
	}
	if (op->flags & GNTMAP_host_map) {
		rc = (int16_t)grant_pv_map(
			d, op->host_addr, op->flags & GNTMAP_contains_pte,
			page_to_mfn(page), op->flags & GNTMAP_readonly,
			op->flags);
	}
	if (rc) {
		release_parts(granter, op, page);
		return rc;
	}
	/* From here on another vCPU can unmap it. */
	op->dev_bus_addr = mfn_to_maddr(page_to_mfn(page)).a;
	op->handle = handle;
	handle_fill(d, handle, granter, op);
	return GNTST_okay;
}

void grant_map(struct gnttab_map_grant_ref *op)
{
	struct domain *d = current->domain;
	struct domain *granter;
	grant_handle_t handle;

	if (!(op->flags & PARTS)) {
		op->status = GNTST_bad_gntref;
		return;
	}
	/* By number only, as in Xen: there is no "self" here. */
	granter = op->dom == DOMID_SELF ? NULL : domain_get_by_id(op->dom);
	if (!granter) {
		op->status = GNTST_bad_domain;
		return;
	}
	if (!granter->grants || !handle_alloc(d, &handle)) {
		op->status =
			granter->grants ? GNTST_no_space : GNTST_bad_domain;
		domain_put(granter);
		return;
	}
	op->status = map_from(d, granter, op, handle);
	if (op->status) {
		handle_free(d, handle);
		domain_put(granter);
	}
}

/* ---- unmap ---- */

/* Take away the host part's page-table entry, or replace it. */
static int16_t unmap_host(struct domain *d, const struct grant_maptrack *m,
			  uint64_t host_addr, uint64_t new_addr)
{
	mfn_t frame = page_to_mfn(pinned_page(m->granter, m->ref));
	bool readonly = m->flags & GNTMAP_readonly;

	if (new_addr) {
		return (int16_t)grant_pv_replace(d, host_addr, frame, new_addr,
						 readonly);
	}
	return (int16_t)grant_pv_unmap(
		d, host_addr, m->flags & GNTMAP_contains_pte, frame, readonly);
}

static int16_t check_bus_addr(const struct grant_maptrack *m, uint64_t addr)
{
	mfn_t frame = page_to_mfn(pinned_page(m->granter, m->ref));

	return addr == mfn_to_maddr(frame).a ? GNTST_okay : GNTST_bad_dev_addr;
}

static int16_t unmap_parts(grant_handle_t handle, uint64_t host_addr,
			   uint64_t new_addr, uint64_t dev_addr,
			   struct grant_unmap_batch *batch)
{
	struct domain *d = current->domain;
	struct grant_maptrack m;
	uint16_t parts = 0;
	int16_t rc = GNTST_okay;

	if (host_addr) {
		parts |= GNTMAP_host_map;
	}
	if (dev_addr) {
		parts |= GNTMAP_device_map;
	}
	if (!handle_claim(d, handle, &parts, &m)) {
		return GNTST_bad_handle;
	}
	if (parts & GNTMAP_device_map) {
		rc = check_bus_addr(&m, dev_addr);
	}
	if (!rc && parts & GNTMAP_host_map) {
		rc = unmap_host(d, &m, host_addr, new_addr);
	}
	if (rc) {
		handle_unclaim(d, handle, parts);
	} else if (parts) {
		batch->done[batch->count++] =
			(struct grant_unmap_done){ handle, parts };
	}
	return rc;
}

void grant_unmap(struct gnttab_unmap_grant_ref *op,
		 struct grant_unmap_batch *batch)
{
	BUG_ON(batch->count >= GRANT_UNMAP_BATCH);
	op->status = unmap_parts(op->handle, op->host_addr, 0, op->dev_bus_addr,
				 batch);
}

void grant_unmap_and_replace(struct gnttab_unmap_and_replace *op,
			     struct grant_unmap_batch *batch)
{
	BUG_ON(batch->count >= GRANT_UNMAP_BATCH);
	if (!op->host_addr || !op->new_addr) {
		op->status = GNTST_bad_virt_addr;
		return;
	}
	op->status =
		unmap_parts(op->handle, op->host_addr, op->new_addr, 0, batch);
}

void grant_batch_end(struct grant_unmap_batch *batch)
{
	struct domain *d = current->domain;

	if (!batch->count) {
		return;
	}
	grant_pv_flush(d);
	for (unsigned int i = 0; i < batch->count; i++) {
		handle_finish(d, batch->done[i].handle, batch->done[i].parts);
	}
	batch->count = 0;
}

/* ---- the domain dies ---- */

int grant_table_release_mappings(struct domain *d)
{
	struct grant_table *gt = d->grants;
	unsigned int budget = RELEASE_CHUNK;

	if (!gt) {
		return 0;
	}
	while (gt->release_next < gt->maptrack_pages * HANDLES_PER_PAGE) {
		struct grant_maptrack m;
		uint16_t parts = PARTS;

		if (handle_claim(d, gt->release_next, &parts, &m)) {
			if (!budget--) {
				handle_unclaim(d, gt->release_next, parts);
				return -ERESTART;
			}
			handle_finish(d, gt->release_next, parts);
		}
		gt->release_next++;
	}
	return 0;
}
