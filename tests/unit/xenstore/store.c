// SPDX-License-Identifier: BSD-2-Clause
/* The tree: sharing, books, order of children. */
#include "xenstore/daemon/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "xenstore/daemon/quota.h"
#include "xenstore/daemon/slab.h"

static struct quota *books;
static struct ledger ledger;
static struct node *root;

static void start(void)
{
	books = quota_create();
	ledger = (struct ledger){ .book = books };
	root = store_create(&ledger);
}

static void stop(void)
{
	node_put(root);
	quota_destroy(books);
}

static int write_text(struct node **tree, const char *path, const char *text,
		      unsigned int creator)
{
	return store_write(tree, &ledger, path, text, strlen(text), creator);
}

static bool has(struct node *tree, const char *path, const char *text)
{
	const struct node *node = store_find(tree, path);

	return node && node->value_len == strlen(text) &&
	       memcmp(node_value(node), text, node->value_len) == 0;
}

static void test_write_read(void)
{
	start();
	CU_ASSERT_EQUAL(write_text(&root, "/a/b/c", "1", 0), 0);
	CU_ASSERT_TRUE(has(root, "/a/b/c", "1"));
	CU_ASSERT_PTR_NOT_NULL(store_find(root, "/a/b"));
	CU_ASSERT_EQUAL(store_find(root, "/a/b")->value_len, 0);
	CU_ASSERT_PTR_NULL(store_find(root, "/a/x"));
	CU_ASSERT_PTR_NULL(store_find(root, "/a/b/c/d"));
	CU_ASSERT_PTR_EQUAL(store_find(root, "/"), root);
	CU_ASSERT_EQUAL(write_text(&root, "/a/b/c", "22", 0), 0);
	CU_ASSERT_TRUE(has(root, "/a/b/c", "22"));
	CU_ASSERT_EQUAL(store_count(root), 4);
	CU_ASSERT_EQUAL(books->use[0].nodes, 4);
	CU_ASSERT_EQUAL(store_remove(&root, &ledger, "/a"), 0);
	CU_ASSERT_EQUAL(store_remove(&root, &ledger, "/a"), -ENOENT);
	CU_ASSERT_EQUAL(store_remove(&root, &ledger, "/"), -ENOENT);
	CU_ASSERT_EQUAL(books->use[0].nodes, 1);
	stop();
}

/* A kept root never changes, and what did not change is shared. */
static void test_snapshots(void)
{
	struct node *old;
	struct node *b;

	start();
	(void)write_text(&root, "/a/x", "1", 0);
	(void)write_text(&root, "/b/y", "2", 0);
	old = node_get(root);
	b = store_find(root, "/b");
	(void)write_text(&root, "/a/x", "changed", 0);
	(void)write_text(&root, "/a/new", "3", 0);
	CU_ASSERT_PTR_NOT_EQUAL(old, root);
	CU_ASSERT_TRUE(has(old, "/a/x", "1"));
	CU_ASSERT_PTR_NULL(store_find(old, "/a/new"));
	CU_ASSERT_TRUE(has(root, "/a/x", "changed"));
	CU_ASSERT_PTR_EQUAL(store_find(root, "/b"), b);
	CU_ASSERT_PTR_EQUAL(store_find(old, "/b"), b);
	(void)store_remove(&root, &ledger, "/b");
	CU_ASSERT_TRUE(has(old, "/b/y", "2"));
	node_put(old);
	stop();
}

/* Without snapshots nothing is copied. */
static void test_in_place(void)
{
	struct node *a;

	start();
	(void)write_text(&root, "/a/x", "1", 0);
	a = store_find(root, "/a");
	(void)write_text(&root, "/a/x", "2", 0);
	(void)write_text(&root, "/a/z", "2", 0);
	CU_ASSERT_PTR_EQUAL(store_find(root, "/a"), a);
	stop();
}

static void test_generations(void)
{
	uint64_t before;

	start();
	(void)write_text(&root, "/a/x", "1", 0);
	before = node_generation(store_find(root, "/a"));
	(void)write_text(&root, "/a/x", "2", 0);
	CU_ASSERT_EQUAL(node_generation(store_find(root, "/a")), before);
	(void)write_text(&root, "/a/y", "2", 0);
	CU_ASSERT_NOT_EQUAL(node_generation(store_find(root, "/a")), before);
	before = node_generation(store_find(root, "/a"));
	(void)store_remove(&root, &ledger, "/a/y");
	CU_ASSERT_NOT_EQUAL(node_generation(store_find(root, "/a")), before);
	stop();
}

