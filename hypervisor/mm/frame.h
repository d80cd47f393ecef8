/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame table: one struct page_info for each frame of RAM.
 *
 * A frame has an owner and two counts. count_info counts references: one that
 * stands for being allocated, one for each mapping and each short hold. At zero
 * the frame goes back to the heap. type_info says what a guest may use the
 * frame as, and how many users there are of it as that; the type changes only
 * while its count is zero (mm/ftype.h). A type reference always comes with a
 * general reference. Both words change only by compare-and-exchange, so no lock
 * guards them.
 *
 * Frames outside RAM (devices) have no entry: mfn_valid() is false.
 */
#ifndef HOSPES_MM_FRAME_H
#define HOSPES_MM_FRAME_H

#include <xen/xen.h>

#include "lib/types.h"
#include "x86/addr.h"
#include "x86/layout.h"

struct domain;

struct page_info {
	uint64_t count_info; /* PGC_* and the count */
	uint64_t type_info;  /* PGT_*, see mm/ftype.h */
	uint32_t next, prev; /* frame numbers: owner's list or free list */
	uint16_t owner;	     /* domid, DOMID_INVALID for the hypervisor's own */
	union {
		uint8_t order; /* free block: log2 of its frames */
		/* Page table, half validated: entries that hold references
		 * (mm/ftype.h). Pool page: objects that are out. */
		uint16_t nr_entries;
	};
	uint32_t tlb_stamp; /* TLB clock when the last mapping went away */
};
static_assert(sizeof(struct page_info) == 32, "frame table entry is 32 bytes");

#define PGC_ALLOCATED	BIT(63) /* the owner's own reference is held */
#define PGC_HEAP_SHARED BIT(62) /* hypervisor memory shown to the owner */
#define PGC_FREE	BIT(61) /* in the heap's free lists */
#define PGC_LEAVING	BIT(60) /* in its owner's leaving_pages */
#define PGC_COUNT_MASK	(BIT(32) - 1)

#define PAGE_LIST_END 0xffffffffU

/* A list of frames, linked through page_info. Lock: as its holder says. */
struct page_list {
	uint32_t first, last;
};

#define PAGE_LIST_EMPTY ((struct page_list){ PAGE_LIST_END, PAGE_LIST_END })

extern uint64_t max_page;    /* frames of RAM end here */
extern uint64_t total_pages; /* frames of RAM handed to the heap */

#define frame_table ((struct page_info *)FRAMETABLE_VIRT)

/* Whether the frame is RAM with an entry in the frame table. */
bool mfn_valid(mfn_t m);

static inline struct page_info *mfn_to_page(mfn_t m)
{
	return &frame_table[m.n];
}

static inline mfn_t page_to_mfn(const struct page_info *page)
{
	return mfn((uint64_t)(page - frame_table));
}

/* All RAM is mapped: a frame's address in the direct map. */
static inline void *mfn_to_virt(mfn_t m)
{
	return (void *)(DIRECTMAP_VIRT + (m.n << PAGE_SHIFT));
}

static inline void *page_to_virt(const struct page_info *page)
{
	return mfn_to_virt(page_to_mfn(page));
}

static inline mfn_t virt_to_mfn(const void *p)
{
	return mfn(((uintptr_t)p - DIRECTMAP_VIRT) >> PAGE_SHIFT);
}

static inline struct page_info *virt_to_page(const void *p)
{
	return mfn_to_page(virt_to_mfn(p));
}

static inline uint64_t page_type(const struct page_info *page)
{
	return *(volatile const uint64_t *)&page->type_info;
}

void page_list_add_tail(struct page_list *list, struct page_info *page);
void page_list_add(struct page_list *list, struct page_info *page);
void page_list_del(struct page_list *list, struct page_info *page);
struct page_info *page_list_first(const struct page_list *list);
struct page_info *page_list_next(const struct page_info *page);

/*
 * Take a general reference if the frame is allocated and owned by `d`.
 * False: not theirs, being freed, or the count is at its limit.
 */
__must_check bool page_get(struct page_info *page, const struct domain *d);

/* Take one more while already holding one. False at the count's limit. */
__must_check bool page_get_again(struct page_info *page);

/* Drop a general reference; the last frees the frame. */
void page_put(struct page_info *page);

/* Drop the owner's own reference (PGC_ALLOCATED); once only per allocation.
 * False when it was dropped before. */
bool page_put_allocated(struct page_info *page);

/* Reference to the frame as writable / as any type the caller names. */
__must_check bool page_get_writable(struct page_info *page, struct domain *d);
void page_put_writable(struct page_info *page);
/* The type reference alone, while the caller holds a general one. */
__must_check bool page_get_writable_held(struct page_info *page,
					 struct domain *d);

#endif
