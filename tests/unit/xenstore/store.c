// SPDX-License-Identifier: BSD-2-Clause
/* The tree: sharing, books, order of children. */
#include "xenstore/daemon/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "xenstore/daemon/quota.h"

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
	struct value *v = value_create(text, strlen(text));
	int rc = store_write(tree, &ledger, path, v, creator);

	value_put(v);
	return rc;
}

static bool has(struct node *tree, const char *path, const char *text)
{
	const struct node *node = store_find(tree, path);

	return node && node->value && node->value->len == strlen(text) &&
	       memcmp(node->value->data, text, node->value->len) == 0;
}

static void test_write_read(void)
{
	start();
	CU_ASSERT_EQUAL(write_text(&root, "/a/b/c", "1", 0), 0);
	CU_ASSERT_TRUE(has(root, "/a/b/c", "1"));
	CU_ASSERT_PTR_NOT_NULL(store_find(root, "/a/b"));
	CU_ASSERT_PTR_NULL(store_find(root, "/a/b")->value);
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
	before = store_find(root, "/a")->generation;
	(void)write_text(&root, "/a/x", "2", 0);
	CU_ASSERT_EQUAL(store_find(root, "/a")->generation, before);
	(void)write_text(&root, "/a/y", "2", 0);
	CU_ASSERT_NOT_EQUAL(store_find(root, "/a")->generation, before);
	before = store_find(root, "/a")->generation;
	(void)store_remove(&root, &ledger, "/a/y");
	CU_ASSERT_NOT_EQUAL(store_find(root, "/a")->generation, before);
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
	CU_ASSERT_EQUAL(a->child_count, 300);
	for (uint32_t i = 1; i < a->child_count; i++) {
		CU_ASSERT_TRUE(
			strcmp(a->child[i - 1]->name, a->child[i]->name) < 0);
	}
	stop();
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
	CU_ASSERT_EQUAL(perms_owner(store_find(root, "/home/b/c")->perms), 5);
	CU_ASSERT_EQUAL(store_find(root, "/home/b")->perms->count, 2);
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
	CU_ASSERT_EQUAL(store_find(root, "/a/named")->perms->count, 2);
	CU_ASSERT_EQUAL(store_find(old, "/a/named")->perms->count, 3);
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
		{ "store: order of children", test_order },
		{ "store: owners and books", test_owners },
		{ "store: a domain is forgotten", test_forget },
		{ NULL, NULL },
	};

	add_suite("store", rows);
}
