/* SPDX-License-Identifier: BSD-2-Clause */
/* Each container against a model that is too simple to be wrong. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bitmap.h"
#include "lib/checked.h"
#include "lib/list.h"
#include "lib/rangeset.h"
#include "lib/rbtree.h"
#include "tests/unit/hv-lib/suite.h"

static void test_types(void)
{
	static const int three[3] = { 1, 2, 3 };
	uint64_t big = UINT64_C(1) << 40;

	CU_ASSERT_EQUAL(ARRAY_SIZE(three), 3);
	CU_ASSERT_EQUAL(ALIGN_UP((uint64_t)4097, 4096), 8192);
	CU_ASSERT_EQUAL(ALIGN_UP((uint64_t)4096, 4096), 4096);
	CU_ASSERT_EQUAL(ALIGN_DOWN(big + 5, 4096), big);
	CU_ASSERT_TRUE(IS_ALIGNED(big, 4096));
	CU_ASSERT_FALSE(IS_ALIGNED(big + 8, 4096));
	CU_ASSERT_EQUAL(DIV_ROUND_UP(9, 4), 3);
	CU_ASSERT_EQUAL(BIT(63), UINT64_C(0x8000000000000000));
	CU_ASSERT_EQUAL(min(big, (uint64_t)7), 7);
	CU_ASSERT_EQUAL(max(-1, 1), 1);
	CU_ASSERT_EQUAL(min(max(1u, 2u), 9u), 2);
}

static void test_checked(void)
{
	uint64_t v64;
	uint32_t v32;

	CU_ASSERT_TRUE(checked_add(UINT64_MAX - 1, UINT64_C(1), &v64));
	CU_ASSERT_EQUAL(v64, UINT64_MAX);
	CU_ASSERT_FALSE(checked_add(UINT64_MAX, UINT64_C(1), &v64));
	CU_ASSERT_FALSE(
		checked_mul(UINT64_C(1) << 32, UINT64_C(1) << 32, &v64));
	CU_ASSERT_FALSE(checked_mul(UINT32_MAX, 2u, &v32));
	CU_ASSERT_FALSE(checked_sub(UINT64_C(1), UINT64_C(2), &v64));
	CU_ASSERT_TRUE(checked_range(4096, 0, 4096));
	CU_ASSERT_TRUE(checked_range(0, 4096, 4096));
	CU_ASSERT_FALSE(checked_range(1, 4096, 4096));
	CU_ASSERT_FALSE(checked_range(4097, 0, 4096));
	CU_ASSERT_FALSE(checked_range(2, UINT64_MAX, 4096));
	for (uint64_t i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(array_index_nospec(i, 10), i);
	}
	CU_ASSERT_EQUAL(array_index_nospec(10, 10), 0);
	CU_ASSERT_EQUAL(array_index_nospec(UINT64_MAX, 10), 0);
	CU_ASSERT_EQUAL(array_index_nospec(0, 0), 0);
}

struct item {
	int key;
	struct list_head link;
};

static int list_sum(struct list_head *head)
{
	struct item *it;
	int sum = 0;

	list_for_each_entry(it, head, link) {
		sum = sum * 10 + it->key;
	}
	return sum;
}

static void test_list(void)
{
	struct item items[4] = {
		{ .key = 1 }, { .key = 2 }, { .key = 3 }, { .key = 4 }
	};
	struct item *it, *next;
	LIST_HEAD(a);
	LIST_HEAD(b);

	CU_ASSERT_TRUE(list_empty(&a));
	list_add_tail(&items[0].link, &a);
	list_add_tail(&items[1].link, &a);
	list_add(&items[2].link, &a);
	list_add(&items[3].link, &b);
	CU_ASSERT_EQUAL(list_sum(&a), 312);
	list_del(&items[1].link);
	CU_ASSERT_EQUAL(list_sum(&a), 31);
	list_add(&items[1].link, &b);
	CU_ASSERT_EQUAL(list_sum(&b), 24);
	list_del(&items[3].link);
	list_add_tail(&items[3].link, &a);
	CU_ASSERT_EQUAL(list_sum(&a), 314);
	CU_ASSERT_EQUAL(list_last_entry(&a, struct item, link)->key, 4);
	list_for_each_entry_safe(it, next, &a, link) {
		if (it->key % 2) {
			list_del(&it->link);
		}
	}
	CU_ASSERT_EQUAL(list_sum(&a), 4);
	list_del(&items[1].link);
	CU_ASSERT_PTR_NULL(items[1].link.next);
	CU_ASSERT_TRUE(list_empty(&b));
}

#define BITS 200

static void check_bitmap(const uint64_t *map, const bool *model)
{
	for (size_t i = 0; i < BITS; i++) {
		CU_ASSERT_EQUAL_FATAL(bitmap_test(map, i), model[i]);
	}
}

static void test_bitmap(void)
{
	uint64_t map[BITMAP_WORDS(BITS)];
	bool model[BITS] = { false };

	bitmap_zero(map, BITS);
	check_bitmap(map, model);
	for (int round = 0; round < 400; round++) {
		size_t first = suite_random() % BITS;
		size_t n = suite_random() % (BITS - first + 1);
		bool set = suite_random() % 2;

		for (size_t i = first; i < first + n; i++) {
			model[i] = set;
			if (set) {
				bitmap_set(map, i);
			}
		}
		if (!set) {
			bitmap_clear_range(map, first, n);
		}
		check_bitmap(map, model);
		bitmap_clear(map, first);
		model[first] = false;
	}
}

#define NUMBERS 64

static bool model_all(const bool *model, size_t first, size_t last)
{
	while (first <= last && model[first]) {
		first++;
	}
	return first > last;
}

static void check_rangeset(const struct rangeset *rs, const bool *model)
{
	for (size_t i = 0; i < rs->count; i++) {
		CU_ASSERT_TRUE_FATAL(rs->ranges[i].first <= rs->ranges[i].last);
		if (i) { /* sorted, disjoint, not even adjacent */
			CU_ASSERT_TRUE_FATAL(rs->ranges[i].first >
					     rs->ranges[i - 1].last + 1);
		}
	}
	for (size_t a = 0; a < NUMBERS; a++) {
		for (size_t b = a; b < NUMBERS; b++) {
			CU_ASSERT_EQUAL_FATAL(rangeset_contains(rs, a, b),
					      model_all(model, a, b));
		}
	}
}

