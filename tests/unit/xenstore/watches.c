// SPDX-License-Identifier: BSD-2-Clause
/* Which changes are told to whom, in which form and order. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

static struct peer *zero;
static struct peer *guest;

static void stop(void)
{
	CU_ASSERT_TRUE(books_balance());
	peer_close(guest);
	peer_close(zero);
	CU_ASSERT_EQUAL(world.watches.count, 0);
	world_stop();
}

static void watch(struct peer *p, const char *path, const char *token)
{
	struct reply r = ask_two(p, XS_WATCH, 0, path, token);

	CU_ASSERT_TRUE(is_ok(&r));
	/* Each watch fires once when it is set. */
	CU_ASSERT_NOT_EQUAL(*next_event(p), '\0');
}

static void test_initial(void)
{
	struct reply r;

	world_begin(&zero, &guest);
	r = ask_two(zero, XS_WATCH, 0, "/not/there", "tok");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/not/there tok");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "");
	r = ask_two(zero, XS_WATCH, 0, "/not/there", "tok");
	CU_ASSERT_TRUE(is_error(&r, "EEXIST"));
	r = ask_two(zero, XS_WATCH, 0, "/not/there", "other");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_two(zero, XS_UNWATCH, 0, "/not/there", "tok");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_two(zero, XS_UNWATCH, 0, "/not/there", "tok");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_two(zero, XS_WATCH, 0, "/bad//path", "tok");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask_str(zero, XS_WATCH, 0, "/path");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask_two(zero, XS_WATCH, 0, "@what", "tok");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	stop();
}

static void test_matching(void)
{
	world_begin(&zero, &guest);
	watch(zero, "/a/b", "t");
	(void)ask_write(zero, 0, "/a/b", "1");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/a/b t");
	(void)ask_write(zero, 0, "/a/b/c/d", "1");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/a/b/c/d t");
	(void)ask_write(zero, 0, "/a/bb", "1");
	(void)ask_write(zero, 0, "/a", "1");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	(void)ask_str(zero, XS_MKDIR, 0, "/a/b/e");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/a/b/e t");
	(void)ask_str(zero, XS_MKDIR, 0, "/a/b/e");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	(void)ask_two(zero, XS_SET_PERMS, 0, "/a/b", "r0");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/a/b t");
	(void)ask_str(zero, XS_READ, 0, "/a/b");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	stop();
}

/* What disappears with its parent is told to who watches just it. */
static void test_removal(void)
{
	world_begin(&zero, &guest);
	(void)ask_write(zero, 0, "/a/b/c", "1");
	watch(zero, "/a", "top");
	watch(zero, "/a/b/c", "deep");
	watch(zero, "/a/b/x", "never");
	(void)ask_str(zero, XS_RM, 0, "/a/b");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/a/b top");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/a/b/c deep");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	stop();
}

static void test_relative(void)
{
	world_begin(&zero, &guest);
	watch(guest, "device", "t");
	(void)ask_write(guest, 0, "device/vif/0/state", "1");
	CU_ASSERT_STRING_EQUAL(next_event(guest), "device/vif/0/state t");
	(void)ask_str(zero, XS_RM, 0, "/local/domain/3/device");
	CU_ASSERT_STRING_EQUAL(next_event(guest), "device t");
	stop();
}

/* Nobody hears of what he may not read. */
static void test_permission(void)
{
	world_begin(&zero, &guest);
	watch(guest, "/secret", "t");
	(void)ask_write(zero, 0, "/secret", "1");
	(void)ask_write(zero, 0, "/secret/below", "1");
	CU_ASSERT_EQUAL(count_events(guest), 0);
	(void)ask_two(zero, XS_SET_PERMS, 0, "/secret", "r0");
	CU_ASSERT_EQUAL(count_events(guest), 1);
	/* The child got its permissions before: still closed. */
	(void)ask_write(zero, 0, "/secret/below", "2");
	CU_ASSERT_EQUAL(count_events(guest), 0);
	/* A readable parent shows children that come and go. */
	(void)ask_str(zero, XS_RM, 0, "/secret/below");
	CU_ASSERT_EQUAL(count_events(guest), 1);
	(void)ask_two(zero, XS_SET_PERMS, 0, "/secret", "n0");
	CU_ASSERT_EQUAL(count_events(guest), 1);
	(void)ask_write(zero, 0, "/secret", "3");
	CU_ASSERT_EQUAL(count_events(guest), 0);
	stop();
}

