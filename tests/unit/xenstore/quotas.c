// SPDX-License-Identifier: BSD-2-Clause
/* Each limit is reached, refused, counted, and free again afterwards. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

static struct peer *zero;
static struct peer *guest;

static void stop(void)
{
	peer_close(guest);
	peer_close(zero);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

static void limit(enum quota_kind kind, uint64_t n)
{
	world.quota->limit[kind] = n;
}

static void test_nodes(void)
{
	struct reply r;
	uint32_t t;

	world_begin(&zero, &guest);
	limit(QUOTA_NODES, 4);
	r = ask_write(guest, 0, "a/b", "");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_write(guest, 0, "c/d", "");
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	CU_ASSERT_EQUAL(world.quota->hits[QUOTA_NODES], 1);
	CU_ASSERT_EQUAL(world.quota->use[3].hits[QUOTA_NODES], 1);
	r = ask_str(guest, XS_MKDIR, 0, "c");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(guest, XS_MKDIR, 0, "d");
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	/* Writing what exists, and domain 0, are not bound. */
	r = ask_write(guest, 0, "a/b", "x");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_write(zero, 0, "/local/domain/3/e", "x");
	CU_ASSERT_TRUE(is_ok(&r));
	(void)ask_str(zero, XS_RM, 0, "/local/domain/3/e");
	(void)ask_str(guest, XS_RM, 0, "a");
	/* In a transaction its own nodes count too. */
	t = begin(guest);
	(void)ask_str(guest, XS_MKDIR, t, "x");
	r = ask_str(guest, XS_MKDIR, t, "y");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(guest, XS_MKDIR, t, "z");
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	/* And what was free at first may be taken at the end. */
	(void)ask_str(guest, XS_MKDIR, 0, "taken");
	r = commit(guest, t);
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	r = ask_str(guest, XS_READ, 0, "x");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	stop();
}

static void test_sizes(void)
{
	char big[3000];
	struct reply r;

	world_begin(&zero, &guest);
	memset(big, 'x', sizeof(big));
	big[2048] = '\0';
	r = ask_write(guest, 0, "v", big);
	CU_ASSERT_TRUE(is_ok(&r));
	big[2048] = 'x';
	big[2049] = '\0';
	r = ask_write(guest, 0, "v", big);
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	r = ask_write(zero, 0, "/local/domain/3/v", big);
	CU_ASSERT_TRUE(is_ok(&r));
	limit(QUOTA_DEPTH, 5);
	r = ask_str(guest, XS_MKDIR, 0, "a/b");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(guest, XS_MKDIR, 0, "a/b/c");
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	limit(QUOTA_PERMS, 2);
	r = ask(guest, XS_SET_PERMS, 0, "a\0n3\0r1\0r2", 11);
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	r = ask(guest, XS_SET_PERMS, 0, "a\0n3\0r1", 8);
	CU_ASSERT_TRUE(is_ok(&r));
	stop();
}

static void test_memory(void)
{
	char value[1001];
	char path[16];
	struct reply r;
	unsigned int n = 0;

	world_begin(&zero, &guest);
	memset(value, 'x', 1000);
	value[1000] = '\0';
	limit(QUOTA_MEMORY, 20000);
	for (unsigned int i = 0; i < 100; i++) {
		(void)snprintf(path, sizeof(path), "m%u", i);
		r = ask_write(guest, 0, path, value);
		n += is_ok(&r);
	}
	CU_ASSERT_TRUE(n > 10 && n < 20);
	CU_ASSERT_TRUE(world.quota->use[3].bytes <= 20000);
	/* Smaller is always possible. */
	r = ask_write(guest, 0, "m0", "");
	CU_ASSERT_TRUE(is_ok(&r));
	/* A transaction's notes count as well. */
	limit(QUOTA_TXN_PATHS, 1u << 20);
	(void)ask_str(guest, XS_RM, 0, "m1");
	{
		uint32_t t = begin(guest);

		for (unsigned int i = 0; i < 1000; i++) {
			(void)snprintf(path, sizeof(path), "nope%u", i);
			r = ask_str(guest, XS_READ, t, path);
		}
		CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
		CU_ASSERT_TRUE(world.quota->use[3].bytes <= 20100);
		r = ask_str(guest, XS_TRANSACTION_END, t, "F");
		CU_ASSERT_TRUE(is_ok(&r));
	}
	stop();
}

