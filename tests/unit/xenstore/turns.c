// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who lost has the turn the next time, those who would lose to each other go
 * one after the other, and nobody can make of that a way to stop others. See
 * turn.h; each of its promises has a test here.
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
	CU_ASSERT_PTR_NULL(world.turns.running);
	CU_ASSERT_PTR_NULL(world.turns.held);
	CU_ASSERT_PTR_NULL(world.turns.held_last);
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

/* All at once: none has the turn yet. */
static void lose_all(unsigned int count, const char *path)
{
	uint32_t t[PEERS];

	for (unsigned int i = 0; i < count; i++) {
		t[i] = begin(peer[i]);
		read_and_write(peer[i], t[i], path);
	}
	disturb(path);
	for (unsigned int i = 0; i < count; i++) {
		struct reply r = commit(peer[i], t[i]);

		CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	}
}

/* @p alone, without help: what comes in its way is not held back. */
static void lose(struct peer *p, const char *path)
{
	uint32_t t = begin(p);
	struct reply r;

	read_and_write(p, t, path);
	disturb(path);
	r = commit(p, t);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
}

static bool runs(const struct peer *p)
{
	return p->conn->turn && p->conn->turn->runs;
}

static void send_start(struct peer *p)
{
	send_request(p, XS_TRANSACTION_START, 0, "", 1);
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

/* The transaction that was waited for; 0: it is still waiting. */
static uint32_t started(struct peer *p)
{
	struct reply r = get_reply(p);

	return r.type == XS_TRANSACTION_START
		       ? (uint32_t)strtoul(r.data, NULL, 10)
		       : 0;
}

/* After a loss the next try wins, whatever others send. */
static void test_turn(void)
{
	struct reply r;
	uint32_t t;

	start(0, 0);
	lose(peer[0], "/n");
	t = begin(peer[0]);
	CU_ASSERT_TRUE(runs(peer[0]));
	/* Before it has looked at anything. */
	send_write(peer[1], "/n", "x");
	CU_ASSERT_FALSE(answered(peer[1]));
	read_and_write(peer[0], t, "/n");
	/* Others look, start, and change other things. */
	r = ask_str(peer[2], XS_READ, 0, "/n");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_write(peer[2], 0, "/m", "1");
	CU_ASSERT_TRUE(is_ok(&r));
	(void)ask_str(peer[2], XS_TRANSACTION_END, begin(peer[2]), "F");
	CU_ASSERT_EQUAL(world.turns.holds, 1);
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_ok(&r));
	/* The one that waited has come after it. */
	CU_ASSERT_TRUE(answered(peer[1]));
	r = ask_str(peer[2], XS_READ, 0, "/n");
	CU_ASSERT_STRING_EQUAL(r.data, "x");
	stop();
}

/* A claim ends where nobody waited, and where it is not touched any more. */
static void test_claim_ends(void)
{
	uint32_t t;

	start(0, 0);
	lose(peer[0], "/n");
	t = begin(peer[0]);
	read_and_write(peer[0], t, "/n");
	(void)commit(peer[0], t);
	CU_ASSERT_PTR_NULL(peer[0]->conn->turn);
	lose(peer[0], "/n");
	t = begin(peer[0]);
	read_and_write(peer[0], t, "/n");
	send_write(peer[1], "/n", "x");
	(void)commit(peer[0], t);
	CU_ASSERT_TRUE(answered(peer[1]));
	CU_ASSERT_PTR_NOT_NULL(peer[0]->conn->turn);
	t = begin(peer[0]);
	read_and_write(peer[0], t, "/m");
	send_write(peer[1], "/n", "x");
	(void)commit(peer[0], t);
	CU_ASSERT_TRUE(answered(peer[1]));
	CU_ASSERT_PTR_NULL(peer[0]->conn->turn);
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
		lose(peer[0], "/d/n");
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
	lose(peer[0], "/n");
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
	lose(peer[0], "/n");
	(void)begin(peer[0]);
	u = begin(peer[2]);
	read_and_write(peer[2], u, "/n");
	r = ask_str(peer[2], XS_TRANSACTION_END, u, "F");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_TRUE(runs(peer[0]));
	stop();
}

