/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See pool.h. One page holds objects of one class; its page_info (no
 * guest uses the frame) holds the class, the chain and how many are out. Free
 * objects of a class are chained through their first word. A page whose objects
 * are all back returns to the heap.
 */
#include "mm/pool.h"

#include "debug/panic.h"
#include "lib/checked.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/atomic.h"
#include "x86/spinlock.h"

#define CLASS_MIN_SHIFT 4
#define CLASS_MAX_SHIFT 11
#define CLASSES		(CLASS_MAX_SHIFT - CLASS_MIN_SHIFT + 1)

/* In tlb_stamp of a pool page: the class; of a larger object: LARGE + order. */
#define POOL_LARGE 0x100

struct free_object {
	struct free_object *next;
};

/* What a page of objects keeps of itself, in its page_info. */
static inline struct free_object **page_chain(struct page_info *page)
{
	return (struct free_object **)&page->type_info;
}

/* RANK_POOL. Pages with at least one free object, by class. */
static spinlock_t pool_lock = SPINLOCK_INIT(RANK_POOL);
static struct page_list partial[CLASSES] = {
	[0 ... CLASSES - 1] = { PAGE_LIST_END, PAGE_LIST_END },
};
/* Counted atomically, as large objects pass by the lock. */
static uint64_t objects, frames;

static unsigned int class_of(size_t size)
{
	unsigned int shift = CLASS_MIN_SHIFT;

	while (1UL << shift < size) {
		shift++;
	}
	return shift - CLASS_MIN_SHIFT;
}

static unsigned int per_page(unsigned int class)
{
	return (unsigned int)(PAGE_SIZE >> (class + CLASS_MIN_SHIFT));
}

static void *large_alloc(size_t size)
{
	struct page_info *page;
	unsigned int order = 0;

	while (PAGE_SIZE << order < size) {
		order++;
	}
	page = heap_alloc(order, HEAP_ZERO);
	if (!page) {
		return NULL;
	}
	page->tlb_stamp = POOL_LARGE + order;
	atomic_fetch_add(&objects, 1);
	atomic_fetch_add(&frames, 1UL << order);
	return page_to_virt(page);
}

static struct page_info *page_new(unsigned int class)
{
	struct page_info *page = heap_alloc(0, 0);
	char *base;
	size_t size = 1UL << (class + CLASS_MIN_SHIFT);

	if (!page) {
		return NULL;
	}
	base = page_to_virt(page);
	*page_chain(page) = NULL;
	for (size_t off = PAGE_SIZE; off >= size; off -= size) {
		struct free_object *o =
			(struct free_object *)(base + off - size);

		o->next = *page_chain(page);
		*page_chain(page) = o;
	}
	page->tlb_stamp = class;
	page->nr_entries = 0;
	atomic_fetch_add(&frames, 1);
	return page;
}

void *pool_alloc(size_t size)
{
	unsigned int class;
	struct page_info *page;
	struct free_object *o;
	unsigned long flags;

	if (size > 1UL << CLASS_MAX_SHIFT) {
		return large_alloc(size);
	}
	class = class_of(size);
	flags = spin_lock_irqsave(&pool_lock);
	page = page_list_first(&partial[class]);
	if (!page) {
		spin_unlock_irqrestore(&pool_lock, flags);
		page = page_new(class);
		if (!page) {
			return NULL;
		}
		flags = spin_lock_irqsave(&pool_lock);
		page_list_add(&partial[class], page);
	}
	o = *page_chain(page);
	*page_chain(page) = o->next;
	page->nr_entries++;
	if (!o->next) {
		page_list_del(&partial[class], page);
	}
	spin_unlock_irqrestore(&pool_lock, flags);
	atomic_fetch_add(&objects, 1);
	memset(o, 0, 1UL << (class + CLASS_MIN_SHIFT));
	return o;
}

void *pool_alloc_array(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		return NULL;
	}
	return pool_alloc(total);
}

static void large_free(struct page_info *page)
{
	unsigned int order = page->tlb_stamp - POOL_LARGE;

	atomic_fetch_sub(&objects, 1);
	atomic_fetch_sub(&frames, 1UL << order);
	heap_free(page, order);
}

void pool_free(void *p)
{
	struct page_info *page;
	struct free_object *o = p;
	unsigned int class;
	unsigned long flags;
	bool release;

	if (!p) {
		return;
	}
	page = virt_to_page((void *)((uintptr_t)p & PAGE_MASK));
	if (page->tlb_stamp >= POOL_LARGE) {
		large_free(page);
		return;
	}
	class = page->tlb_stamp;
	flags = spin_lock_irqsave(&pool_lock);
	if (!*page_chain(page)) {
		page_list_add(&partial[class], page);
	}
	o->next = *page_chain(page);
	*page_chain(page) = o;
	BUG_ON(!page->nr_entries || page->nr_entries > per_page(class));
	page->nr_entries--;
	release = !page->nr_entries;
	if (release) {
		page_list_del(&partial[class], page);
		page->type_info = 0;
	}
	spin_unlock_irqrestore(&pool_lock, flags);
	atomic_fetch_sub(&objects, 1);
	if (release) {
		atomic_fetch_sub(&frames, 1);
		heap_free(page, 0);
	}
}

uint64_t pool_objects(void)
{
	return read_once(objects);
}

uint64_t pool_frames(void)
{
	return read_once(frames);
}
