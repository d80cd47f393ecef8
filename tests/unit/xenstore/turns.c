// SPDX-License-Identifier: BSD-2-Clause
/*
 * A transaction that keeps losing gets its turn, and nobody can make of that
 * a way to stop others. See turn.h; each of its promises has a test here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

#define PEERS 6u

static struct peer *zero;
static struct peer *peer[PEERS];

/* Peers 0 to 5 are of these domains. */
static void start(unsigned int a, unsigned int b)
{
	const unsigned int domid[PEERS] = { a, b, 0, 0, 0, 0 };

	world_start();
	world.now_ms = 1000000;
	zero = peer_open(0);
	for (unsigned int i = 0; i < PEERS; i++) {
		peer[i] = peer_open(domid[i]);
	}
	(void)ask_write(zero, 0, "/n", "0");
	(void)ask_write(zero, 0, "/ro", "0");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/n", "b0");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/ro", "r0");
}

static void stop(void)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		peer_close(peer[i]);
	}
	peer_close(zero);
	CU_ASSERT_PTR_NULL(world.turn.txn);
	CU_ASSERT_PTR_NULL(world.turn.first);
	CU_ASSERT_PTR_NULL(world.turn.held);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

static void read_and_write(struct peer *p, uint32_t t, const char *path)
{
	char next[16];
	struct reply r = ask_str(p, XS_READ, t, path);

	(void)snprintf(next, sizeof(next), "%d", atoi(r.data) + 1);
	r = ask_write(p, t, path, next);
	CU_ASSERT_TRUE(is_ok(&r));
}

/* Something changes what a transaction looks at: always another value. */
static void disturb(const char *path)
{
	static unsigned int n = 1000;
	char value[16];
	struct reply r;

	n += 10;
	(void)snprintf(value, sizeof(value), "%u", n);
	r = ask_write(zero, 0, path, value);
	CU_ASSERT_TRUE(is_ok(&r));
}

static void lose(struct peer *p, const char *path, unsigned int times)
{
	while (times-- > 0) {
		uint32_t t = begin(p);
		struct reply r;

		read_and_write(p, t, path);
		disturb(path);
		r = commit(p, t);
		CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	}
}

static void send_write(struct peer *p, const char *path, const char *value)
{
	char buf[128];
	int len = snprintf(buf, sizeof(buf), "%s%c%s", path, 0, value);

	send_request(p, XS_WRITE, 0, buf, (size_t)len);
}

static bool answered(struct peer *p)
{
	struct reply r = get_reply(p);

	return is_ok(&r);
}

/* After three losses the next try wins, whatever others send. */
static void test_turn(void)
{
	struct reply r;
	uint32_t t;

	start(0, 0);
	lose(peer[0], "/n", 2);
	t = begin(peer[0]);
	CU_ASSERT_PTR_NULL(world.turn.txn);
	read_and_write(peer[0], t, "/n");
	disturb("/n");
	(void)commit(peer[0], t);
	t = begin(peer[0]);
	CU_ASSERT_PTR_NOT_NULL(world.turn.txn);
	/* Before it has looked at anything. */
	send_write(peer[1], "/n", "x");
	CU_ASSERT_FALSE(answered(peer[1]));
	read_and_write(peer[0], t, "/n");
	/* Others look, and change other things. */
	r = ask_str(peer[2], XS_READ, 0, "/n");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_write(peer[2], 0, "/m", "1");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_EQUAL(world.turn.holds, 1);
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_ok(&r));
	/* The one that waited has come after it. */
	CU_ASSERT_TRUE(answered(peer[1]));
	r = ask_str(peer[2], XS_READ, 0, "/n");
	CU_ASSERT_STRING_EQUAL(r.data, "x");
	/* The next one has nothing to claim. */
	(void)begin(peer[0]);
	CU_ASSERT_PTR_NULL(world.turn.txn);
	stop();
}

