/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables themselves, and pinning an entry. The decisions are in
 * grant_pin.c; here they meet the shared memory.
 *
 * The granter may write its entry at any time. The header is read once,
 * checked, and changed by compare-and-exchange against what was checked; the
 * frame number is read once after that, when the granter has been told by
 * GTF_reading to leave it alone, and kept in the active entry. Whatever it
 * writes later has no effect on uses that exist.
 *
 * When the granter dies its frames go (they hold the domain, as it holds them)
 * although others may have pins: these then have no flags to clear. `retired`
 * is set a grace period before, and read in the same stretch as the entry is.
 */
#include "core/domain.h"
#include "core/grant_private.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "mm/pool.h"
#include "x86/atomic.h"

/* Compare-and-exchange attempts on a header that the guest keeps changing. */
#define HEADER_TRIES 8

#define MAX_TABLE_FRAMES   16384 /* 8 M grants */
#define MAX_MAPTRACK_PAGES 65536

/* ---- entries ---- */

bool grant_lookup(struct domain *granter, grant_ref_t ref,
		  struct grant_entry *out)
{
	struct grant_table *gt = granter->grants;
	uint32_t frames = load_acquire(&gt->frames);
	uint64_t i, frame;

	if (ref >= frames * ENTRIES_PER_FRAME) {
		return false;
	}
	i = array_index_nospec(ref, frames * ENTRIES_PER_FRAME);
	frame = i / ENTRIES_PER_FRAME;
	i %= ENTRIES_PER_FRAME;
	out->shared = &gt->shared[frame][i];
	out->active = &gt->active[frame][i];
	return true;
}

/* flags and domid of an entry as one word */
static uint32_t *entry_header(struct grant_entry_v1 *shared)
{
	return (uint32_t *)(void *)shared;
}

static bool table_retired(struct domain *d)
{
	return load_acquire(&d->grants->retired);
}

static void clear_idle_flags(struct domain *granter, struct grant_entry *e)
{
	uint16_t idle = grant_pin_idle_flags(e->active->pin);

	if (idle && !table_retired(granter)) {
		atomic_fetch_and(&e->shared->flags, (uint16_t)~idle);
	}
}

/* Check the shared entry and mark it as in use; active lock held. */
static int16_t claim_entry(struct domain *granter, grant_ref_t ref,
			   struct grant_entry *e, domid_t who, bool write)
{
	uint32_t *header = entry_header(e->shared);
	uint32_t seen = read_once(*header), next;
	const char *why = "entry changes all the time";

	for (unsigned int i = 0; i < HEADER_TRIES; i++) {
		int16_t rc = grant_pin_check(seen, who, write, &next, &why);

		if (rc) {
			break;
		}
		if (atomic_cmpxchg(header, &seen, next)) {
			return GNTST_okay;
		}
		why = "entry changes all the time";
	}
	guest_printk(LOG_DEBUG, "d%u: grant %u (%#x) not for d%u: %s\n",
		     granter->id, ref, seen, who, why);
	return GNTST_general_error;
}

static struct page_info *take_frame(struct domain *granter, uint32_t frame,
				    bool write)
{
	/* PV: the granter's frame numbers are machine frames. */
	mfn_t m = mfn(frame);
	struct page_info *page;
	bool ok;

	if (!mfn_valid(m)) {
		return NULL;
	}
	page = mfn_to_page(m);
	ok = write ? page_get_writable(page, granter) : page_get(page, granter);
	return ok ? page : NULL;
}

static void drop_frame(struct page_info *page, bool write)
{
	if (write) {
		page_put_writable(page);
	} else {
		page_put(page);
	}
}

/* The steps of grant_acquire() under the active entry's lock. */
static int16_t acquire_locked(struct domain *granter, grant_ref_t ref,
			      struct grant_entry *e, domid_t who, bool write,
			      struct page_info **page)
{
	struct grant_active *active = e->active;
	int16_t rc;