static void test_rangeset(void)
{
	struct range storage[8], more[32];
	bool model[NUMBERS] = { false };
	struct rangeset rs;
	int refused = 0;

	rangeset_init(&rs, storage, ARRAY_SIZE(storage));
	for (int round = 0; round < 600; round++) {
		size_t first = suite_random() % NUMBERS;
		size_t last = first + suite_random() % 6;
		bool add = suite_random() % 2;
		int err;

		last = min(last, (size_t)NUMBERS - 1);
		err = add ? rangeset_add(&rs, first, last)
			  : rangeset_remove(&rs, first, last);
		if (err) { /* full: nothing has changed */
			CU_ASSERT_EQUAL(err, -ENOSPC);
			CU_ASSERT_EQUAL(rs.capacity, ARRAY_SIZE(storage));
			refused++;
			check_rangeset(&rs, model);
			if (refused > 20) {
				CU_ASSERT_PTR_EQUAL(
					rangeset_move(&rs, more,
						      ARRAY_SIZE(more)),
					storage);
			}
			continue;
		}
		for (size_t i = first; i <= last; i++) {
			model[i] = add;
		}
		check_rangeset(&rs, model);
	}
	CU_ASSERT_TRUE(refused > 0);
	CU_ASSERT_EQUAL(rangeset_add(&rs, 5, 4), -EINVAL);
}