/* Every kind of change to what the turn covers waits; nothing else does. */
static void test_covered(void)
{
	static const struct {
		uint32_t type;
		const char *path;
		const char *arg;
		bool waits;
	} rows[] = {
		{ XS_WRITE, "/d/n", "v", true },
		{ XS_SET_PERMS, "/d/n", "r0", true },
		{ XS_RM, "/d/n", NULL, true },
		{ XS_RM, "/d", NULL, true },
		{ XS_MKDIR, "/d/n/child", NULL, true },
		{ XS_WRITE, "/d/other", "v", false },
		{ XS_MKDIR, "/d/n", NULL, false },
		{ XS_RM, "/e", NULL, false },
		{ XS_READ, "/d/n", NULL, false },
		{ XS_WATCH, "/d/n", "t", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buf[64];
		int len;

		start(0, 0);
		(void)ask_write(zero, 0, "/d/n", "0");
		(void)ask_write(zero, 0, "/e", "0");
		lose(peer[0], "/d/n", TURN_LOSSES);
		(void)begin(peer[0]);
		len = snprintf(buf, sizeof(buf), "%s%c%s", rows[i].path, 0,
			       rows[i].arg ? rows[i].arg : "");
		if (rows[i].type != XS_WRITE && rows[i].arg) {
			len++;
		}
		send_request(peer[1], rows[i].type, 0, buf, (size_t)len);
		/* A new directory changes nothing where one is. */
		if (rows[i].type != XS_MKDIR || rows[i].waits) {
			CU_ASSERT_EQUAL(peer[1]->conn->held, rows[i].waits);
		}
		world_pass(TURN_MS);
		CU_ASSERT_TRUE(answered(peer[1]));
		stop();
	}
}

/* A commit of others waits too, and loses then. */
static void test_commits(void)
{
	struct reply r;
	uint32_t t;
	uint32_t u;

	start(0, 0);
	lose(peer[0], "/n", TURN_LOSSES);
	t = begin(peer[0]);
	u = begin(peer[1]);
	read_and_write(peer[1], u, "/n");
	send_request(peer[1], XS_TRANSACTION_END, u, "T", 2);
	CU_ASSERT_TRUE(peer[1]->conn->held);
	read_and_write(peer[0], t, "/n");
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_ok(&r));
	r = get_reply(peer[1]);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	/* Giving up waits for nobody. */
	lose(peer[0], "/n", TURN_LOSSES);
	(void)begin(peer[0]);
	u = begin(peer[1]);
	read_and_write(peer[1], u, "/n");
	r = ask_str(peer[1], XS_TRANSACTION_END, u, "F");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_PTR_NOT_NULL(world.turn.txn);
	stop();
}

/* The order in which a connection sent things is kept while it waits. */
static void test_order(void)
{
	struct reply r;
	uint32_t t;

	start(0, 0);
	lose(peer[0], "/n", TURN_LOSSES);
	t = begin(peer[0]);
	send_write(peer[1], "/n", "first");
	for (unsigned int i = 0; i < 20; i++) {
		send_request(peer[1], XS_READ, 0, "/n", 3);
	}
	CU_ASSERT_FALSE(answered(peer[1]));
	(void)ask_str(peer[0], XS_TRANSACTION_END, t, "F");
	r = get_reply(peer[1]);
	CU_ASSERT_EQUAL(r.type, XS_WRITE);
	for (unsigned int i = 0; i < 20; i++) {
		r = get_reply(peer[1]);
		CU_ASSERT_STRING_EQUAL(r.data, "first");
	}
	stop();
}

/* A turn ends by itself, and each request waits once only. */
static void test_expiry(void)
{
	struct reply r;
	uint32_t t;

	start(0, 0);
	CU_ASSERT_EQUAL(turn_timeout(&world), -1);
	lose(peer[0], "/n", TURN_LOSSES);
	t = begin(peer[0]);
	CU_ASSERT_EQUAL(turn_timeout(&world), (int)TURN_MS);
	send_write(peer[1], "/n", "x");
	world_pass(TURN_MS - 1);
	CU_ASSERT_FALSE(answered(peer[1]));
	CU_ASSERT_EQUAL(turn_timeout(&world), 1);
	world_pass(1);
	CU_ASSERT_TRUE(answered(peer[1]));
	CU_ASSERT_EQUAL(world.turn.expired, 1);
	/* It goes on as any other, and loses as any other. */
	read_and_write(peer[0], t, "/n");
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	(void)begin(peer[0]);
	CU_ASSERT_PTR_NULL(world.turn.txn);
	stop();
}

/* A request that waited for one turn does not wait for the next. */
static void test_once(void)
{
	start(0, 0);
	lose(peer[0], "/n", TURN_LOSSES);
	lose(peer[2], "/n", TURN_LOSSES);
	(void)begin(peer[0]);
	send_write(peer[1], "/n", "x");
	CU_ASSERT_TRUE(peer[1]->conn->held);
	/* Both at once: the turn is over, the next one begins. */
	world.now_ms += TURN_MS;
	turn_tick(&world);
	(void)begin(peer[2]);
	CU_ASSERT_TRUE(answered(peer[1]));
	/* Its next request is another one. */
	(void)begin(peer[2]);
	send_write(peer[1], "/n", "y");
	CU_ASSERT_TRUE(!world.turn.txn || peer[1]->conn->held);
	stop();
}