static void test_order(void)
{
	const struct node *a;
	char path[32];

	start();
	for (unsigned int i = 0; i < 300; i++) {
		(void)snprintf(path, sizeof(path), "/a/n%u", i * 7919 % 300);
		CU_ASSERT_EQUAL(write_text(&root, path, "", 0), 0);
	}
	a = store_find(root, "/a");
	CU_ASSERT_EQUAL(node_child_count(a), 300);
	for (uint32_t i = 1; i < 300; i++) {
		CU_ASSERT_TRUE(strcmp(node_child_at(a, i - 1)->name,
				      node_child_at(a, i)->name) < 0);
	}
	CU_ASSERT_PTR_NULL(node_child_at(a, 300));
	stop();
}

#define MANY 5000u

static unsigned int dice(void)
{
	static uint32_t state = 1;

	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

/* The children of @dir are those that @there says, in order. */
static bool children_are(const struct node *dir, const bool *there)
{
	const struct node *child;
	struct child_iter it;
	uint64_t skip = 0;
	uint32_t n = 0;
	char name[16];

	child_iter_start(&it, dir);
	for (unsigned int i = 0; i < MANY; i++) {
		struct child_iter from;
		uint64_t rest = skip + i % 3;
		size_t len = (size_t)snprintf(name, sizeof(name), "n%05u", i);

		if (!there[i]) {
			if (node_child(dir, name, len)) {
				return false;
			}
			continue;
		}
		child = child_next(&it);
		if (!child || strcmp(child->name, name) != 0 ||
		    node_child(dir, name, len) != child ||
		    node_child_at(dir, n++) != child) {
			return false;
		}
		child_iter_start(&from, dir);
		child_skip(&from, &rest);
		if (rest != i % 3 || child_next(&from) != child) {
			return false;
		}
		skip += child->name_len + 1u;
	}
	return !child_next(&it) && node_child_count(dir) == n;
}

/* Many children come and go in any order, and what is kept stays. */
static void test_many_children(void)
{
	static bool there[MANY];
	static bool then[MANY];
	struct node *kept = NULL;
	char path[32];

	start();
	CU_ASSERT_EQUAL(store_mkdir(&root, &ledger, "/d", 0), 0);
	for (unsigned int i = 0; i < 12 * MANY; i++) {
		unsigned int n = dice() % MANY;
		bool fill = i / (2 * MANY) % 2 == 0;

		(void)snprintf(path, sizeof(path), "/d/n%05u", n);
		if (fill || dice() % 8 == 0) {
			CU_ASSERT_EQUAL(store_mkdir(&root, &ledger, path, 0),
					0);
			there[n] = true;
		} else if (there[n]) {
			CU_ASSERT_EQUAL(store_remove(&root, &ledger, path), 0);
			there[n] = false;
		}
		if (i % 7001 == 0) {
			CU_ASSERT_TRUE(
				!kept ||
				children_are(store_find(kept, "/d"), then));
			CU_ASSERT_TRUE(
				children_are(store_find(root, "/d"), there));
			node_put(kept);
			kept = node_get(root);
			memcpy(then, there, sizeof(then));
		}
	}
	for (unsigned int n = 0; n < MANY; n++) {
		(void)snprintf(path, sizeof(path), "/d/n%05u", n);
		(void)store_remove(&root, &ledger, path);
	}
	CU_ASSERT_EQUAL(node_child_count(store_find(root, "/d")), 0);
	CU_ASSERT_EQUAL(node_generation(store_find(root, "/d")), 0);
	CU_ASSERT_TRUE(children_are(store_find(kept, "/d"), then));
	CU_ASSERT_EQUAL(books->use[0].nodes, 2);
	node_put(kept);
	stop();
	CU_ASSERT_EQUAL(store_allocated(), 0);
}

/* A change in a large shared directory copies a little, not all of it. */
static void test_shared_directory(void)
{
	struct node *kept;
	uint64_t before;
	char path[32];

	start();
	for (unsigned int i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof(path), "/d/n%05u", i);
		(void)store_mkdir(&root, &ledger, path, 0);
	}
	kept = node_get(root);
	before = store_allocated();
	CU_ASSERT_EQUAL(store_mkdir(&root, &ledger, "/d/new", 0), 0);
	CU_ASSERT_TRUE(store_allocated() - before < 2048);
	node_put(kept);
	stop();
}

struct thing {
	unsigned char *at;
	size_t size;
};

static bool is_filled(const struct thing *t, unsigned char with)
{
	for (size_t i = 0; i < t->size; i++) {
		if (t->at[i] != with) {
			return false;
		}
	}
	return true;
}