/* The order in which a connection sent things is kept while it waits. */
static void test_order(void)
{
	struct reply r;
	uint32_t t;

	start(0, 0);
	lose(peer[0], "/n");
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
	lose(peer[0], "/n");
	t = begin(peer[0]);
	CU_ASSERT_EQUAL(turn_timeout(&world), (int)TURN_MS);
	send_write(peer[1], "/n", "x");
	world_pass(TURN_MS - 1);
	CU_ASSERT_FALSE(answered(peer[1]));
	CU_ASSERT_EQUAL(turn_timeout(&world), 1);
	world_pass(1);
	CU_ASSERT_TRUE(answered(peer[1]));
	CU_ASSERT_EQUAL(world.turns.expired, 1);
	CU_ASSERT_PTR_NULL(peer[0]->conn->turn);
	/* It goes on as any other, and loses as any other. */
	read_and_write(peer[0], t, "/n");
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	stop();
}

/* A request that waited for one turn does not wait for the next. */
static void test_once(void)
{
	start(0, 0);
	lose_all(2, "/n");
	(void)begin(peer[0]);
	send_write(peer[2], "/n", "x");
	CU_ASSERT_TRUE(peer[2]->conn->held);
	/* Both at once: the turn is over, the next one begins. */
	send_start(peer[1]);
	world.now_ms += TURN_MS;
	turn_tick(&world);
	CU_ASSERT_TRUE(runs(peer[1]));
	world_pass(0);
	CU_ASSERT_TRUE(answered(peer[2]));
	/* Its next request is another one. */
	send_write(peer[2], "/n", "y");
	CU_ASSERT_TRUE(peer[2]->conn->held);
	stop();
}

/*
 * Who would lose to each other runs one after the other, in the order in
 * which they came, and all win at their first try.
 */
static void test_queue(void)
{
	struct reply r;
	uint32_t t;

	start(0, 0);
	(void)ask_write(zero, 0, "/n", "0");
	lose_all(4, "/n");
	(void)ask_write(zero, 0, "/n", "0");
	for (unsigned int i = 0; i < 4; i++) {
		send_start(peer[i]);
		CU_ASSERT_EQUAL(peer[i]->conn->held, i > 0);
	}
	for (unsigned int round = 0; round < 12; round++) {
		unsigned int i = round % 4;

		t = started(peer[i]);
		CU_ASSERT_NOT_EQUAL(t, 0);
		CU_ASSERT_TRUE(runs(peer[i]));
		CU_ASSERT_EQUAL(started(peer[(i + 1) % 4]), 0);
		read_and_write(peer[i], t, "/n");
		r = commit(peer[i], t);
		CU_ASSERT_TRUE(is_ok(&r));
		/* Again, behind the others. */
		send_start(peer[i]);
	}
	r = ask_str(zero, XS_READ, 0, "/n");
	CU_ASSERT_STRING_EQUAL(r.data, "12");
	/* They waited for others before: a claim is kept for that as well. */
	for (unsigned int i = 0; i < 2; i++) {
		t = started(peer[i]);
		read_and_write(peer[i], t, "/n");
		(void)commit(peer[i], t);
	}
	CU_ASSERT_PTR_NOT_NULL(peer[1]->conn->turn);
	stop();
}