/* All who lose get a turn, in the order of their claims. */
static void test_queue(void)
{
	start(0, 0);
	for (unsigned int i = 0; i < 4; i++) {
		lose(peer[i], "/n", TURN_LOSSES);
	}
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t t[4];

		for (unsigned int j = 4; j-- > 0;) {
			t[j] = begin(peer[j]);
		}
		CU_ASSERT_PTR_EQUAL(world.turn.conn, peer[i]->conn);
		for (unsigned int j = 4; j-- > 0;) {
			(void)ask_str(peer[j], XS_TRANSACTION_END, t[j], "F");
		}
	}
	CU_ASSERT_PTR_NULL(world.turn.first);
	/* Who does not come is passed over. */
	lose(peer[0], "/n", TURN_LOSSES);
	lose(peer[1], "/n", TURN_LOSSES);
	(void)begin(peer[1]);
	CU_ASSERT_PTR_NULL(world.turn.txn);
	world_pass(TURN_MS + 1);
	(void)begin(peer[1]);
	CU_ASSERT_PTR_EQUAL(world.turn.conn, peer[1]->conn);
	CU_ASSERT_PTR_EQUAL(world.turn.first, peer[0]->conn->claim);
	stop();
}

/* Losses count together only where the paths overlap; a success ends them. */
static void test_overlap(void)
{
	struct reply r;
	uint32_t t;

	start(0, 0);
	(void)ask_write(zero, 0, "/a", "0");
	lose(peer[0], "/n", 2);
	lose(peer[0], "/a", 1);
	CU_ASSERT_EQUAL(peer[0]->conn->claim->losses, 1);
	lose(peer[0], "/a", 1);
	/* Something else commits: that says nothing. */
	t = begin(peer[0]);
	read_and_write(peer[0], t, "/n");
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_EQUAL(peer[0]->conn->claim->losses, 2);
	t = begin(peer[0]);
	read_and_write(peer[0], t, "/a");
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_PTR_NULL(peer[0]->conn->claim);
	stop();
}

/* A hostile guest, losing on purpose and holding its transaction open. */
static void test_guest(void)
{
	struct reply r;

	start(3, 4);
	lose(peer[0], "/n", TURN_LOSSES);
	(void)begin(peer[0]);
	CU_ASSERT_PTR_EQUAL(world.turn.conn, peer[0]->conn);
	/* Domain 0 does not wait. */
	r = ask_write(zero, 0, "/n", "1");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_EQUAL(world.turn.holds, 0);
	/* Another guest does, for so long and no longer. */
	send_write(peer[1], "/n", "2");
	CU_ASSERT_TRUE(peer[1]->conn->held);
	world_pass(TURN_MS);
	CU_ASSERT_TRUE(answered(peer[1]));
	/* Then it rests, however much it loses. */
	lose(peer[0], "/n", 3 * TURN_LOSSES);
	(void)begin(peer[0]);
	CU_ASSERT_PTR_NULL(world.turn.txn);
	world_pass(TURN_REST * (TURN_MS + 1));
	lose(peer[0], "/n", 1);
	(void)begin(peer[0]);
	CU_ASSERT_PTR_NOT_NULL(world.turn.txn);
	/* Domain 0 takes the turn away. */
	lose(peer[2], "/n", TURN_LOSSES);
	(void)begin(peer[2]);
	CU_ASSERT_PTR_EQUAL(world.turn.conn, peer[2]->conn);
	CU_ASSERT_EQUAL(world.turn.expired, 1);
	stop();
}

/* How much of an hour can a guest that does all it can take from another? */
static void test_share(void)
{
	uint64_t held = 0;
	uint64_t end;

	start(3, 4);
	end = world.now_ms + 600000;
	while (world.now_ms < end) {
		lose(peer[0], "/n", TURN_LOSSES);
		(void)begin(peer[0]);
		send_write(peer[1], "/n", "v");
		if (peer[1]->conn->held) {
			held += TURN_MS;
		}
		world_pass(TURN_MS);
		CU_ASSERT_TRUE(answered(peer[1]));
		(void)ask_str(peer[0], XS_RESET_WATCHES, 0, "");
	}
	CU_ASSERT_TRUE(held > 0);
	CU_ASSERT_TRUE(held < 600000 / TURN_REST);
	stop();
}

/* What a guest may only read its turn does not cover. */
static void test_read_only(void)
{
	uint32_t t;
	struct reply r;

	start(3, 4);
	(void)ask(zero, XS_SET_PERMS, 0, "/ro\0r0\0b4", 10);
	for (unsigned int i = 0; i < TURN_LOSSES; i++) {
		t = begin(peer[0]);
		(void)ask_str(peer[0], XS_READ, t, "/ro");
		read_and_write(peer[0], t, "/n");
		disturb("/ro");
		r = commit(peer[0], t);
		CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	}
	(void)begin(peer[0]);
	r = ask_write(peer[1], 0, "/ro", "mine");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_EQUAL(world.turn.holds, 0);
	stop();
}