	if (grant_pin_any(active->pin) && active->grantee != who) {
		return GNTST_general_error;
	}
	if (grant_pin_needs_check(active->pin, write)) {
		rc = claim_entry(granter, ref, e, who, write);
		if (rc) {
			return rc;
		}
	}
	if (!grant_pin_any(active->pin)) {
		active->grantee = who;
		active->frame = read_once(e->shared->frame);
	}
	if (!grant_pin_add(&active->pin, write)) {
		return GNTST_no_space;
	}
	*page = take_frame(granter, active->frame, write);
	if (!*page) {
		grant_pin_drop(&active->pin, write);
		clear_idle_flags(granter, e);
		return GNTST_bad_page;
	}
	return GNTST_okay;
}

int16_t grant_acquire(struct domain *granter, grant_ref_t ref, domid_t who,
		      bool write, struct page_info **page)
{
	struct grant_entry e;
	int16_t rc;

	if (domain_is_dying(granter) || table_retired(granter)) {
		return GNTST_bad_domain;
	}
	if (!grant_lookup(granter, ref, &e)) {
		guest_printk(LOG_DEBUG, "d%u: grant %u is beyond the table\n",
			     granter->id, ref);
		return GNTST_bad_gntref;
	}
	spin_lock(&e.active->lock);
	rc = acquire_locked(granter, ref, &e, who, write, page);
	spin_unlock(&e.active->lock);
	return rc;
}

void grant_release(struct domain *granter, grant_ref_t ref, bool write,
		   struct page_info *page)
{
	struct grant_entry e;

	BUG_ON(!grant_lookup(granter, ref, &e));
	spin_lock(&e.active->lock);
	BUG_ON(!grant_pin_drop(&e.active->pin, write));
	clear_idle_flags(granter, &e);
	spin_unlock(&e.active->lock);
	drop_frame(page, write);
}

int16_t grant_swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
	struct grant_entry ea, eb;
	int16_t rc = GNTST_eagain;

	if (!grant_lookup(d, a, &ea) || !grant_lookup(d, b, &eb)) {
		return GNTST_bad_gntref;
	}
	if (a == b) {
		return GNTST_okay;
	}
	spin_lock_two(&ea.active->lock, &eb.active->lock);
	if (!grant_pin_any(ea.active->pin) && !grant_pin_any(eb.active->pin)) {
		uint64_t *pa = (uint64_t *)(void *)ea.shared;
		uint64_t *pb = (uint64_t *)(void *)eb.shared;

		atomic_xchg(pb, atomic_xchg(pa, read_once(*pb)));
		rc = GNTST_okay;
	}
	spin_unlock_two(&ea.active->lock, &eb.active->lock);
	return rc;
}

/* ---- the table ---- */

/* One more frame; gt->lock held. */
static int grow(struct domain *d)
{
	struct grant_table *gt = d->grants;
	struct grant_active *active;
	struct grant_entry_v1 *shared;

	active = pool_alloc_array(ENTRIES_PER_FRAME, sizeof(*active));
	if (!active) {
		return -ENOMEM;
	}
	shared = domain_alloc_shared(d);
	if (!shared) {
		pool_free(active);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < ENTRIES_PER_FRAME; i++) {
		spin_lock_init(&active[i].lock, RANK_GRANT_ENTRY);
	}
	gt->active[gt->frames] = active;
	gt->shared[gt->frames] = shared;
	store_release(&gt->frames, gt->frames + 1);
	return 0;
}

static int grow_to(struct domain *d, uint32_t frames)
{
	struct grant_table *gt = d->grants;
	int rc = 0;

	if (frames > gt->max_frames) {
		guest_printk(LOG_WARN,
			     "d%u: out of grant table frames: need %u, limit "
			     "is %u\n",
			     d->id, frames, gt->max_frames);
		return -EINVAL;
	}
	spin_lock(&gt->lock);
	while (!rc && gt->frames < frames) {
		rc = grow(d);
	}
	spin_unlock(&gt->lock);
	if (rc) {
		guest_printk(LOG_WARN,
			     "d%u: no memory for grant table frame %u of %u\n",
			     d->id, gt->frames, frames);
	}
	return rc;
}

