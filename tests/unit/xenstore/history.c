// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random programs of domain 0 and guests, at once, on the same nodes: inside
 * and outside of transactions, with limits that are hit, with turns (so that
 * requests wait while others go on), with connections that close. A plain map
 * is the model: whatever was answered must be true for some order of all that
 * took effect, and that order is the one of the answers. After every step the
 * books equal a recount of everything.
 *
 * A client sends one request and waits for its answer; others go on meanwhile.
 * Requests that wait for a turn go on in the order in which they came, so the
 * answers are looked at in that order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

#define PATHS	 4
#define CLIENTS	 6
#define STEPS	 1500
#define SEEN_MAX 40

#define MISSING (-1)
#define UNKNOWN (-2)

struct client {
	struct peer *peer;
	unsigned int domid;
	uint32_t tx;
	int seen[PATHS];  /* what the transaction read first, or UNKNOWN */
	int wrote[PATHS]; /* what it wrote last, or UNKNOWN */
	bool changed;
	unsigned int requests; /* in this transaction */
	/* The request that is on its way. */
	uint32_t type;
	int path;
	int value;
	uint64_t sent; /* order of sending; 0: none */
};

static const unsigned int domids[CLIENTS] = { 0, 0, 1, 2, 3, 4 };
static struct client clients[CLIENTS];
static int model[PATHS];
static unsigned int commits, losses, refused;
static uint64_t state;

static unsigned int roll(unsigned int n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(state >> 33) % n;
}

static void forget(struct client *c)
{
	c->tx = 0;
	c->changed = false;
	c->requests = 0;
	for (int i = 0; i < PATHS; i++) {
		c->seen[i] = UNKNOWN;
		c->wrote[i] = UNKNOWN;
	}
}

static void send(struct client *c, uint32_t type, int path, int value)
{
	static uint64_t order;
	char buf[64];
	int len = snprintf(buf, sizeof(buf), "/p/n%d", path) + 1;

	c->type = type;
	c->path = path;
	c->value = value;
	c->sent = ++order;
	if (type == XS_WRITE) {
		len += snprintf(buf + len, sizeof(buf) - (size_t)len, "%d",
				value);
	} else if (type == XS_TRANSACTION_END || type == XS_TRANSACTION_START) {
		len = snprintf(buf, sizeof(buf), "%s", value ? "T" : "F") + 1;
	}
	send_request(c->peer, type, c->tx, buf, (size_t)len);
}

static void answer_read(struct client *c, const struct reply *r)
{
	int got = is_ok(r) ? atoi(r->data) : MISSING;
	int own = c->wrote[c->path];

	if (is_error(r, "ENOSPC")) {
		return;
	}
	CU_ASSERT_TRUE(is_ok(r) || is_error(r, "ENOENT"));
	if (!c->tx) {
		CU_ASSERT_EQUAL(got, model[c->path]);
	} else if (own != UNKNOWN) {
		CU_ASSERT_EQUAL(got, own);
	} else if (c->seen[c->path] != UNKNOWN) {
		CU_ASSERT_EQUAL(got, c->seen[c->path]);
	} else {
		c->seen[c->path] = got;
	}
}

static void answer_change(struct client *c, const struct reply *r, int value)
{
	if (is_error(r, "ENOSPC")) {
		refused++;
		return;
	}
	CU_ASSERT_TRUE(is_ok(r));
	if (c->tx) {
		c->wrote[c->path] = value;
		c->changed = true;
	} else {
		model[c->path] = value;
	}
}

static void answer_end(struct client *c, const struct reply *r)
{
	if (c->value && is_ok(r) && c->changed) {
		commits++;
		for (int i = 0; i < PATHS; i++) {
			if (c->seen[i] != UNKNOWN) {
				CU_ASSERT_EQUAL(c->seen[i], model[i]);
			}
			if (c->wrote[i] != UNKNOWN) {
				model[i] = c->wrote[i];
			}
		}
	}
	losses += is_error(r, "EAGAIN");
	CU_ASSERT_TRUE(is_ok(r) || is_error(r, "EAGAIN") ||
		       is_error(r, "ENOSPC"));
	forget(c);
}

static void answer(struct client *c, const struct reply *r)
{
	c->sent = 0;
	switch (c->type) {
	case XS_READ:
		answer_read(c, r);
		return;
	case XS_WRITE:
		answer_change(c, r, c->value);
		return;
	case XS_RM:
		answer_change(c, r, MISSING);
		return;
	case XS_TRANSACTION_START:
		CU_ASSERT_TRUE(is_ok(r) || is_error(r, "ENOSPC"));
		forget(c);
		c->tx = is_ok(r) ? (uint32_t)atoi(r->data) : 0;
		return;
	default:
		answer_end(c, r);
	}
}