/* Lost in its own turn, on something new: that is covered the next time. */
static void test_new_path(void)
{
	uint32_t t;
	struct reply r;

	start(0, 0);
	(void)ask_write(zero, 0, "/a", "0");
	lose(peer[0], "/n", TURN_LOSSES);
	t = begin(peer[0]);
	read_and_write(peer[0], t, "/n");
	(void)ask_str(peer[0], XS_READ, t, "/a");
	disturb("/a");
	CU_ASSERT_EQUAL(world.turn.holds, 0);
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	/* As before, and what was the matter then. */
	t = begin(peer[0]);
	CU_ASSERT_PTR_NOT_NULL(world.turn.txn);
	send_write(peer[1], "/a", "x");
	CU_ASSERT_TRUE(peer[1]->conn->held);
	stop();
}

/* Who may not change a node is told so at once. */
static void test_refusal(void)
{
	struct reply r;

	start(3, 4);
	(void)ask(zero, XS_SET_PERMS, 0, "/n\0n0\0b3", 9);
	lose(peer[0], "/n", TURN_LOSSES);
	(void)begin(peer[0]);
	CU_ASSERT_PTR_NOT_NULL(world.turn.txn);
	r = ask_write(peer[1], 0, "/n", "x");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	CU_ASSERT_EQUAL(world.turn.holds, 0);
	stop();
}

/* Connections that wait, have the turn, or queue may close at any time. */
static void test_closes(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		start(0, 0);
		lose(peer[0], "/n", TURN_LOSSES);
		lose(peer[2], "/n", TURN_LOSSES);
		(void)begin(peer[0]);
		send_write(peer[1], "/n", "x");
		conn_close(peer[i]->conn);
		server_settle(&world);
		while (server_run_ready(&world)) {
		}
		server_settle(&world);
		if (i == 0) {
			CU_ASSERT_TRUE(answered(peer[1]));
		}
		stop();
	}
	start(0, 0);
	lose(peer[0], "/n", TURN_LOSSES);
	(void)begin(peer[0]);
	send_write(peer[1], "/n", "x");
	(void)ask_str(peer[0], XS_RESET_WATCHES, 0, "");
	CU_ASSERT_TRUE(answered(peer[1]));
	stop();
}

/*
 * Eight clients count in one node, each one request at a time, in a bad
 * order: the last one always moves least. Without turns it never counts.
 */
static void test_starving(void)
{
	unsigned int commits[PEERS] = { 0 };
	unsigned int total = 0;
	uint32_t t[PEERS] = { 0 };
	unsigned int at[PEERS] = { 0 };
	struct reply r;

	start(0, 0);
	for (unsigned int round = 0; round < 3000; round++) {
		/* Peer 0 gets one step where the others get four. */
		unsigned int i = round % (4 * (PEERS - 1) + 1);

		i = i == 0 ? 0 : 1 + i % (PEERS - 1);
		if (peer[i]->conn->held) {
			continue;
		}
		switch (at[i]++) {
		case 0:
			t[i] = begin(peer[i]);
			break;
		case 1:
			read_and_write(peer[i], t[i], "/n");
			break;
		case 2:
			send_request(peer[i], XS_TRANSACTION_END, t[i], "T", 2);
			break;
		default:
			r = get_reply(peer[i]);
			commits[i] += is_ok(&r);
			at[i] = 0;
		}
		world_pass(round % 8 == 0);
	}
	for (unsigned int i = 0; i < PEERS; i++) {
		total += commits[i];
	}
	CU_ASSERT_TRUE(total > 100);
	CU_ASSERT_TRUE(commits[0] >= 3000 / (4 * (PEERS - 1) + 1) / 4 / 8);
	stop();
}

void add_turn_suite(void)
{
	static const struct test_row rows[] = {
		{ "turn: the fourth try wins", test_turn },
		{ "turn: what it covers", test_covered },
		{ "turn: commits of others", test_commits },
		{ "turn: order is kept", test_order },
		{ "turn: it expires", test_expiry },
		{ "turn: a request waits once", test_once },
		{ "turn: a queue", test_queue },
		{ "turn: overlapping paths", test_overlap },
		{ "turn: a hostile guest", test_guest },
		{ "turn: a guest's share of time", test_share },
		{ "turn: not what one may only read", test_read_only },
		{ "turn: a new path", test_new_path },
		{ "turn: refusals are not late", test_refusal },
		{ "turn: connections that close", test_closes },
		{ "turn: nobody starves", test_starving },
		{ NULL, NULL },
	};

	add_suite_both("turns", rows);
}
