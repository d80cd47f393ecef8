// SPDX-License-Identifier: BSD-2-Clause
/*
 * The page allocator and the object allocator on a fake frame table: blocks
 * never overlap, are aligned and zeroed as asked, and everything comes back.
 */
#include <stdlib.h>
#include <string.h>

#include "../core/suite.h"
#include "lib/errno.h"
#include "memory.h"
#include "mm/claims.h"
#include "mm/heap.h"
#include "mm/pool.h"

#define FIRST 3
#define LAST  4001 /* no multiples of anything */

static uint8_t taken[MEMORY_FRAMES];
static bool started;

static void start(void)
{
	if (!started) {
		memory_reset();
		heap_add_range(mfn(FIRST), mfn(LAST));
		started = true;
	}
	memset(taken, 0, sizeof(taken));
	CU_ASSERT_EQUAL(heap_free_pages(), LAST - FIRST);
}

static void mark(struct page_info *p, unsigned int order, uint8_t to)
{
	uint64_t first = page_to_mfn(p).n;

	CU_ASSERT_EQUAL(first % (1UL << order), 0);
	CU_ASSERT(first >= FIRST && first + (1UL << order) <= LAST);
	for (uint64_t i = first; i < first + (1UL << order); i++) {
		CU_ASSERT_EQUAL(taken[i], !to);
		taken[i] = to;
	}
}

struct block {
	struct page_info *page;
	unsigned int order;
};

static void test_random(void)
{
	static struct block blocks[512];
	uint64_t used = 0;

	start();
	srandom(2);
	for (unsigned int n = 0; n < 200000; n++) {
		struct block *b = &blocks[(unsigned long)random() % 512];

		if (b->page) {
			memset(page_to_virt(b->page), 0x5a, PAGE_SIZE);
			mark(b->page, b->order, 0);
			heap_free(b->page, b->order);
			used -= 1UL << b->order;
			b->page = NULL;
		} else {
			b->order = (unsigned int)random() % 8;
			b->page = heap_alloc(b->order, HEAP_ZERO);
			if (b->page) {
				mark(b->page, b->order, 1);
				used += 1UL << b->order;
				CU_ASSERT_EQUAL(*(char *)page_to_virt(b->page),
						0);
				CU_ASSERT_EQUAL(b->page->count_info, 0);
				CU_ASSERT_EQUAL(b->page->type_info, 0);
			}
		}
		CU_ASSERT_EQUAL(heap_free_pages(), LAST - FIRST - used);
	}
	for (unsigned int i = 0; i < 512; i++) {
		if (blocks[i].page) {
			heap_free(blocks[i].page, blocks[i].order);
			blocks[i].page = NULL;
		}
	}
	CU_ASSERT_EQUAL(heap_free_pages(), LAST - FIRST);
}

/* Freed one by one, frames join: the largest block is there again. */
static void test_joining(void)
{
	static struct page_info *all[LAST];
	unsigned int n = 0;
	struct page_info *big;

	start();
	while ((all[n] = heap_alloc(0, 0)) != NULL) {
		n++;
	}
	CU_ASSERT_EQUAL(n, LAST - FIRST);
	CU_ASSERT_PTR_NULL(heap_alloc(0, 0));
	while (n) {
		heap_free(all[--n], 0);
	}
	big = heap_alloc(10, 0);
	CU_ASSERT_PTR_NOT_NULL(big);
	if (big) {
		heap_free(big, 10);
	}
	CU_ASSERT_PTR_NULL(heap_alloc(12, 0));
	CU_ASSERT_PTR_NULL(heap_alloc(HEAP_MAX_ORDER + 1, 0));
}

static void test_claims(void)
{
	uint64_t mine = 0, other = 0, all = LAST - FIRST;
	struct page_info *p;

	start();
	CU_ASSERT_EQUAL(heap_claim_change(&mine, all + 1), -ENOMEM);
	CU_ASSERT_EQUAL(heap_claim_change(&mine, all), 0);
	CU_ASSERT_EQUAL(heap_claim_change(&other, 1), -ENOMEM);
	CU_ASSERT_PTR_NULL(heap_alloc(0, 0));
	CU_ASSERT_PTR_NULL(heap_alloc_claimed(0, 0, &other));
	p = heap_alloc_claimed(1, 0, &mine);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(mine, all - 2);
	CU_ASSERT_EQUAL(heap_claimed_pages(), all - 2);
	heap_free(p, 1);
	CU_ASSERT_EQUAL(heap_claim_change(&mine, 0), 0);
	CU_ASSERT_EQUAL(heap_claimed_pages(), 0);
}

/* Objects: zeroed, apart from each other, all gone in the end. */
static void test_pool(void)
{
	static unsigned char *object[256];
	static size_t size[256];
	bool frames_right = true;

	start();
	srandom(3);
	for (unsigned int n = 0; n < 200000; n++) {
		unsigned int i = (unsigned int)random() % 256;

		frames_right &=
			pool_frames() == LAST - FIRST - heap_free_pages();
		if (object[i]) {
			CU_ASSERT_EQUAL(object[i][0], (unsigned char)i);
			CU_ASSERT_EQUAL(object[i][size[i] - 1],
					(unsigned char)i);
			pool_free(object[i]);
			object[i] = NULL;
			continue;
		}
		size[i] = 1 + (size_t)random() % (n % 7 ? 2048 : 20000);
		object[i] = pool_alloc(size[i]);
		if (object[i]) {
			CU_ASSERT_EQUAL(object[i][0], 0);
			CU_ASSERT_EQUAL(object[i][size[i] - 1], 0);
			CU_ASSERT_EQUAL((uintptr_t)object[i] % 16, 0);
			memset(object[i], (int)i, size[i]);
		}
	}
	for (unsigned int i = 0; i < 256; i++) {
		pool_free(object[i]);
		object[i] = NULL;
	}
	CU_ASSERT_EQUAL(pool_objects(), 0);
	CU_ASSERT(frames_right);
	CU_ASSERT_EQUAL(pool_frames(), 0);
	CU_ASSERT_PTR_NULL(pool_alloc_array(SIZE_MAX / 4, 8));
	CU_ASSERT_PTR_NULL(pool_alloc_array(3, 1UL << 40));
	/* Empty pages went back. */
	CU_ASSERT_EQUAL(heap_free_pages(), LAST - FIRST);
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "blocks at random", test_random },
		{ "frames join", test_joining },
		{ "claims", test_claims },
		{ "objects", test_pool },
		{ NULL, NULL },
	};

	return suite_run("mm heap", tests);
}
