// SPDX-License-Identifier: BSD-2-Clause
/*
 * Page-table trees, checked and taken apart with an interruption at every place
 * where there can be one. Whatever the way, each reference that was taken is
 * given back: at the end all words of all frames are what they were.
 */
#include <stdlib.h>
#include <string.h>

#include "../core/suite.h"
#include "lib/errno.h"
#include "memory.h"
#include "mm/ftype.h"
#include "mm/ftype_table.h"

#define D memory_domain

/* Frames by number: one L4, two L3, four L2, eight L1, data. */
enum {
	L4 = 1,
	L3 = 2,
	L2 = 4,
	L1 = 8,
	DATA = 16,
	FRAMES = 64,
};

#define RW 0x67UL
#define RO 0x65UL

static pte_t *table(unsigned int n)
{
	return page_to_virt(mfn_to_page(mfn(n)));
}

static struct page_info *page(unsigned int n)
{
	return mfn_to_page(mfn(n));
}

static void link_to(unsigned int from, unsigned int slot, unsigned int to,
		    uint64_t flags)
{
	table(from)[slot] = pte((uint64_t)to << 12 | flags);
}

static void build(void)
{
	memory_reset();
	for (unsigned int i = 1; i < FRAMES; i++) {
		memory_give(i);
	}
	for (unsigned int i = 0; i < 2; i++) {
		link_to(L4, i * 300, L3 + i, RW);
	}
	for (unsigned int i = 0; i < 4; i++) {
		link_to(L3 + i / 2, i * 100, L2 + i, RW);
	}
	for (unsigned int i = 0; i < 8; i++) {
		link_to(L2 + i / 2, 511 - i, L1 + i, RW);
	}
	for (unsigned int i = 0; i < 40; i++) {
		link_to(L1 + i % 8, i * 3, DATA + i, i & 1 ? RW : RO);
	}
	/* Read-only maps of the tables themselves, as kernels have; device. */
	for (unsigned int i = L4; i < DATA; i++) {
		link_to(L1 + 7, 400 + i, i, RO);
	}
	link_to(L1, 511, MEMORY_FRAMES, RW);
	/* What stands in the hypervisor's slots of an L4 is of no matter. */
	link_to(L4, 256, DATA, RW);
}

/* Nobody holds anything: the owner's own reference, no type count. */
static void check_clean(void)
{
	for (unsigned int i = 1; i < FRAMES; i++) {
		CU_ASSERT_EQUAL(page(i)->count_info, PGC_ALLOCATED | 1);
		CU_ASSERT_EQUAL(page(i)->type_info & ~PGT_TYPE_MASK, 0);
	}
	CU_ASSERT_EQUAL(memory_released, 0);
}

static int pin(void)
{
	int rc;

	do {
		rc = frame_get_typed(page(L4), PGT_L4, D, true);
	} while (rc == -ERESTART);
	return rc;
}

static void unpin(void)
{
	if (frame_put_typed_preemptible(page(L4), D) == -ERESTART) {
		while (frame_put_finish(page(L4), D) == -ERESTART) {
		}
	}
}

static void check_pinned(void)
{
	static const unsigned int level_of[DATA] = { 0, 4, 3, 3, 2, 2, 2, 2,
						     1, 1, 1, 1, 1, 1, 1, 1 };

	for (unsigned int i = 1; i < DATA; i++) {
		CU_ASSERT_EQUAL(page(i)->type_info,
				pgt_of_level(level_of[i]) | PGT_VALIDATED | 1);
		/* The owner's, the one above or the pin, the read-only map. */
		CU_ASSERT_EQUAL(page(i)->count_info, PGC_ALLOCATED | 3);
	}
	for (unsigned int i = 0; i < 40; i++) {
		CU_ASSERT_EQUAL(page(DATA + i)->count_info, PGC_ALLOCATED | 2);
		CU_ASSERT_EQUAL(page(DATA + i)->type_info & PGT_COUNT_MASK,
				i & 1);
	}
}

static void test_whole(void)
{
	uint64_t n, questions;

	build();
	memory_preempt_at(0);
	CU_ASSERT_EQUAL(pin(), 0);
	check_pinned();
	unpin();
	check_clean();
	questions = memory_questions();
	CU_ASSERT(questions > 20);
	for (n = 1; n <= questions + 2; n++) {
		build();
		memory_preempt_at(n);
		CU_ASSERT_EQUAL(pin(), 0);
		check_pinned();
		unpin();
		check_clean();
	}
}

/* Stopped half way for good, as when the domain dies. */
static void test_abandoned(void)
{
	for (uint64_t n = 1; n < 16; n++) {
		build();
		memory_preempt_at(n);
		CU_ASSERT_EQUAL(frame_get_typed(page(L4), PGT_L4, D, true),
				n <= 14 ? -ERESTART : 0);
		if (n > 14) {
			unpin();
		}
		for (unsigned int i = 1; i < FRAMES; i++) {
			while (ftype_relinquish(page(i), D)) {
			}
		}
		check_clean();
	}
}

/*
 * Something that may not exist, at each place of a tree in turn, and an
 * interruption anywhere: refused, and all is given back (what an interruption
 * left is given back when the frame is wanted otherwise).
 */
