// SPDX-License-Identifier: BSD-2-Clause
/* Transactions: what they see, and which of them may commit. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

static struct peer *p;
static struct peer *q;

static void start(void)
{
	world_start();
	p = peer_open(0);
	q = peer_open(0);
	(void)ask_write(p, 0, "/a", "1");
	(void)ask_write(p, 0, "/b", "2");
}

static void stop(void)
{
	peer_close(p);
	peer_close(q);
	CU_ASSERT_TRUE(books_balance());
	CU_ASSERT_EQUAL(world.quota->use[0].transactions, 0);
	world_stop();
}

static void test_isolation(void)
{
	struct reply r;
	uint32_t t;

	start();
	t = begin(p);
	CU_ASSERT_NOT_EQUAL(t, 0);
	(void)ask_write(p, t, "/a", "in");
	(void)ask_write(q, 0, "/c", "out");
	r = ask_str(p, XS_READ, t, "/a");
	CU_ASSERT_STRING_EQUAL(r.data, "in");
	CU_ASSERT_EQUAL(r.tx_id, t);
	r = ask_str(q, XS_READ, 0, "/a");
	CU_ASSERT_STRING_EQUAL(r.data, "1");
	r = ask_str(p, XS_READ, t, "/c");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_TRANSACTION_END, t, "F");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_READ, 0, "/a");
	CU_ASSERT_STRING_EQUAL(r.data, "1");
	stop();
}

static void test_errors(void)
{
	struct reply r;
	uint32_t t;

	start();
	r = ask_str(p, XS_READ, 99, "/a");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_TRANSACTION_END, 0, "T");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	t = begin(p);
	r = ask_str(p, XS_TRANSACTION_START, t, "");
	CU_ASSERT_TRUE(is_error(&r, "EBUSY"));
	r = ask_str(p, XS_TRANSACTION_END, t, "X");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	/* A transaction belongs to its connection. */
	r = ask_str(q, XS_READ, t, "/a");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = commit(p, t);
	CU_ASSERT_TRUE(is_ok(&r));
	r = commit(p, t);
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	stop();
}

/* One row: a look or change in T, a change by another, does T commit? */
struct conflict {
	const char *name;
	uint32_t look;
	const char *look_path;
	uint32_t other;
	const char *other_path;
	const char *other_value;
	bool commits;
};

static struct reply act(struct peer *who, uint32_t type, uint32_t tx,
			const char *path, const char *value)
{
	if (type == XS_WRITE) {
		return ask_write(who, tx, path, value);
	}
	if (type == XS_SET_PERMS) {
		return ask_two(who, type, tx, path, value);
	}
	return ask_str(who, type, tx, path);
}

static void test_conflicts(void)
{
	static const struct conflict rows[] = {
		{ "read, written", XS_READ, "/a", XS_WRITE, "/a", "x", false },
		{ "read, same value", XS_READ, "/a", XS_WRITE, "/a", "1",
		  true },
		{ "read, child made", XS_READ, "/a", XS_MKDIR, "/a/c", "",
		  true },
		{ "list, child made", XS_DIRECTORY, "/a", XS_MKDIR, "/a/c", "",
		  false },
		{ "list, written", XS_DIRECTORY, "/a", XS_WRITE, "/a", "x",
		  true },
		{ "list, grandchild made", XS_DIRECTORY, "/", XS_MKDIR, "/a/c",
		  "", true },
		{ "missing, made", XS_READ, "/n", XS_MKDIR, "/n", "", false },
		{ "missing, beside made", XS_READ, "/n", XS_MKDIR, "/m", "",
		  true },
		{ "read, removed", XS_READ, "/a", XS_RM, "/a", "", false },
		{ "read, other removed", XS_READ, "/a", XS_RM, "/b", "", true },
		{ "read, perms", XS_READ, "/a", XS_SET_PERMS, "/a", "r0",
		  false },
		{ "read, same perms", XS_READ, "/a", XS_SET_PERMS, "/a", "n0",
		  true },
		{ "perms, written", XS_GET_PERMS, "/a", XS_WRITE, "/a", "x",
		  true },
		{ "write, written", XS_WRITE, "/a", XS_WRITE, "/a", "x", true },
		{ "write, removed", XS_WRITE, "/a", XS_RM, "/a", "", false },
		{ "write new, made", XS_WRITE, "/n", XS_WRITE, "/n", "x",
		  false },
		{ "mkdir, sibling made", XS_MKDIR, "/a/n", XS_MKDIR, "/a/m", "",
		  true },
		{ "mkdir, parent gone", XS_MKDIR, "/a/n", XS_RM, "/a", "",
		  false },
		{ "rm, child made", XS_RM, "/a", XS_MKDIR, "/a/c", "", true },
		{ "rm, gone", XS_RM, "/a", XS_RM, "/a", "", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct conflict *c = &rows[i];
		struct reply r;
		uint32_t t;

		start();
		t = begin(p);
		(void)act(p, c->look, t, c->look_path, "mine");
		(void)ask_write(p, t, "/result", "done");
		r = act(q, c->other, 0, c->other_path, c->other_value);
		CU_ASSERT_TRUE(is_ok(&r));
		r = commit(p, t);
		if (is_ok(&r) != c->commits) {
			(void)printf("\n    row \"%s\"\n", c->name);
		}
		CU_ASSERT_EQUAL(is_ok(&r), c->commits);
		CU_ASSERT_TRUE(c->commits || is_error(&r, "EAGAIN"));
		r = ask_str(q, XS_READ, 0, "/result");
		CU_ASSERT_EQUAL(is_ok(&r), c->commits);
		stop();
	}
}

/* Two transactions on different subtrees both commit; both stand. */
static void test_disjoint(void)
{
	struct reply r;
	uint32_t t;
	uint32_t u;

	start();
	t = begin(p);
	u = begin(q);
	(void)ask_str(p, XS_READ, t, "/a");
	(void)ask_str(q, XS_READ, u, "/b");
	(void)ask_write(p, t, "/a/x/y", "p");
	(void)ask_write(q, u, "/b/x/y", "q");
	(void)ask_write(p, t, "/a", "p");
	(void)ask_write(q, u, "/b", "q");
	r = commit(p, t);
	CU_ASSERT_TRUE(is_ok(&r));
	r = commit(q, u);
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_READ, 0, "/a/x/y");
	CU_ASSERT_STRING_EQUAL(r.data, "p");
	r = ask_str(p, XS_READ, 0, "/b/x/y");
	CU_ASSERT_STRING_EQUAL(r.data, "q");
	stop();
}