/* The one that has waited longest. */
static struct client *oldest(uint64_t after)
{
	struct client *found = NULL;

	for (unsigned int i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];

		if (c->sent > after && (!found || c->sent < found->sent)) {
			found = c;
		}
	}
	return found;
}

/*
 * @last (or NULL) sent something just now, and it was handled before any that
 * waited.
 */
static void collect(struct client *last)
{
	struct client *c;
	struct reply r;

	if (last) {
		r = get_reply(last->peer);
		if (r.type != XS_INVALID) {
			answer(last, &r);
		}
	}
	for (uint64_t at = 0; (c = oldest(at));) {
		at = c->sent;
		r = get_reply(c->peer);
		if (r.type != XS_INVALID) {
			answer(c, &r);
		}
	}
}

/* It goes, and with it what it had not been told. */
static void reopen(struct client *c)
{
	peer_close(c->peer);
	c->peer = peer_open(c->domid);
	forget(c);
	c->sent = 0;
	collect(NULL);
}

/* In its own view, as far as it knows. */
static bool is_there(const struct client *c, int path)
{
	int known = c->wrote[path] != UNKNOWN ? c->wrote[path] : c->seen[path];

	return !c->tx || known >= 0;
}

static void step(struct client *c)
{
	static int next_value;
	int path = (int)roll(PATHS);
	unsigned int what = roll(20);

	if (!c->tx && what < 7) {
		send(c, XS_TRANSACTION_START, path, 1);
	} else if (c->tx && (what < 4 || c->requests++ > SEEN_MAX)) {
		send(c, XS_TRANSACTION_END, path, what != 0);
	} else if (what < 12 || (what == 19 && !is_there(c, path))) {
		/* Removing what is not there is just a look, too. */
		send(c, XS_READ, path, 0);
	} else if (what < 19) {
		send(c, XS_WRITE, path, ++next_value);
	} else {
		send(c, XS_RM, path, 0);
	}
	collect(c);
}

static void start(uint64_t seed)
{
	world_start();
	state = seed;
	commits = 0;
	losses = 0;
	refused = 0;
	for (unsigned int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .peer = peer_open(domids[i]),
					      .domid = domids[i] };
		forget(&clients[i]);
	}
	for (int i = 0; i < PATHS; i++) {
		model[i] = MISSING;
	}
	(void)ask_str(clients[0].peer, XS_MKDIR, 0, "/p");
	(void)ask_two(clients[0].peer, XS_SET_PERMS, 0, "/p", "b0");
	world.quota->limit[QUOTA_NODES] = 1;
	world.quota->limit[QUOTA_TXN_PATHS] = 6;
}

static void finish(void)
{
	/* All that still waits gets its answer. */
	for (unsigned int i = 0; i < 3 * CLIENTS; i++) {
		world_pass(TURN_MS);
		collect(NULL);
	}
	for (unsigned int i = 0; i < CLIENTS; i++) {
		CU_ASSERT_EQUAL(clients[i].sent, 0);
	}
	for (int i = 0; i < PATHS; i++) {
		forget(&clients[0]);
		send(&clients[0], XS_READ, i, 0);
		collect(&clients[0]);
	}
	for (unsigned int i = 0; i < CLIENTS; i++) {
		peer_close(clients[i].peer);
	}
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

static void run(uint64_t seed)
{
	start(seed);
	for (unsigned int i = 0; i < STEPS; i++) {
		struct client *c = &clients[roll(CLIENTS)];

		if (roll(8) == 0) {
			world_pass(roll(20));
			collect(NULL);
		}
		if (c->sent) {
			continue;
		}
		/* A domain's ring goes with its nodes: only programs close. */
		if (roll(200) == 0 && !c->peer->ring) {
			reopen(c);
		} else {
			step(c);
		}
		CU_ASSERT_TRUE_FATAL(books_balance());
	}
	CU_ASSERT_TRUE(commits > 10);
	CU_ASSERT_TRUE(losses > 30);
	CU_ASSERT_TRUE(refused > 3);
	CU_ASSERT_TRUE(world.turns.count > 3);
	CU_ASSERT_TRUE(world.turns.holds > 3);
	finish();
}

static void test_one(void)
{
	run(20261121);
}

static void test_two(void)
{
	run(3);
}

void add_history_suite(void)
{
	static const struct test_row rows[] = {
		{ "history: one", test_one },
		{ "history: two", test_two },
		{ NULL, NULL },
	};

	add_suite_both("histories", rows);
}