/* Objects do not overlap, and pages without objects serve any size. */
static void test_slab(void)
{
	static struct thing thing[3000];
	uint64_t before = slab_pages();

	for (unsigned int i = 0; i < 100000; i++) {
		unsigned int n = dice() % 3000;
		struct thing *t = &thing[n];

		if (t->at) {
			CU_ASSERT_TRUE(is_filled(t, (unsigned char)n));
			slab_give(t->at);
			t->at = NULL;
		} else {
			t->size = 1 + dice() % 512;
			t->at = slab_take(t->size);
			CU_ASSERT_PTR_NOT_NULL_FATAL(t->at);
			memset(t->at, (int)(n & 255), t->size);
		}
	}
	for (unsigned int n = 0; n < 3000; n++) {
		if (thing[n].at) {
			CU_ASSERT_TRUE(is_filled(&thing[n], (unsigned char)n));
			slab_give(thing[n].at);
		}
	}
	CU_ASSERT_EQUAL(slab_pages(), before);
	CU_ASSERT_PTR_NULL(slab_take(513));
	CU_ASSERT_PTR_NULL(slab_take(0));
}

static void test_owners(void)
{
	static const char text[] = "b4\0r0";
	struct perms *perms;

	start();
	(void)write_text(&root, "/home", "", 0);
	CU_ASSERT_EQUAL_FATAL(perms_parse(text, sizeof(text), &perms), 0);
	CU_ASSERT_EQUAL(store_set_perms(&root, &ledger, "/home", perms), 0);
	CU_ASSERT_EQUAL(store_set_perms(&root, &ledger, "/nope", perms),
			-ENOENT);
	perms_put(perms);
	CU_ASSERT_EQUAL(books->use[4].nodes, 1);
	/* Domain 0 creates for the owner above; others for themselves. */
	(void)write_text(&root, "/home/a", "", 0);
	CU_ASSERT_EQUAL(books->use[4].nodes, 2);
	(void)write_text(&root, "/home/b/c", "", 5);
	CU_ASSERT_EQUAL(books->use[5].nodes, 2);
	CU_ASSERT_EQUAL(perms_owner(node_perms(store_find(root, "/home/b/c"))),
			5);
	CU_ASSERT_EQUAL(node_perms(store_find(root, "/home/b"))->count, 2);
	(void)store_remove(&root, &ledger, "/home");
	CU_ASSERT_EQUAL(books->use[4].nodes, 0);
	CU_ASSERT_EQUAL(books->use[4].bytes, 0);
	CU_ASSERT_EQUAL(books->use[5].bytes, 0);
	stop();
}

static void removed(void *ctx, const char *path, const struct node *node)
{
	char *all = ctx;

	(void)node;
	strcat(all, path);
	strcat(all, " ");
}

static void test_forget(void)
{
	static const char mine[] = "n4";
	static const char named[] = "n0\0r4\0w5";
	char gone[64] = "";
	struct node *old;
	struct perms *perms;

	start();
	(void)write_text(&root, "/a/mine/below", "", 0);
	(void)write_text(&root, "/a/named", "", 0);
	(void)perms_parse(mine, sizeof(mine), &perms);
	(void)store_set_perms(&root, &ledger, "/a/mine", perms);
	perms_put(perms);
	(void)perms_parse(named, sizeof(named), &perms);
	(void)store_set_perms(&root, &ledger, "/a/named", perms);
	perms_put(perms);
	old = node_get(root);
	CU_ASSERT_EQUAL(store_forget_domain(&root, &ledger, 4, removed, gone),
			0);
	CU_ASSERT_STRING_EQUAL(gone, "/a/mine ");
	CU_ASSERT_PTR_NULL(store_find(root, "/a/mine"));
	CU_ASSERT_PTR_NOT_NULL(store_find(old, "/a/mine/below"));
	CU_ASSERT_EQUAL(node_perms(store_find(root, "/a/named"))->count, 2);
	CU_ASSERT_EQUAL(node_perms(store_find(old, "/a/named"))->count, 3);
	CU_ASSERT_EQUAL(books->use[4].bytes, 0);
	CU_ASSERT_EQUAL(books->use[0].nodes, 3);
	node_put(old);
	stop();
}

void add_store_suite(void)
{
	static const struct test_row rows[] = {
		{ "store: write, read, remove", test_write_read },
		{ "store: snapshots stay", test_snapshots },
		{ "store: changes in place", test_in_place },
		{ "store: generations", test_generations },
		{ "store: many children", test_many_children },
		{ "store: a shared directory", test_shared_directory },
		{ "store: slab", test_slab },
		{ "store: order of children", test_order },
		{ "store: owners and books", test_owners },
		{ "store: a domain is forgotten", test_forget },
		{ NULL, NULL },
	};

	add_suite("store", rows);
}