/* Turns on different paths run side by side, what looks at both as well. */
static void test_disjoint(void)
{
	uint32_t t;

	start(0, 0);
	(void)ask_write(zero, 0, "/a", "0");
	(void)ask_write(zero, 0, "/both", "0");
	for (unsigned int i = 0; i < 2; i++) {
		t = begin(peer[i]);
		(void)ask_str(peer[i], XS_READ, t, "/both");
		read_and_write(peer[i], t, i ? "/a" : "/n");
		disturb(i ? "/a" : "/n");
		(void)commit(peer[i], t);
	}
	(void)begin(peer[0]);
	send_start(peer[1]);
	CU_ASSERT_NOT_EQUAL(started(peer[1]), 0);
	CU_ASSERT_TRUE(runs(peer[0]));
	CU_ASSERT_TRUE(runs(peer[1]));
	/* Who has a turn waits for nobody: neither does the other one then. */
	CU_ASSERT_TRUE((send_write(peer[0], "/a", "x"), answered(peer[0])));
	CU_ASSERT_TRUE((send_write(peer[1], "/n", "x"), answered(peer[1])));
	stop();
}

/* What comes after a turn waits for nothing that it does not need. */
static void test_after(void)
{
	uint32_t t;

	start(0, 0);
	(void)ask_write(zero, 0, "/a", "0");
	/* 0 lost on both, 1 and 3 on one, 2 on the other. */
	t = begin(peer[0]);
	read_and_write(peer[0], t, "/n");
	read_and_write(peer[0], t, "/a");
	disturb("/n");
	disturb("/a");
	(void)commit(peer[0], t);
	lose(peer[1], "/n");
	lose(peer[2], "/a");
	lose(peer[3], "/n");
	t = begin(peer[0]);
	for (unsigned int i = 1; i < 4; i++) {
		send_start(peer[i]);
		CU_ASSERT_TRUE(peer[i]->conn->held);
	}
	(void)ask_str(peer[0], XS_TRANSACTION_END, t, "F");
	CU_ASSERT_TRUE(runs(peer[1]));
	CU_ASSERT_TRUE(runs(peer[2]));
	CU_ASSERT_TRUE(peer[3]->conn->held);
	/* The turn that it waits for now is that of peer 1. */
	world_pass(1);
	t = started(peer[1]);
	(void)ask_str(peer[1], XS_TRANSACTION_END, t, "F");
	CU_ASSERT_TRUE(runs(peer[3]));
	stop();
}

/* A start waits for all that are before it, but no longer than it is told. */
static void test_wait_ends(void)
{
	struct peer *more[30];
	uint32_t t[30];
	unsigned int with_turn = 0;

	start(0, 0);
	for (unsigned int i = 0; i < 30; i++) {
		more[i] = peer_open(0);
		t[i] = begin(more[i]);
		read_and_write(more[i], t[i], "/n");
	}
	disturb("/n");
	for (unsigned int i = 0; i < 30; i++) {
		(void)commit(more[i], t[i]);
	}
	for (unsigned int i = 0; i < 30; i++) {
		send_start(more[i]);
	}
	/* Each has its turn and lets it pass. */
	for (unsigned int ms = 0; ms < TURN_WAIT_MS; ms += TURN_MS) {
		CU_ASSERT_NOT_EQUAL(started(more[with_turn]), 0);
		CU_ASSERT_TRUE(runs(more[with_turn]));
		with_turn++;
		CU_ASSERT_TRUE(more[29]->conn->held);
		world_pass(TURN_MS);
	}
	CU_ASSERT_EQUAL(with_turn, TURN_WAIT_MS / TURN_MS);
	for (unsigned int i = with_turn; i < 30; i++) {
		CU_ASSERT_NOT_EQUAL(started(more[i]), 0);
	}
	for (unsigned int i = 0; i < 30; i++) {
		peer_close(more[i]);
	}
	stop();
}

