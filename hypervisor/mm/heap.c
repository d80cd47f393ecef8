/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See heap.h. A free block of 2^order frames is named by its first frame, whose
 * page_info has PGC_FREE, the order, and the links of the free list; the other
 * frames of the block carry nothing that is looked at. Freed blocks join their
 * buddy while it is whole and free.
 *
 * Frames below 4 GiB are the last to be used, for those who can use no others.
 */
#include "mm/heap.h"

#include "cpu/smp.h"
#include "cpu/upcalls.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/claims.h"
#include "x86/atomic.h"
#include "x86/spinlock.h"

#define DMA32_FRAMES (1UL << (32 - PAGE_SHIFT))

enum band {
	BAND_DMA32,
	BAND_HIGH,
	BANDS
};

/* RANK_HEAP. */
static spinlock_t heap_lock = SPINLOCK_INIT(RANK_HEAP);
static struct page_list free_lists[BANDS][HEAP_MAX_ORDER + 1];
static uint64_t free_pages, claimed_pages;
static bool lists_ready;

static enum band band_of(const struct page_info *page)
{
	return page_to_mfn(page).n < DMA32_FRAMES ? BAND_DMA32 : BAND_HIGH;
}

static struct page_list *list_of(const struct page_info *page,
				 unsigned int order)
{
	return &free_lists[band_of(page)][order];
}

static void block_insert(struct page_info *page, unsigned int order)
{
	page->count_info = PGC_FREE;
	page->order = (uint8_t)order;
	page_list_add(list_of(page, order), page);
}

static void block_remove(struct page_info *page)
{
	page_list_del(list_of(page, page->order), page);
	page->count_info = 0;
}

/* The other half of the block of twice the size, if free and whole. */
static struct page_info *free_buddy(struct page_info *page, unsigned int order)
{
	mfn_t m = mfn(page_to_mfn(page).n ^ (1UL << order));
	struct page_info *buddy = mfn_to_page(m);

	if (!mfn_valid(m) || buddy->count_info != PGC_FREE ||
	    buddy->order != order || band_of(buddy) != band_of(page)) {
		return NULL;
	}
	return buddy;
}

static void block_free(struct page_info *page, unsigned int order)
{
	struct page_info *buddy;

	while (order < HEAP_MAX_ORDER &&
	       (buddy = free_buddy(page, order)) != NULL) {
		block_remove(buddy);
		if (buddy < page) {
			page = buddy;
		}
		order++;
	}
	block_insert(page, order);
}

static struct page_info *band_alloc(enum band band, unsigned int order)
{
	struct page_info *page = NULL;
	unsigned int o;

	for (o = order; o <= HEAP_MAX_ORDER && !page; o++) {
		page = page_list_first(&free_lists[band][o]);
	}
	if (!page) {
		return NULL;
	}
	o = page->order;
	block_remove(page);
	while (o > order) {
		o--;
		block_insert(page + (1UL << o), o);
	}
	return page;
}

/*
 * Frames may have been somebody's before. Nobody may reach them any more
 * through an old translation, neither what a new owner puts there nor what the
 * hypervisor itself does. Waits for other CPUs: interrupts are on, and no lock
 * is held that is taken with interrupts off.
 */
static void flush_previous_owners(const struct page_info *page,
				  unsigned int order)
{
	uint32_t now = tlb_clock(), age = UINT32_MAX;
	cpumask_t mask = cpu_online;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		age = min(age, now - page[i].tlb_stamp);
	}
	tlb_filter(&mask, now - age);
	if (!cpumask_empty(&mask)) {
		smp_flush_tlb(&mask, SMP_FLUSH_ALL);
	}
}

static void frames_init(struct page_info *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		page[i].count_info = 0;
		page[i].type_info = 0;
		page[i].owner = DOMID_INVALID;
		page[i].nr_entries = 0;
	}
}

struct page_info *heap_alloc(unsigned int order, unsigned int flags)
{
	return heap_alloc_claimed(order, flags, NULL);
}

struct page_info *heap_alloc_claimed(unsigned int order, unsigned int flags,
				     uint64_t *own_claim)
{
	struct page_info *page = NULL;
	uint64_t own, n = 1UL << order;
	unsigned long irq;

	if (order > HEAP_MAX_ORDER) {
		return NULL;
	}
	irq = spin_lock_irqsave(&heap_lock);
	own = own_claim ? *own_claim : 0;
	/* Claims of others are not ours to take. */
	if (free_pages - min(claimed_pages - own, free_pages) >= n) {
		if (!(flags & HEAP_DMA32)) {
			page = band_alloc(BAND_HIGH, order);
		}
		if (!page) {
			page = band_alloc(BAND_DMA32, order);
		}
	}
	if (page) {
		free_pages -= n;
		claimed_pages -= min(own, n);
		if (own) {
			*own_claim = own - min(own, n);
		}
	}
	spin_unlock_irqrestore(&heap_lock, irq);
	if (!page) {
		return NULL;
	}
	flush_previous_owners(page, order);
	frames_init(page, order);
	if (flags & HEAP_ZERO) {
		memset(page_to_virt(page), 0, n << PAGE_SHIFT);
	}
	return page;
}

void heap_free(struct page_info *page, unsigned int order)
{
	unsigned long irq;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		ASSERT(!page[i].count_info);
		page[i].owner = DOMID_INVALID;
		page[i].type_info = 0;
	}
	irq = spin_lock_irqsave(&heap_lock);
	block_free(page, order);
	free_pages += 1UL << order;
	spin_unlock_irqrestore(&heap_lock, irq);
}

void *heap_alloc_virt(unsigned int order, unsigned int flags)
{
	struct page_info *page = heap_alloc(order, flags);

	return page ? page_to_virt(page) : NULL;
}

void heap_free_virt(void *p, unsigned int order)
{
	if (p) {
		heap_free(virt_to_page(p), order);
	}
}

uint64_t heap_free_pages(void)
{
	return read_once(free_pages);
}

uint64_t heap_claimed_pages(void)
{
	return read_once(claimed_pages);
}

int heap_claim_change(uint64_t *claim, uint64_t pages)
{
	unsigned long irq = spin_lock_irqsave(&heap_lock);
	uint64_t others = claimed_pages - *claim;
	int rc = 0;

	if (pages > free_pages - min(others, free_pages)) {
		rc = -ENOMEM;
	} else {
		claimed_pages = others + pages;
		*claim = pages;
	}
	spin_unlock_irqrestore(&heap_lock, irq);
	return rc;
}

void heap_add_range(mfn_t start, mfn_t end)
{
	if (!lists_ready) {
		for (unsigned int b = 0; b < BANDS; b++) {
			for (unsigned int o = 0; o <= HEAP_MAX_ORDER; o++) {
				free_lists[b][o] = PAGE_LIST_EMPTY;
			}
		}
		lists_ready = true;
	}
	for (uint64_t i = start.n; i < end.n;) {
		unsigned int order = 0;

		while (order < HEAP_MAX_ORDER && !(i & ((2UL << order) - 1)) &&
		       i + (2UL << order) <= end.n) {
			order++;
		}
		frames_init(mfn_to_page(mfn(i)), order);
		heap_free(mfn_to_page(mfn(i)), order);
		total_pages += 1UL << order;
		i += 1UL << order;
	}
}

void *mm_alloc_page(void)
{
	return heap_alloc_virt(0, HEAP_ZERO);
}

void *mm_alloc_bytes(size_t bytes)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < bytes) {
		order++;
	}
	return heap_alloc_virt(order, HEAP_ZERO);
}
