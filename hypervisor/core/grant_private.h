/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of grant tables share; nobody else includes this. */
#ifndef HOSPES_CORE_GRANT_PRIVATE_H
#define HOSPES_CORE_GRANT_PRIVATE_H

#include "core/grant.h"
#include "core/grant_pin.h"
#include "lib/types.h"
#include "mm/frame.h"
#include "x86/spinlock.h"

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))

/* The hypervisor's side of one entry; all under its lock. */
struct grant_active {
	spinlock_t lock;
	domid_t grantee; /* while pinned */
	struct grant_pin pin;
	uint32_t frame; /* while pinned: the entry's frame at the first pin */
};
static_assert(sizeof(struct grant_active) == 16, "two pages for one of v1");

/* One handle of the domain that maps. */
struct grant_maptrack {
	struct domain *granter; /* reference held */
	grant_ref_t ref;	/* free: the next free handle */
	uint16_t flags;		/* GNTMAP_host_map, _device_map, _readonly,
				 * _contains_pte */
	uint16_t busy;		/* parts that are being unmapped */
};

#define HANDLES_PER_PAGE (PAGE_SIZE / sizeof(struct grant_maptrack))
#define HANDLE_NONE	 UINT32_MAX

struct grant_table {
	spinlock_t lock; /* RANK_GRANT, to grow */
	uint32_t max_frames;
	uint32_t frames;		/* published after the entries below */
	bool retired;			/* `shared` is not touched any more */
	struct grant_entry_v1 **shared; /* [max_frames] */
	struct grant_active **active;	/* [max_frames] */

	spinlock_t maptrack_lock; /* RANK_MAPTRACK */
	uint32_t max_maptrack_pages;
	uint32_t maptrack_pages;
	struct grant_maptrack **maptrack; /* [max_maptrack_pages] */
	grant_handle_t first_free;
	uint64_t mappings;     /* handles in use */
	uint32_t release_next; /* where releasing goes on */
	bool limit_logged;
};

/* An entry from both sides. */
struct grant_entry {
	struct grant_entry_v1 *shared;
	struct grant_active *active;
};

/* False: the table has no such entry. */
bool grant_lookup(struct domain *granter, grant_ref_t ref,
		  struct grant_entry *out);

/*
 * Pin entry `ref` of the granter for a use by `who` and take the reference to
 * its frame (a writable one if write). GNTST_*; what failed changed nothing.
 */
int16_t grant_acquire(struct domain *granter, grant_ref_t ref, domid_t who,
		      bool write, struct page_info **page);
/* Undo it. */
void grant_release(struct domain *granter, grant_ref_t ref, bool write,
		   struct page_info *page);

#endif