/* A transaction keeps every change: writing one node again and again counts. */
static void test_rewrites(void)
{
	char value[1001];
	struct reply r;
	unsigned int n = 0;
	uint32_t t;

	world_begin(&zero, &guest);
	memset(value, 'x', 1000);
	value[1000] = '\0';
	limit(QUOTA_MEMORY, 50000);
	t = begin(guest);
	do {
		r = ask_write(guest, t, "same", value);
		n++;
	} while (is_ok(&r) && n < 1000);
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	CU_ASSERT_TRUE(n < 60);
	CU_ASSERT_TRUE(world.quota->use[3].bytes <= 50000);
	(void)ask_str(guest, XS_TRANSACTION_END, t, "F");
	t = begin(guest);
	for (n = 0; n < 1000; n++) {
		r = ask_str(guest, XS_MKDIR, t, "d");
		(void)ask_str(guest, XS_RM, t, "d");
	}
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	stop();
}

/* Old trees that guests keep by open transactions are bounded. */
static void test_past(void)
{
	char value[2001];
	char path[16];
	struct reply r;
	uint32_t first = 0;
	uint32_t last = 0;

	world_begin(&zero, &guest);
	memset(value, 'x', 2000);
	value[2000] = '\0';
	world.past_limit = 100000;
	for (unsigned int i = 0; i < 30; i++) {
		last = begin(guest);
		first = first ? first : last;
		for (unsigned int j = 0; j < 10; j++) {
			(void)snprintf(path, sizeof(path), "p%u", j);
			r = ask_write(guest, 0, path, value);
			CU_ASSERT_TRUE(is_ok(&r));
		}
	}
	CU_ASSERT_TRUE(store_allocated() <=
		       world.quota->booked + world.past_limit);
	CU_ASSERT_TRUE(world.doomed > 10);
	r = ask_str(guest, XS_READ, first, "p1");
	CU_ASSERT_TRUE(is_ok(&r));
	r = commit(guest, first);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	(void)ask_write(guest, last, "q", "x");
	r = commit(guest, last);
	CU_ASSERT_TRUE(is_ok(&r));
	stop();
	CU_ASSERT_EQUAL(store_allocated(), 0);
}

static void test_watches(void)
{
	char token[16];
	struct reply r;

	world_begin(&zero, &guest);
	limit(QUOTA_WATCHES, 10);
	for (unsigned int i = 0; i < 11; i++) {
		(void)snprintf(token, sizeof(token), "t%u", i);
		r = ask_two(guest, XS_WATCH, 0, "a", token);
		CU_ASSERT_EQUAL(is_ok(&r), i < 10);
	}
	CU_ASSERT_TRUE(is_error(&r, "E2BIG"));
	(void)ask_two(guest, XS_UNWATCH, 0, "a", "t5");
	r = ask_two(guest, XS_WATCH, 0, "a", "t10");
	CU_ASSERT_TRUE(is_ok(&r));
	stop();
}

static void test_transactions(void)
{
	uint32_t id[6];
	struct reply r;

	world_begin(&zero, &guest);
	limit(QUOTA_TRANSACTIONS, 5);
	for (unsigned int i = 0; i < 6; i++) {
		id[i] = begin(guest);
		CU_ASSERT_EQUAL(id[i] != 0, i < 5);
	}
	(void)commit(guest, id[2]);
	id[2] = begin(guest);
	CU_ASSERT_NOT_EQUAL(id[2], 0);
	limit(QUOTA_TXN_PATHS, 3);
	(void)ask_str(guest, XS_READ, id[0], "a");
	r = ask_str(guest, XS_READ, id[0], "b/c/d/e");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(guest, XS_READ, id[0], "c");
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	stop();
}