int grant_table_frame(struct domain *d, unsigned int idx, bool grow, mfn_t *out)
{
	struct grant_table *gt = d->grants;
	uint32_t frames = load_acquire(&gt->frames);

	if (table_retired(d)) {
		return -EINVAL;
	}
	if (idx >= frames) {
		int rc = -EINVAL;

		if (grow && idx < UINT32_MAX && !domain_is_dying(d)) {
			rc = grow_to(d, idx + 1);
		}
		if (rc) {
			return rc;
		}
		frames = load_acquire(&gt->frames);
	}
	*out = virt_to_mfn(gt->shared[array_index_nospec(idx, frames)]);
	return 0;
}

unsigned int grant_table_frames(struct domain *d)
{
	return load_acquire(&d->grants->frames);
}

unsigned int grant_table_max_frames(struct domain *d)
{
	return d->grants->max_frames;
}

uint64_t grant_table_mappings(struct domain *d)
{
	return d->grants ? read_once(d->grants->mappings) : 0;
}

uint32_t grant_table_handle_frames(struct domain *d)
{
	return d->grants ? read_once(d->grants->maptrack_pages) : 0;
}

int grant_table_create(struct domain *d, uint32_t max_frames,
		       uint32_t max_maptrack_frames)
{
	struct grant_table *gt;
	int rc;

	if (!max_frames || max_frames > MAX_TABLE_FRAMES ||
	    max_maptrack_frames > MAX_MAPTRACK_PAGES) {
		return -EINVAL;
	}
	gt = pool_alloc(sizeof(*gt));
	if (!gt) {
		return -ENOMEM;
	}
	spin_lock_init(&gt->lock, RANK_GRANT);
	spin_lock_init(&gt->maptrack_lock, RANK_MAPTRACK);
	gt->max_frames = max_frames;
	gt->max_maptrack_pages = max_maptrack_frames;
	gt->first_free = HANDLE_NONE;
	d->grants = gt;
	gt->shared = pool_alloc_array(max_frames, sizeof(*gt->shared));
	gt->active = pool_alloc_array(max_frames, sizeof(*gt->active));
	if (max_maptrack_frames) {
		gt->maptrack = pool_alloc_array(max_maptrack_frames,
						sizeof(*gt->maptrack));
	}
	rc = gt->shared && gt->active && (gt->maptrack || !max_maptrack_frames)
		     ? grow_to(d, 1)
		     : -ENOMEM;
	if (rc) {
		grant_table_destroy(d);
	}
	return rc;
}

void grant_table_retire(struct domain *d)
{
	if (d->grants) {
		store_release(&d->grants->retired, true);
	}
}

void grant_table_free_frames(struct domain *d)
{
	struct grant_table *gt = d->grants;

	for (uint32_t i = 0; gt && i < gt->frames; i++) {
		if (gt->shared[i]) {
			domain_free_shared(gt->shared[i]);
			gt->shared[i] = NULL;
		}
	}
}

void grant_table_destroy(struct domain *d)
{
	struct grant_table *gt = d->grants;

	if (!gt) {
		return;
	}
	BUG_ON(gt->mappings);
	grant_table_free_frames(d);
	d->grants = NULL;
	for (uint32_t i = 0; i < gt->frames; i++) {
		pool_free(gt->active[i]);
	}
	for (uint32_t i = 0; i < gt->maptrack_pages; i++) {
		pool_free(gt->maptrack[i]);
	}
	pool_free(gt->shared);
	pool_free(gt->active);
	pool_free(gt->maptrack);
	pool_free(gt);
}