/* A start that fails had the turn for TURN_MS, and no longer. */
static void test_failed_start(void)
{
	struct reply r;

	start(3, 4);
	lose_all(2, "/n");
	world.quota->limit[QUOTA_TRANSACTIONS] = 0;
	send_start(peer[0]);
	r = get_reply(peer[0]);
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	send_start(peer[1]);
	CU_ASSERT_TRUE(peer[1]->conn->held);
	world_pass(TURN_MS);
	r = get_reply(peer[1]);
	CU_ASSERT_TRUE(is_error(&r, "ENOSPC"));
	CU_ASSERT_EQUAL(world.turns.expired, 1);
	stop();
}

/* A hostile guest, losing on purpose and holding its transaction open. */
static void test_guest(void)
{
	struct reply r;
	uint32_t t;

	start(3, 4);
	lose_all(3, "/n");
	(void)begin(peer[0]);
	CU_ASSERT_TRUE(runs(peer[0]));
	/* Domain 0 does not wait, nor does its turn. */
	r = ask_write(zero, 0, "/n", "1");
	CU_ASSERT_TRUE(is_ok(&r));
	t = begin(peer[2]);
	CU_ASSERT_TRUE(runs(peer[2]));
	CU_ASSERT_EQUAL(world.turns.holds, 0);
	/* The guest does wait for it, with its own. */
	send_write(peer[0], "/n", "1");
	CU_ASSERT_TRUE(peer[0]->conn->held);
	(void)ask_str(peer[2], XS_TRANSACTION_END, t, "F");
	CU_ASSERT_TRUE(answered(peer[0]));
	/* Another guest does, for so long and no longer. */
	send_write(peer[1], "/n", "2");
	CU_ASSERT_TRUE(peer[1]->conn->held);
	world_pass(TURN_MS);
	CU_ASSERT_TRUE(answered(peer[1]));
	/* Then it rests, however much it loses, and does not wait either. */
	lose(peer[0], "/n");
	send_start(peer[1]);
	CU_ASSERT_TRUE(runs(peer[1]));
	(void)begin(peer[0]);
	CU_ASSERT_FALSE(runs(peer[0]));
	CU_ASSERT_FALSE(peer[0]->conn->held);
	world_pass(TURN_REST * (TURN_MS + 1));
	(void)begin(peer[0]);
	CU_ASSERT_TRUE(runs(peer[0]));
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
		lose(peer[0], "/n");
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

/* Other transactions of a connection that has the turn: they have not. */
static void test_several(void)
{
	struct reply r;
	uint32_t t;
	uint32_t u;

	start(0, 0);
	(void)ask_write(zero, 0, "/a", "0");
	lose(peer[0], "/n");
	t = begin(peer[0]);
	u = begin(peer[0]);
	(void)ask_str(peer[0], XS_TRANSACTION_END, u, "F");
	CU_ASSERT_TRUE(runs(peer[0]));
	u = begin(peer[0]);
	read_and_write(peer[0], u, "/a");
	disturb("/a");
	r = commit(peer[0], u);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	send_write(peer[1], "/n", "x");
	CU_ASSERT_TRUE(peer[1]->conn->held);
	(void)ask_str(peer[0], XS_TRANSACTION_END, t, "F");
	CU_ASSERT_TRUE(answered(peer[1]));
	stop();
}

/* A turn on a list of children, and two guests with rights to some of it. */
static void test_list(void)
{
	static const struct {
		bool blind; /* domain 4 may write /d, not read it */
		uint32_t type;
		const char *path;
		bool waits;
		const char *error;
	} rows[] = {
		{ false, XS_MKDIR, "/d/new", true, NULL },
		{ false, XS_RM, "/d/mine", true, NULL },
		/* Refused at once. */
		{ false, XS_RM, "/d/his", false, "EACCES" },
		{ true, XS_RM, "/d/mine", false, NULL },
		{ true, XS_MKDIR, "/d/new", false, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reply r;
		uint32_t t;

		start(3, 4);
		(void)ask_write(zero, 0, "/d/his", "0");
		(void)ask_write(zero, 0, "/d/mine", "0");
		(void)ask_two(zero, XS_SET_PERMS, 0, "/d/his", "n0");
		(void)ask_two(zero, XS_SET_PERMS, 0, "/d/mine", "b4");
		if (rows[i].blind) {
			(void)ask(zero, XS_SET_PERMS, 0, "/d\0w0\0b3", 9);
		} else {
			(void)ask(zero, XS_SET_PERMS, 0, "/d\0b0", 6);
		}
		t = begin(peer[0]);
		(void)ask_str(peer[0], XS_DIRECTORY, t, "/d");
		(void)ask_write(peer[0], t, "/n", "x");
		(void)ask_str(zero, XS_MKDIR, 0, "/d/other");
		(void)commit(peer[0], t);
		(void)begin(peer[0]);
		CU_ASSERT_TRUE(runs(peer[0]));
		send_request(peer[1], rows[i].type, 0, rows[i].path,
			     strlen(rows[i].path) + 1);
		CU_ASSERT_EQUAL(peer[1]->conn->held, rows[i].waits);
		world_pass(TURN_MS);
		r = get_reply(peer[1]);
		CU_ASSERT_TRUE(rows[i].error ? is_error(&r, rows[i].error)
					     : is_ok(&r));
		stop();
	}
}

/* What a guest may only read or only write its turn does not cover. */
static void test_one_right(void)
{
	uint32_t t;
	struct reply r;

	for (unsigned int i = 0; i < 2; i++) {
		start(3, 4);
		if (i) {
			(void)ask(zero, XS_SET_PERMS, 0, "/ro\0w0\0b4", 10);
		} else {
			(void)ask(zero, XS_SET_PERMS, 0, "/ro\0r0\0b4", 10);
		}
		t = begin(peer[0]);
		if (i) {
			(void)ask_write(peer[0], t, "/ro", "mine");
		} else {
			(void)ask_str(peer[0], XS_READ, t, "/ro");
		}
		read_and_write(peer[0], t, "/n");
		disturb("/n");
		disturb("/ro");
		if (i) {
			(void)ask_str(zero, XS_RM, 0, "/ro");
		}
		r = commit(peer[0], t);
		CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
		(void)begin(peer[0]);
		CU_ASSERT_EQUAL(peer[0]->conn->turn->count, 1);
		CU_ASSERT_TRUE(runs(peer[0]));
		r = ask_write(i ? zero : peer[1], 0, "/ro", "mine");
		CU_ASSERT_TRUE(is_ok(&r));
		CU_ASSERT_EQUAL(world.turns.holds, 0);
		stop();
	}
}

/* Who lost on nothing that he may claim has no claim. */
static void test_nothing(void)
{
	struct reply r;
	uint32_t t;

	start(3, 4);
	t = begin(peer[0]);
	(void)ask_str(peer[0], XS_READ, t, "/ro");
	read_and_write(peer[0], t, "/n");
	disturb("/ro");
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	CU_ASSERT_PTR_NULL(peer[0]->conn->turn);
	stop();
}

/* Who may write what he may not read does not learn that there is a turn. */
static void test_blind(void)
{
	static const struct {
		uint32_t type;
		const char *path;
	} rows[] = {
		{ XS_WRITE, "/d/n" },
		{ XS_RM, "/d/n" },
		{ XS_RM, "/d" },
		{ XS_MKDIR, "/d/n/child" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reply r;

		start(3, 4);
		(void)ask_write(zero, 0, "/d/n", "0");
		(void)ask(zero, XS_SET_PERMS, 0, "/d\0n0\0b4", 9);
		(void)ask(zero, XS_SET_PERMS, 0, "/d/n\0b0\0w4", 11);
		lose(peer[0], "/d/n");
		(void)begin(peer[0]);
		CU_ASSERT_TRUE(runs(peer[0]));
		if (rows[i].type == XS_WRITE) {
			r = ask_write(peer[1], 0, rows[i].path, "x");
		} else {
			r = ask_str(peer[1], rows[i].type, 0, rows[i].path);
		}
		CU_ASSERT_TRUE(is_ok(&r));
		CU_ASSERT_EQUAL(world.turns.holds, 0);
		stop();
	}
}

/* Lost in its own turn, on something new: that is covered the next time. */
static void test_new_path(void)
{
	uint32_t t;
	struct reply r;

	start(0, 0);
	(void)ask_write(zero, 0, "/a", "0");
	lose(peer[0], "/n");
	t = begin(peer[0]);
	read_and_write(peer[0], t, "/n");
	(void)ask_str(peer[0], XS_READ, t, "/a");
	disturb("/a");
	CU_ASSERT_EQUAL(world.turns.holds, 0);
	r = commit(peer[0], t);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	/* As before, and what was the matter then. */
	(void)begin(peer[0]);
	CU_ASSERT_TRUE(runs(peer[0]));
	send_write(peer[1], "/a", "x");
	CU_ASSERT_TRUE(peer[1]->conn->held);
	send_write(peer[2], "/n", "x");
	CU_ASSERT_TRUE(peer[2]->conn->held);
	stop();
}

/* Who may not change a node is told so at once. */
static void test_refusal(void)
{
	struct reply r;

	start(3, 4);
	(void)ask(zero, XS_SET_PERMS, 0, "/n\0n0\0b3", 9);
	lose(peer[0], "/n");
	(void)begin(peer[0]);
	CU_ASSERT_TRUE(runs(peer[0]));
	r = ask_write(peer[1], 0, "/n", "x");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	CU_ASSERT_EQUAL(world.turns.holds, 0);
	stop();
}

/* Connections that wait, have the turn, or queue may close at any time. */
static void test_closes(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		start(0, 0);
		lose_all(3, "/n");
		(void)begin(peer[0]);
		send_write(peer[1], "/n", "x");
		send_start(peer[2]);
		send_write(peer[3], "/n", "x");
		conn_close(peer[i]->conn);
		server_settle(&world);
		while (server_run_ready(&world)) {
		}
		server_settle(&world);
		if (i == 0) {
			CU_ASSERT_TRUE(answered(peer[1]));
			CU_ASSERT_NOT_EQUAL(started(peer[2]), 0);
		}
		/* Who comes next is behind the last one that is left. */
		send_write(peer[4], "/n", "x");
		world_pass(2 * TURN_MS);
		world_pass(2 * TURN_MS);
		CU_ASSERT_TRUE(answered(peer[4]));
		stop();
	}
	start(0, 0);
	lose(peer[0], "/n");
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
			send_start(peer[i]);
			break;
		case 1:
			t[i] = started(peer[i]);
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
		{ "turn: the second try wins", test_turn },
		{ "turn: a claim ends", test_claim_ends },
		{ "turn: what it covers", test_covered },
		{ "turn: commits of others", test_commits },
		{ "turn: order is kept", test_order },
		{ "turn: it expires", test_expiry },
		{ "turn: a request waits once", test_once },
		{ "turn: a queue", test_queue },
		{ "turn: disjoint ones run side by side", test_disjoint },
		{ "turn: who comes after", test_after },
		{ "turn: waiting ends", test_wait_ends },
		{ "turn: a start that fails", test_failed_start },
		{ "turn: a hostile guest", test_guest },
		{ "turn: a guest's share of time", test_share },
		{ "turn: several at one connection", test_several },
		{ "turn: lists of children", test_list },
		{ "turn: nothing to claim", test_nothing },
		{ "turn: not what one may only read or write", test_one_right },
		{ "turn: not seen where one may not read", test_blind },
		{ "turn: a new path", test_new_path },
		{ "turn: refusals are not late", test_refusal },
		{ "turn: connections that close", test_closes },
		{ "turn: nobody starves", test_starving },
		{ NULL, NULL },
	};

	add_suite_both("turns", rows);
}