static void test_rangeset_edges(void)
{
	struct range storage[2];
	struct rangeset rs;

	rangeset_init(&rs, storage, 2);
	CU_ASSERT_EQUAL(rangeset_add(&rs, 0, UINT64_MAX), 0);
	CU_ASSERT_TRUE(rangeset_contains(&rs, 0, UINT64_MAX));
	CU_ASSERT_EQUAL(rangeset_remove(&rs, 10, 20), 0);
	CU_ASSERT_EQUAL(rs.count, 2);
	CU_ASSERT_EQUAL(rangeset_remove(&rs, 30, 40), -ENOSPC);
	CU_ASSERT_TRUE(rangeset_contains(&rs, 30, 40));
	CU_ASSERT_EQUAL(rangeset_add(&rs, 10, 20), 0);
	CU_ASSERT_EQUAL(rs.count, 1);
	CU_ASSERT_EQUAL(rangeset_remove(&rs, 0, UINT64_MAX), 0);
	CU_ASSERT_TRUE(rangeset_empty(&rs));
	CU_ASSERT_EQUAL(rangeset_add(&rs, UINT64_MAX, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(rangeset_add(&rs, UINT64_MAX - 1, UINT64_MAX - 1), 0);
	CU_ASSERT_EQUAL(rs.count, 1);
}

struct leaf {
	int key;
	bool in;
	struct rb_node node;
};

#define LEAVES 300

static void rb_add(struct rb_root *root, struct leaf *leaf)
{
	struct rb_node **link = &root->node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = leaf->key < rb_entry(parent, struct leaf, node)->key
			       ? &parent->left
			       : &parent->right;
	}
	rb_link(&leaf->node, parent, link);
	rb_balance_insert(root, &leaf->node);
}

/* Returns the black height; checks colours, order of parents. */
static int rb_check(const struct rb_node *n, const struct rb_node *parent)
{
	int left, right;

	if (!n) {
		return 1;
	}
	CU_ASSERT_PTR_EQUAL_FATAL(n->parent, parent);
	if (n->red) {
		CU_ASSERT_FALSE_FATAL(!parent || parent->red);
	}
	left = rb_check(n->left, n);
	right = rb_check(n->right, n);
	CU_ASSERT_EQUAL_FATAL(left, right);
	return left + !n->red;
}

static void rb_compare(const struct rb_root *root, const struct leaf *leaves)
{
	const struct rb_node *n = rb_first(root);

	rb_check(root->node, NULL);
	for (int i = 0; i < LEAVES; i++) {
		if (leaves[i].in) {
			CU_ASSERT_PTR_EQUAL_FATAL(n, &leaves[i].node);
			n = rb_next(n);
		}
	}
	CU_ASSERT_PTR_NULL(n);
}

static void test_rbtree(void)
{
	static struct leaf leaves[LEAVES];
	struct rb_root root = { NULL };

	for (int i = 0; i < LEAVES; i++) {
		leaves[i].key = i;
	}
	CU_ASSERT_TRUE(rb_empty(&root));
	for (int round = 0; round < 4000; round++) {
		struct leaf *l = &leaves[suite_random() % LEAVES];

		if (l->in) {
			rb_erase(&root, &l->node);
		} else {
			rb_add(&root, l);
		}
		l->in = !l->in;
		if (round % 7 == 0) {
			rb_compare(&root, leaves);
		}
	}
	for (int i = 0; i < LEAVES; i++) {
		if (leaves[i].in) {
			rb_erase(&root, &leaves[i].node);
			leaves[i].in = false;
			rb_compare(&root, leaves);
		}
	}
	CU_ASSERT_TRUE(rb_empty(&root));
}

int main(void)
{
	static const struct test tests[] = {
		{ "types", test_types },
		{ "checked arithmetic", test_checked },
		{ "list", test_list },
		{ "bitmap", test_bitmap },
		{ "rangeset", test_rangeset },
		{ "rangeset at the ends of the numbers", test_rangeset_edges },
		{ "rbtree", test_rbtree },
	};

	return suite_run("containers", tests, ARRAY_SIZE(tests));
}