/* The log says who, what, need and limit; once a minute for each kind. */
static void test_log(void)
{
	world_begin(&zero, &guest);
	limit(QUOTA_NODES, 1);
	world.quota->now = 1000;
	CU_ASSERT_EQUAL(quota_check(world.quota, 3, QUOTA_NODES, 2), -ENOSPC);
	CU_ASSERT_EQUAL(world.quota->use[3].logged[QUOTA_NODES], 1001);
	world.quota->now = 1059;
	(void)quota_check(world.quota, 3, QUOTA_NODES, 2);
	CU_ASSERT_EQUAL(world.quota->use[3].logged[QUOTA_NODES], 1001);
	world.quota->now = 1060;
	(void)quota_check(world.quota, 3, QUOTA_NODES, 2);
	CU_ASSERT_EQUAL(world.quota->use[3].logged[QUOTA_NODES], 1061);
	CU_ASSERT_EQUAL(world.quota->use[3].hits[QUOTA_NODES], 3);
	CU_ASSERT_EQUAL(quota_check(world.quota, 0, QUOTA_NODES, 99), 0);
	stop();
}

/*
 * Two guests are bound as one is: what the second writes into nodes of the
 * first is the first one's, and so is the limit.
 */
static void test_nodes_of_others(void)
{
	struct peer *friend;
	char value[2001];
	char path[40];
	struct reply r;
	uint32_t t;

	world_begin(&zero, &guest);
	friend = peer_open(5);
	memset(value, 'v', 2000);
	value[2000] = '\0';
	limit(QUOTA_MEMORY, 20000);
	for (unsigned int i = 0; i < 20; i++) {
		(void)snprintf(path, sizeof(path), "/local/domain/3/%u", i);
		(void)ask_write(guest, 0, path, "");
		r = ask_two(guest, XS_SET_PERMS, 0, path, "b3");
		CU_ASSERT_TRUE(is_ok(&r));
	}
	for (unsigned int i = 0; i < 20; i++) {
		(void)snprintf(path, sizeof(path), "/local/domain/3/%u", i);
		r = ask_write(friend, 0, path, value);
	}
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	CU_ASSERT_TRUE(world.quota->use[3].bytes <= 20000);
	CU_ASSERT_TRUE(world.quota->use[3].hits[QUOTA_MEMORY] > 0);
	CU_ASSERT_EQUAL(world.quota->use[5].hits[QUOTA_MEMORY], 0);
	/* Nor in transactions, each of which would fit alone. */
	(void)ask_write(guest, 0, "0", "");
	limit(QUOTA_MEMORY, world.quota->use[3].bytes + 2000);
	t = begin(friend);
	r = ask_write(friend, t, "/local/domain/3/0", value);
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_write(guest, 0, "more", value + 500);
	CU_ASSERT_TRUE(is_ok(&r));
	r = commit(friend, t);
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	CU_ASSERT_TRUE(world.quota->use[3].bytes <=
		       world.quota->limit[QUOTA_MEMORY]);
	/* Domain 0 is not bound by anybody's. */
	r = ask_write(zero, 0, "/local/domain/3/0", value);
	CU_ASSERT_TRUE(is_ok(&r));
	peer_close(friend);
	stop();
}

/* What one commit has to do is bounded, also if it is one path's. */
static void test_changes(void)
{
	struct reply r;
	uint32_t t;

	world_begin(&zero, &guest);
	limit(QUOTA_TXN_PATHS, 10);
	t = begin(guest);
	for (unsigned int i = 0; i < 10; i++) {
		r = ask_write(guest, t, "a", "x");
		CU_ASSERT_TRUE(is_ok(&r));
	}
	r = ask_write(guest, t, "a", "x");
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	r = commit(guest, t);
	CU_ASSERT_TRUE(is_ok(&r));
	stop();
}

void add_quota_suite(void)
{
	static const struct test_row rows[] = {
		{ "quota: nodes", test_nodes },
		{ "quota: sizes", test_sizes },
		{ "quota: memory", test_memory },
		{ "quota: rewrites in a transaction", test_rewrites },
		{ "quota: the past", test_past },
		{ "quota: watches", test_watches },
		{ "quota: transactions", test_transactions },
		{ "quota: log", test_log },
		{ "quota: nodes of others", test_nodes_of_others },
		{ "quota: changes of one transaction", test_changes },
		{ NULL, NULL },
	};

	add_suite_both("quotas", rows);
}