static void refused_with(unsigned int frame, unsigned int slot, uint64_t raw)
{
	uint64_t questions = 1;

	for (uint64_t n = 0; n <= questions + 2; n++) {
		build();
		table(frame)[slot] = pte(raw);
		memory_preempt_at(n);
		CU_ASSERT_EQUAL(pin(), -EINVAL);
		if (!n) {
			questions = memory_questions();
		}
		for (unsigned int i = 1; i < DATA; i++) {
			while (ftype_finish(page(i), D, true)) {
			}
		}
		check_clean();
	}
}

static void test_refused(void)
{
	/* Superpage; a frame beyond the machine; one that is not its own. */
	static const uint64_t bad[] = { 0x10000 | RW | 0x80, 1UL << 45 | RW,
					2000UL << 12 | RW };

	for (unsigned int f = L4; f < DATA; f++) {
		for (unsigned int b = 0; b < ARRAY_SIZE(bad); b++) {
			if (f < L1 || b) {
				refused_with(f, 511, bad[b]);
			}
		}
	}
	/* A table mapped writable; a table of the wrong level; a circle. */
	refused_with(L1 + 3, 510, (uint64_t)(L2 + 1) << 12 | RW);
	refused_with(L1 + 3, 510, (uint64_t)L4 << 12 | RW);
	refused_with(L2, 20, (uint64_t)L2 << 12 | RW);
	refused_with(L3, 500, (uint64_t)(L1 + 5) << 12 | RW);
	refused_with(L4, 510, (uint64_t)L4 << 12 | RW);
	/* A device frame that the domain may not have. */
	refused_with(L1 + 7, 1, (uint64_t)(MEMORY_FRAMES + 1) << 12 | RO);
}

/* ---- changes of one entry ---- */

static int set(unsigned int frame, unsigned int level, unsigned int slot,
	       uint64_t raw, struct page_info **pending)
{
	struct pte_change change = { .to = pte(raw) };
	pte_t old;
	int rc;

	do {
		rc = table_set_entry(page(frame), level, slot, &change, D, D,
				     &old, pending);
	} while (rc == -ERESTART);
	return rc;
}

static void finish(struct page_info *pending)
{
	while (pending && frame_put_finish(pending, D) == -ERESTART) {
	}
}

/* A subtree goes and comes back, interrupted anywhere. */
static void test_set_entry(void)
{
	for (uint64_t n = 0; n < 40; n++) {
		struct page_info *pending;

		build();
		CU_ASSERT_EQUAL(pin(), 0);
		memory_preempt_at(n);
		CU_ASSERT_EQUAL(set(L4, 4, 0, 0, &pending), 0);
		finish(pending);
		CU_ASSERT_EQUAL(page(L3)->type_info & PGT_COUNT_MASK, 0);
		memory_preempt_at(n);
		CU_ASSERT_EQUAL(
			set(L4, 4, 0, (uint64_t)L3 << 12 | RW, &pending), 0);
		CU_ASSERT_PTR_NULL(pending);
		check_pinned();
		unpin();
		check_clean();
	}
}

static void test_set_refused(void)
{
	struct page_info *pending;

	build();
	CU_ASSERT_EQUAL(pin(), 0);
	/* Ours; a table writable; a wrong level; not its own. */
	CU_ASSERT_EQUAL(set(L4, 4, 256, 0, &pending), -EINVAL);
	CU_ASSERT_EQUAL(set(L4, 4, 271, (uint64_t)L3 << 12 | RW, &pending),
			-EINVAL);
	CU_ASSERT_EQUAL(set(L1, 1, 0, (uint64_t)L1 << 12 | RW, &pending),
			-EINVAL);
	/* The same frame from read-only to writable is no minor change. */
	CU_ASSERT_EQUAL(
		set(L1 + 7, 1, 400 + L2, (uint64_t)L2 << 12 | RW, &pending),
		-EINVAL);
	CU_ASSERT_EQUAL(set(L3, 3, 5, (uint64_t)L1 << 12 | RW, &pending),
			-EINVAL);
	CU_ASSERT_EQUAL(set(L1, 1, 0, 3000UL << 12 | RO, &pending), -EINVAL);
	check_pinned();
	/* Writable once more, and not any longer. */
	CU_ASSERT_EQUAL(
		set(L1, 1, 0, (uint64_t)(DATA + 1) << 12 | RW, &pending), 0);
	CU_ASSERT_EQUAL(page(DATA + 1)->type_info & PGT_COUNT_MASK, 2);
	CU_ASSERT_EQUAL(page(DATA)->count_info, PGC_ALLOCATED | 1);
	CU_ASSERT_EQUAL(set(L1, 1, 0, (uint64_t)DATA << 12 | RO, &pending), 0);
	check_pinned();
	unpin();
	check_clean();
}

/* A frame that its owner gave up stays until the last reference goes. */
static void test_released(void)
{
	build();
	CU_ASSERT_EQUAL(pin(), 0);
	CU_ASSERT(page_put_allocated(page(L1 + 1)));
	CU_ASSERT(!page_put_allocated(page(L1 + 1)));
	CU_ASSERT(!page_get(page(L1 + 1), D));
	CU_ASSERT_EQUAL(memory_released, 0);
	unpin();
	CU_ASSERT_EQUAL(memory_released, 1);
	CU_ASSERT_EQUAL(page(L1 + 1)->count_info, 0);
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "pin and unpin, interrupted anywhere", test_whole },
		{ "left half way", test_abandoned },
		{ "refused, interrupted anywhere", test_refused },
		{ "subtree goes and comes", test_set_entry },
		{ "entry refused", test_set_refused },
		{ "given up while in use", test_released },
		{ NULL, NULL },
	};

	return suite_run("mm frame types", tests);
}
