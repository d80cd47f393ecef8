/* SPDX-License-Identifier: BSD-2-Clause */
/* See frame.h. */
#include "mm/frame.h"

#include "debug/panic.h"
#include "mm/ftype.h"
#include "mm/heap.h"
#include "mm/upcalls.h"
#include "x86/atomic.h"

static uint32_t index_of(const struct page_info *page)
{
	return page ? (uint32_t)page_to_mfn(page).n : PAGE_LIST_END;
}

static struct page_info *page_of(uint32_t index)
{
	return index == PAGE_LIST_END ? NULL : mfn_to_page(mfn(index));
}

void page_list_add_tail(struct page_list *list, struct page_info *page)
{
	struct page_info *last = page_of(list->last);

	page->next = PAGE_LIST_END;
	page->prev = list->last;
	if (last) {
		last->next = index_of(page);
	} else {
		list->first = index_of(page);
	}
	list->last = index_of(page);
}

void page_list_add(struct page_list *list, struct page_info *page)
{
	struct page_info *first = page_of(list->first);

	page->prev = PAGE_LIST_END;
	page->next = list->first;
	if (first) {
		first->prev = index_of(page);
	} else {
		list->last = index_of(page);
	}
	list->first = index_of(page);
}

void page_list_del(struct page_list *list, struct page_info *page)
{
	struct page_info *prev = page_of(page->prev);
	struct page_info *next = page_of(page->next);

	if (prev) {
		prev->next = page->next;
	} else {
		list->first = page->next;
	}
	if (next) {
		next->prev = page->prev;
	} else {
		list->last = page->prev;
	}
}

struct page_info *page_list_first(const struct page_list *list)
{
	return page_of(list->first);
}

struct page_info *page_list_next(const struct page_info *page)
{
	return page_of(page->next);
}

bool page_get_again(struct page_info *page)
{
	uint64_t x = read_once(page->count_info);

	do {
		uint64_t count = x & PGC_COUNT_MASK;

		if (!count || count == PGC_COUNT_MASK) {
			return false;
		}
	} while (!atomic_cmpxchg(&page->count_info, &x, x + 1));
	return true;
}

static bool page_get_if_allocated(struct page_info *page)
{
	uint64_t x = read_once(page->count_info);

	do {
		uint64_t count = x & PGC_COUNT_MASK;

		if (!(x & PGC_ALLOCATED) || !count || count == PGC_COUNT_MASK) {
			return false;
		}
	} while (!atomic_cmpxchg(&page->count_info, &x, x + 1));
	return true;
}

bool page_get(struct page_info *page, const struct domain *d)
{
	if (domain_of_frame(page) != d || !page_get_if_allocated(page)) {
		return false;
	}
	/* It may have changed hands before we held it; not any more. */
	if (domain_of_frame(page) != d) {
		page_put(page);
		return false;
	}
	return true;
}

void page_put(struct page_info *page)
{
	uint64_t left = atomic_sub_return(&page->count_info, 1);

	BUG_ON((left & PGC_COUNT_MASK) == PGC_COUNT_MASK);
	if (!(left & PGC_COUNT_MASK)) {
		domain_frame_released(page);
	}
}

bool page_put_allocated(struct page_info *page)
{
	uint64_t x = atomic_fetch_and(&page->count_info, ~PGC_ALLOCATED);

	if (!(x & PGC_ALLOCATED)) {
		return false;
	}
	page_put(page);
	return true;
}

bool page_get_writable(struct page_info *page, struct domain *d)
{
	return frame_get_typed(page, PGT_WRITABLE, d, false) == 0;
}

void page_put_writable(struct page_info *page)
{
	frame_put_typed(page, domain_of_frame(page));
}

bool page_get_writable_held(struct page_info *page, struct domain *d)
{
	return ftype_get(page, PGT_WRITABLE, d, false) == 0;
}