static void test_depth(void)
{
	struct reply r;

	world_begin(&zero, &guest);
	r = ask(zero, XS_WATCH, 0,
		"/d\0t\0"
		"1",
		7);
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_EQUAL(count_events(zero), 1);
	(void)ask_write(zero, 0, "/d", "1");
	(void)ask_write(zero, 0, "/d/x", "1");
	(void)ask_write(zero, 0, "/d/x/y", "1");
	CU_ASSERT_EQUAL(count_events(zero), 2);
	r = ask(zero, XS_WATCH, 0, "/d\0u\0x", 7);
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	stop();
}

static void test_transactions(void)
{
	uint32_t t;

	world_begin(&zero, &guest);
	watch(zero, "/a", "t");
	t = begin(zero);
	(void)ask_write(zero, t, "/a/x", "1");
	(void)ask_write(zero, t, "/a/y", "1");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	(void)ask_str(zero, XS_TRANSACTION_END, t, "F");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	t = begin(guest);
	(void)ask_write(guest, t, "name", "1");
	watch(zero, "/local", "u");
	(void)commit(guest, t);
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/local/domain/3/name u");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	stop();
}

static void test_reset(void)
{
	struct reply r;
	uint32_t t;

	world_begin(&zero, &guest);
	watch(guest, "a", "t");
	watch(guest, "b", "t");
	t = begin(guest);
	r = ask_str(guest, XS_RESET_WATCHES, 0, "");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_EQUAL(world.watches.count, 0);
	r = commit(guest, t);
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	stop();
}

static void test_token_limit(void)
{
	char token[WATCH_TOKEN_MAX + 2];
	struct reply r;

	world_begin(&zero, &guest);
	memset(token, 't', sizeof(token));
	token[WATCH_TOKEN_MAX + 1] = '\0';
	r = ask_two(zero, XS_WATCH, 0, "/", token);
	CU_ASSERT_TRUE(is_error(&r, "E2BIG"));
	token[WATCH_TOKEN_MAX] = '\0';
	r = ask_two(zero, XS_WATCH, 0, "/", token);
	CU_ASSERT_TRUE(is_ok(&r));
	stop();
}

/* Events for a peer that does not read are merged and bounded. */
static void test_stuck_watcher(void)
{
	char path[64];
	const char *event = "";
	const char *last = "";
	unsigned int n = 0;

	world_begin(&zero, &guest);
	watch(guest, "w", "t");
	guest->stuck = true;
	for (unsigned int i = 0; i < 20000; i++) {
		(void)snprintf(path, sizeof(path), "/local/domain/3/w/n%u",
			       i % 5000);
		(void)ask_write(zero, 0, path, "1");
	}
	CU_ASSERT_TRUE(conn_event_bytes(guest->conn) <=
		       world.quota->limit[QUOTA_OUTSTANDING] * 1024 + 128);
	CU_ASSERT_TRUE(world.quota->hits[QUOTA_OUTSTANDING] > 0);
	guest->stuck = false;
	peer_run(guest);
	server_settle(&world);
	while (*(event = next_event(guest)) != '\0') {
		last = event;
		n++;
	}
	/* The last one says: look at everything. */
	CU_ASSERT_STRING_EQUAL(last, "w t");
	CU_ASSERT_TRUE(n > 100 && n < 10000);
	CU_ASSERT_EQUAL(conn_event_bytes(guest->conn), 0);
	(void)ask_write(zero, 0, "/local/domain/3/w/again", "1");
	CU_ASSERT_STRING_EQUAL(next_event(guest), "w/again t");
	stop();
}

static void test_unwatch_drops(void)
{
	world_begin(&zero, &guest);
	watch(zero, "/u", "t");
	watch(zero, "/u", "s");
	(void)ask_two(zero, XS_UNWATCH, 0, "/u", "t");
	(void)ask_write(zero, 0, "/u", "1");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "/u s");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	stop();
}

void add_watch_suite(void)
{
	static const struct test_row rows[] = {
		{ "watch: initial event, errors", test_initial },
		{ "watch: what matches", test_matching },
		{ "watch: removal", test_removal },
		{ "watch: relative paths", test_relative },
		{ "watch: permission", test_permission },
		{ "watch: depth", test_depth },
		{ "watch: transactions", test_transactions },
		{ "watch: reset", test_reset },
		{ "watch: token length", test_token_limit },
		{ "watch: stuck watcher", test_stuck_watcher },
		{ "watch: unwatch", test_unwatch_drops },
		{ NULL, NULL },
	};

	add_suite_both("watches", rows);
}
