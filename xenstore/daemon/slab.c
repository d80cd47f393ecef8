// SPDX-License-Identifier: BSD-2-Clause
/*
 * A page is 4 KiB at a multiple of 4 KiB, so that an object's page is found
 * by masking its address. It starts with its own state; the rest is objects
 * of one size. Free objects hold the pointer to the next free one. Pages with
 * room are on the list of their size, full ones on none.
 *
 * Pages come from arenas of 1 MiB and are never given back to the system: a
 * daemon that needed them once may need them again.
 */
#include "xenstore/daemon/slab.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE	4096u
#define ARENA	(1u << 20)
#define STEP	8u
#define LARGEST 512u

#if defined(__SANITIZE_ADDRESS__)
#define SLAB_PLAIN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLAB_PLAIN true
#endif
#endif
#ifndef SLAB_PLAIN
#define SLAB_PLAIN false
#endif

struct free_object {
	struct free_object *next;
};

struct page {
	struct page *next; /* with room, or free */
	struct page **prev;
	struct free_object *free;
	uint16_t used;
	uint16_t fresh; /* where the objects that never were begin */
	uint16_t size;
};

static struct page *with_room[LARGEST / STEP + 1];
static struct page *free_pages;
static uint64_t pages_used;
static char *arena;
static size_t arena_left;

uint64_t slab_pages(void)
{
	return pages_used;
}

static void link_page(struct page **list, struct page *page)
{
	page->next = *list;
	page->prev = list;
	if (page->next) {
		page->next->prev = &page->next;
	}
	*list = page;
}

static void unlink_page(struct page *page)
{
	*page->prev = page->next;
	if (page->next) {
		page->next->prev = page->prev;
	}
	page->prev = NULL;
}

static struct page *take_page(void)
{
	struct page *page = free_pages;
	void *start;

	if (page) {
		unlink_page(page);
		return page;
	}
	if (arena_left == 0) {
		start = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (start == MAP_FAILED) {
			return NULL;
		}
		arena = start;
		arena_left = ARENA;
	}
	arena_left -= PAGE;
	return (struct page *)(void *)(arena + arena_left);
}

static struct page *page_for(uint16_t size)
{
	struct page *page = take_page();

	if (page) {
		pages_used++;
		*page = (struct page){ .size = size,
				       .fresh = (sizeof(*page) + STEP - 1) /
						STEP * STEP };
		link_page(&with_room[size / STEP], page);
	}
	return page;
}

static bool is_full(const struct page *page)
{
	return !page->free && page->fresh + page->size > PAGE;
}

void *slab_take(size_t size)
{
	uint16_t rounded = (uint16_t)((size + STEP - 1) / STEP * STEP);
	struct page *page;
	void *object;

	if (size == 0 || size > LARGEST) {
		return NULL;
	}
	page = with_room[rounded / STEP];
	if (!page) {
		page = page_for(rounded);
	}
	if (!page) {
		return NULL;
	}
	if (page->free) {
		object = page->free;
		page->free = page->free->next;
	} else {
		object = (char *)page + page->fresh;
		page->fresh = (uint16_t)(page->fresh + rounded);
	}
	page->used++;
	if (is_full(page)) {
		unlink_page(page);
	}
	return object;
}

void slab_give(void *object)
{
	struct page *page =
		(struct page *)((uintptr_t)object & ~(uintptr_t)(PAGE - 1));
	struct free_object *o = object;
	bool was_full = is_full(page);

	o->next = page->free;
	page->free = o;
	page->used--;
	if (page->used == 0) {
		if (!was_full) {
			unlink_page(page);
		}
		pages_used--;
		link_page(&free_pages, page);
	} else if (was_full) {
		link_page(&with_room[page->size / STEP], page);
	}
}

void *slab_alloc(size_t size)
{
	return SLAB_PLAIN || size > LARGEST ? malloc(size) : slab_take(size);
}

void slab_free(void *object, size_t size)
{
	if (!object) {
		return;
	}
	if (SLAB_PLAIN || size > LARGEST) {
		free(object);
	} else {
		slab_give(object);
	}
}
