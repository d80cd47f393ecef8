// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random clients against a simple model. Each transaction records what it saw
 * and what it wrote; when it commits, everything it saw must be what a plain
 * map holds at that moment (so the history is serial in commit order), and
 * its writes go to the map. At each step the books equal a recount.
 *
 * The model knows a fixed set of paths in two levels, values and removal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

#define TOPS	4
#define SUBS	4
#define CLIENTS 4
#define STEPS	20000
#define OPS_MAX 24

/* -1: missing; else a number that was written. */
static int model[TOPS][SUBS];

struct record {
	bool write;
	bool remove_top;
	int top, sub, value;
};

static struct client {
	struct peer *peer;
	uint32_t tx;
	struct record op[OPS_MAX];
	unsigned int count;
} clients[CLIENTS];

static uint64_t state;

static unsigned int roll(unsigned int n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(state >> 33) % n;
}

static const char *path_of(int top, int sub)
{
	static char path[32];

	(void)snprintf(path, sizeof(path), "/t%d/s%d", top, sub);
	return path;
}

static int parse(const struct reply *r)
{
	return is_ok(r) ? atoi(r->data) : -1;
}

/* What the client itself must see: its own writes over the model. */
static int own_view(const struct client *c, int top, int sub, bool *mine)
{
	*mine = false;
	for (unsigned int i = c->count; i > 0; i--) {
		const struct record *op = &c->op[i - 1];

		if (op->remove_top && op->top == top) {
			*mine = true;
			return -1;
		}
		if (op->write && op->top == top && op->sub == sub) {
			*mine = true;
			return op->value;
		}
	}
	return 0;
}

static void do_read(struct client *c, int top, int sub)
{
	struct reply r = ask_str(c->peer, XS_READ, c->tx, path_of(top, sub));
	int seen = parse(&r);
	bool mine;
	int expected = own_view(c, top, sub, &mine);

	if (mine) {
		CU_ASSERT_EQUAL(seen, expected);
	} else if (c->tx) {
		c->op[c->count++] = (struct record){ .top = top,
						     .sub = sub,
						     .value = seen };
	} else {
		CU_ASSERT_EQUAL(seen, model[top][sub]);
	}
}

static void do_write(struct client *c, int top, int sub)
{
	static int next_value;
	char text[16];
	struct reply r;

	(void)snprintf(text, sizeof(text), "%d", ++next_value);
	r = ask_write(c->peer, c->tx, path_of(top, sub), text);
	CU_ASSERT_TRUE(is_ok(&r));
	if (c->tx) {
		c->op[c->count++] = (struct record){ .write = true,
						     .top = top,
						     .sub = sub,
						     .value = next_value };
	} else {
		model[top][sub] = next_value;
	}
}

static void do_remove(struct client *c, int top)
{
	char path[16];
	struct reply r;

	(void)snprintf(path, sizeof(path), "/t%d", top);
	if (c->tx &&
	    !store_find(conn_find_txn(c->peer->conn, c->tx)->root, path)) {
		/* Changes nothing, so it may run earlier than its end. */
		r = ask_str(c->peer, XS_RM, c->tx, path);
		CU_ASSERT_TRUE(is_ok(&r));
		return;
	}
	r = ask_str(c->peer, XS_RM, c->tx, path);
	CU_ASSERT_TRUE(is_ok(&r));
	if (c->tx) {
		c->op[c->count++] =
			(struct record){ .remove_top = true, .top = top };
	} else {
		for (int i = 0; i < SUBS; i++) {
			model[top][i] = -1;
		}
	}
}

static void apply(const struct client *c)
{
	for (unsigned int i = 0; i < c->count; i++) {
		const struct record *op = &c->op[i];

		if (op->remove_top) {
			for (int j = 0; j < SUBS; j++) {
				model[op->top][j] = -1;
			}
		} else if (op->write) {
			model[op->top][op->sub] = op->value;
		}
	}
}

static bool wrote(const struct client *c)
{
	for (unsigned int i = 0; i < c->count; i++) {
		if (c->op[i].write || c->op[i].remove_top) {
			return true;
		}
	}
	return false;
}

static void end(struct client *c)
{
	struct reply r;

	if (roll(8) == 0) {
		(void)ask_str(c->peer, XS_TRANSACTION_END, c->tx, "F");
	} else {
		r = commit(c->peer, c->tx);
		CU_ASSERT_TRUE(is_ok(&r) || is_error(&r, "EAGAIN"));
		if (is_ok(&r) && wrote(c)) {
			for (unsigned int i = 0; i < c->count; i++) {
				const struct record *op = &c->op[i];

				if (!op->write && !op->remove_top) {
					CU_ASSERT_EQUAL(model[op->top][op->sub],
							op->value);
				}
			}
			apply(c);
		}
	}
	c->tx = 0;
	c->count = 0;
}

static void step(struct client *c)
{
	int top = (int)roll(TOPS);
	int sub = (int)roll(SUBS);
	unsigned int what = roll(16);

	if (!c->tx && what < 6) {
		c->tx = begin(c->peer);
	} else if (c->tx && (what < 3 || c->count >= OPS_MAX - 1)) {
		end(c);
	} else if (what < 10) {
		do_read(c, top, sub);
	} else if (what < 15) {
		do_write(c, top, sub);
	} else {
		do_remove(c, top);
	}
}

static void run_serial(bool reload)
{
	world_start();
	state = 20261121;
	memset(model, 0xff, sizeof(model));
	memset(clients, 0, sizeof(clients));
	for (unsigned int i = 0; i < CLIENTS; i++) {
		clients[i].peer = peer_open(0);
	}
	for (unsigned int i = 0; i < STEPS; i++) {
		step(&clients[roll(CLIENTS)]);
		if (reload && roll(64) == 0) {
			CU_ASSERT_TRUE_FATAL(world_reload());
		}
		if (i % 512 == 0) {
			uint64_t bytes = 0;

			CU_ASSERT_EQUAL(
				store_count_owned(world.root, 0, &bytes),
				world.quota->use[0].nodes);
		}
	}
	CU_ASSERT_TRUE(world.commits > 100);
	CU_ASSERT_TRUE(world.conflicts > 100);
	for (int i = 0; i < TOPS; i++) {
		for (int j = 0; j < SUBS; j++) {
			do_read(&(struct client){ .peer = clients[0].peer }, i,
				j);
		}
	}
	for (unsigned int i = 0; i < CLIENTS; i++) {
		peer_close(clients[i].peer);
	}
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

static void test_serial(void)
{
	run_serial(false);
}

/* The same while the daemon is written down and built again all the time. */
static void test_serial_reloaded(void)
{
	run_serial(true);
}

void add_random_suite(void)
{
	static const struct test_row rows[] = {
		{ "random: serial histories", test_serial },
		{ "random: serial histories over reloads",
		  test_serial_reloaded },
		{ NULL, NULL },
	};

	add_suite("random", rows);
}
