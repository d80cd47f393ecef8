/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables, version 1: a domain lets another map one of its frames, or
 * have the hypervisor copy to and from it.
 *
 * The granter writes entries into frames that it shares with the hypervisor.
 * The hypervisor keeps an active entry for each, with the pins (how many
 * mappings and copies of which kind hold it, core/grant_pin.h), and for the
 * mapping domain a maptrack entry per handle. Each use holds a reference of its
 * own to the frame (with the writable type, for one that writes) and one to the
 * granter, so that both outlive every use.
 *
 * Locks: grant_table.lock (RANK_GRANT) for the sizes of a table, maptrack_lock
 * (RANK_MAPTRACK) for the handles of the domain that maps, the active entry's
 * lock (RANK_GRANT_ENTRY) for its pins. No reference is dropped and no page
 * table changed under them. Frames of a table, once there, stay until
 * grant_table_destroy(), so an entry is found without a lock.
 */
#ifndef HOSPES_CORE_GRANT_H
#define HOSPES_CORE_GRANT_H

#include "lib/types.h"

#include <xen/grant_table.h>

#include "x86/addr.h"

struct domain;
struct grant_table;
struct page_info;

/* Limits that a domain gets when its creator names none (as Xen's). */
#define GRANT_DEFAULT_FRAMES   64
#define GRANT_DEFAULT_MAPTRACK 1024

/* Makes d->grants. -ENOMEM, -EINVAL for limits that are not sensible. */
int grant_table_create(struct domain *d, uint32_t max_frames,
		       uint32_t max_maptrack_frames);

/* d dies: undo all mappings it has of others' frames. 0 or -ERESTART. */
int grant_table_release_mappings(struct domain *d);

/*
 * The dying d's frames of its table are to go: from now on nobody begins to use
 * them. After a grace period grant_table_free_frames() gives them back. What
 * others have mapped of d's memory stays counted.
 */
void grant_table_retire(struct domain *d);
void grant_table_free_frames(struct domain *d);

/* Frees d->grants, when nobody can find d any more; NULL is fine. */
void grant_table_destroy(struct domain *d);

/*
 * Frame `idx` of d's own grant table, shared with d: for
 * XENMAPSPACE_grant_table, the acquire_resource of it, and dom0's start.
 * grow: make the table larger if need be. -EINVAL out of its limits.
 */
int grant_table_frame(struct domain *d, unsigned int idx, bool grow,
		      mfn_t *out);
unsigned int grant_table_frames(struct domain *d);
unsigned int grant_table_max_frames(struct domain *d);

/* Mappings that d holds of others' grants: 0 once all is given back. */
uint64_t grant_table_mappings(struct domain *d);
/* Frames of d's handles for them; it keeps those that it once needed. */
uint32_t grant_table_handle_frames(struct domain *d);

/*
 * One element of GNTTABOP_*, by the current domain, with the status filled in.
 * What fails, fails in the status only.
 *
 * Unmapping has two halves: grant_unmap() takes the page-table entry away,
 * grant_batch_end() flushes the TLBs once for all and then ends the use of the
 * grants. It must follow before the batch is used again or goes away.
 */
void grant_map(struct gnttab_map_grant_ref *op);

#define GRANT_UNMAP_BATCH 32

struct grant_unmap_done {
	grant_handle_t handle;
	uint16_t parts; /* GNTMAP_host_map, GNTMAP_device_map */
};

struct grant_unmap_batch {
	unsigned int count; /* at most GRANT_UNMAP_BATCH */
	struct grant_unmap_done done[GRANT_UNMAP_BATCH];
};

void grant_unmap(struct gnttab_unmap_grant_ref *op,
		 struct grant_unmap_batch *batch);
void grant_unmap_and_replace(struct gnttab_unmap_and_replace *op,
			     struct grant_unmap_batch *batch);
void grant_batch_end(struct grant_unmap_batch *batch);

/* The frames that a run of copies used last, kept while they stay the same. */
struct grant_copy_side {
	struct domain *domain; /* its owner, reference held; NULL: none */
	bool is_grant, writable;
	domid_t domid; /* as asked for */
	uint64_t name; /* grant reference or frame, as asked for */
	struct page_info *page;
};

struct grant_copy_state {
	struct grant_copy_side source, dest;
};

/* `state` starts zeroed; grant_copy_end() lets go of what it holds. */
void grant_copy(struct gnttab_copy *op, struct grant_copy_state *state);
void grant_copy_end(struct grant_copy_state *state);

/* Exchange two entries of d's table. GNTST_*. */
int16_t grant_swap(struct domain *d, grant_ref_t a, grant_ref_t b);

#endif