/* The same counter: the second one loses, and wins when it tries again. */
static void test_counter(void)
{
	struct reply r;
	uint32_t t;
	uint32_t u;

	start();
	t = begin(p);
	u = begin(q);
	(void)ask_str(p, XS_READ, t, "/a");
	(void)ask_str(q, XS_READ, u, "/a");
	(void)ask_write(p, t, "/a", "2");
	(void)ask_write(q, u, "/a", "2");
	r = commit(p, t);
	CU_ASSERT_TRUE(is_ok(&r));
	r = commit(q, u);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	CU_ASSERT_EQUAL(world.conflicts, 1);
	u = begin(q);
	r = ask_str(q, XS_READ, u, "/a");
	CU_ASSERT_STRING_EQUAL(r.data, "2");
	(void)ask_write(q, u, "/a", "3");
	r = commit(q, u);
	CU_ASSERT_TRUE(is_ok(&r));
	stop();
}

/* A transaction that only looks sees one moment, and never fails. */
static void test_read_only(void)
{
	struct reply r;
	uint32_t t;

	start();
	t = begin(p);
	(void)ask_str(p, XS_READ, t, "/a");
	(void)ask_write(q, 0, "/a", "x");
	(void)ask_write(q, 0, "/b", "x");
	r = ask_str(p, XS_READ, t, "/b");
	CU_ASSERT_STRING_EQUAL(r.data, "2");
	r = commit(p, t);
	CU_ASSERT_TRUE(is_ok(&r));
	stop();
}

/* Removing and making again inside one transaction. */
static void test_replace(void)
{
	struct reply r;
	uint32_t t;

	start();
	(void)ask_write(p, 0, "/a/old", "1");
	t = begin(p);
	(void)ask_str(p, XS_RM, t, "/a");
	r = ask_str(p, XS_READ, t, "/a/old");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	(void)ask_write(p, t, "/a/new", "2");
	(void)ask_write(q, 0, "/c", "3");
	r = commit(p, t);
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_READ, 0, "/a/old");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_READ, 0, "/a/new");
	CU_ASSERT_STRING_EQUAL(r.data, "2");
	stop();
}

static void test_close(void)
{
	start();
	for (unsigned int i = 0; i < 20; i++) {
		uint32_t t = begin(p);

		(void)ask_write(p, t, "/a", "lost");
	}
	stop();
}

void add_txn_suite(void)
{
	static const struct test_row rows[] = {
		{ "txn: isolation", test_isolation },
		{ "txn: errors", test_errors },
		{ "txn: what conflicts", test_conflicts },
		{ "txn: disjoint subtrees", test_disjoint },
		{ "txn: a counter", test_counter },
		{ "txn: only looking", test_read_only },
		{ "txn: remove and make again", test_replace },
		{ "txn: open at close", test_close },
		{ NULL, NULL },
	};

	add_suite_both("transactions", rows);
}
