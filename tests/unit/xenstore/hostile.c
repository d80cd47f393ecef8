// SPDX-License-Identifier: BSD-2-Clause
/*
 * Peers that want to cost the others something. What is asserted is counted,
 * not timed: how many requests one turn handles, how many bytes are kept, how
 * many entries a search looks at, while somebody else asks and is answered in
 * one turn of his own.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

#define MANY 10000u

static struct peer *zero;  /* a tool of domain 0 */
static struct peer *enemy; /* domain 3 */
static struct peer *other; /* domain 5 */

static void start(void)
{
	world_start();
	zero = peer_open(0);
	enemy = peer_open(3);
	other = peer_open(5);
	(void)ask_write(zero, 0, "/local/domain/3/n", "");
	(void)ask_write(zero, 0, "/local/domain/5/n", "other's");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/3", "n3");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/3/n", "n3");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/5", "n5");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/5/n", "n5");
}

static void stop(void)
{
	peer_close(other);
	peer_close(enemy);
	peer_close(zero);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
	CU_ASSERT_EQUAL(store_allocated(), 0);
}

static uint64_t handled(void)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < XS_TYPE_COUNT; i++) {
		n += world.requests[i];
	}
	return n;
}

/* One turn, which is what the others wait for. */
static void turn(struct peer *p)
{
	conn_run(p->conn);
	server_settle(&world);
}

/* Put a message into what the peer sent, without a turn. */
static bool stuff_in(struct peer *p, uint32_t type, uint32_t tx,
		     const void *data, size_t len)
{
	struct xsd_sockmsg hdr = { .type = type,
				   .tx_id = tx,
				   .len = (uint32_t)len };

	if (p->in_len + sizeof(hdr) + len > sizeof(p->in)) {
		return false;
	}
	memcpy(p->in + p->in_len, &hdr, sizeof(hdr));
	memcpy(p->in + p->in_len + sizeof(hdr), data, len);
	p->in_len += sizeof(hdr) + len;
	return true;
}

static bool stuff(struct peer *p, uint32_t type, const void *data, size_t len)
{
	return stuff_in(p, type, 0, data, len);
}

/* The other one asks: one turn, one request handled, the right answer. */
static bool other_is_served(void)
{
	uint64_t before = handled();
	struct reply r;

	(void)stuff(other, XS_READ, "n", 2);
	turn(other);
	r = get_reply(other);
	return is_ok(&r) && strcmp(r.data, "other's") == 0 &&
	       handled() == before + 1;
}

/* Asks without end and takes no answer: soon nothing of it is read. */
static void test_stops_reading(void)
{
	char value[2001];
	uint64_t before;

	start();
	memset(value, 'x', 2000);
	value[2000] = '\0';
	(void)ask_write(enemy, 0, "n", value);
	while (stuff(enemy, XS_READ, "n", 2)) {
	}
	enemy->stuck = true;
	before = handled();
	for (unsigned int i = 0; i < 100; i++) {
		uint64_t now = handled();

		turn(enemy);
		CU_ASSERT_TRUE(handled() - now <= 64);
		before += other_is_served();
	}
	CU_ASSERT_EQUAL(handled() - before, 5);
	CU_ASSERT_TRUE(conn_bytes_out(enemy->conn) <= 8192 + 2016);
	CU_ASSERT_TRUE(conn_bytes_in(enemy->conn) <= 8192);
	/* When it reads again it is served, a bounded number a turn. */
	enemy->stuck = false;
	before = handled();
	turn(enemy);
	CU_ASSERT_TRUE(handled() - before <= 64);
	CU_ASSERT_TRUE(other_is_served());
	stop();
}

/* Requests without end that are read, too: 64 a turn. */
static void test_asks_without_end(void)
{
	start();
	while (stuff(enemy, XS_READ, "n", 2)) {
	}
	for (unsigned int i = 0; i < 20; i++) {
		uint64_t before = handled();

		turn(enemy);
		CU_ASSERT_EQUAL(handled() - before, 64);
		/* The others of the round come before its next turn. */
		CU_ASSERT_TRUE(other_is_served());
		enemy->out_pos = enemy->out_len;
	}
	stop();
}

/*
 * A transaction that removes a large tree and is given up costs much and
 * leaves no trace, so it can be repeated without end: one a turn.
 */
static void test_removes_without_end(void)
{
	char text[32];
	uint32_t first;

	start();
	for (unsigned int i = 0; i < 2000; i++) {
		(void)snprintf(text, sizeof(text), "n/%u", i);
		(void)ask_write(enemy, 0, text, "");
	}
	first = begin(enemy);
	for (uint32_t i = 0; i < 20; i++) {
		(void)stuff_in(enemy, XS_RM, first + i, "n", 2);
		(void)stuff_in(enemy, XS_TRANSACTION_END, first + i, "F", 2);
		(void)stuff(enemy, XS_TRANSACTION_START, "", 1);
	}
	for (unsigned int i = 0; i < 20; i++) {
		uint64_t before = world.requests[XS_RM];

		turn(enemy);
		CU_ASSERT_EQUAL(world.requests[XS_RM], before + 1);
		CU_ASSERT_TRUE(other_is_served());
	}
	CU_ASSERT_EQUAL(world.metrics.errors, 0);
	stop();
}

/* What happens in its home is told to it, and it does not listen. */
static void test_watches_and_stops(void)
{
	const char *event;
	char path[64];

	start();
	(void)ask_two(enemy, XS_WATCH, 0, "n", "t");
	enemy->stuck = true;
	for (unsigned int i = 0; i < 2 * MANY; i++) {
		(void)snprintf(path, sizeof(path), "/local/domain/3/n/%u",
			       i % 5000);
		(void)ask_write(zero, 0, path, "");
	}
	CU_ASSERT_TRUE(conn_event_bytes(enemy->conn) <=
		       (world.quota->limit[QUOTA_OUTSTANDING] + 1) * 1024);
	CU_ASSERT_TRUE(conn_bytes_out(enemy->conn) <= 16384 + 1024);
	CU_ASSERT_TRUE(other_is_served());
	/* When it listens again, the last it hears is: look at everything. */
	enemy->stuck = false;
	peer_run(enemy);
	for (event = next_event(enemy); *event; event = next_event(enemy)) {
		(void)snprintf(path, sizeof(path), "%s", event);
	}
	CU_ASSERT_STRING_EQUAL(path, "n t");
	stop();
}

/* The same again and again: it waits once, and takes no room from others. */
static void test_same_again(void)
{
	start();
	(void)ask_two(enemy, XS_WATCH, 0, "n", "t");
	enemy->stuck = true;
	for (unsigned int i = 0; i < MANY; i++) {
		(void)ask_write(zero, 0, "/local/domain/3/n", "");
	}
	CU_ASSERT_TRUE(conn_event_bytes(enemy->conn) > 0);
	CU_ASSERT_TRUE(conn_event_bytes(enemy->conn) <= 64);
	CU_ASSERT_EQUAL(world.quota->hits[QUOTA_OUTSTANDING], 0);
	CU_ASSERT_TRUE(other_is_served());
	stop();
}

/* Each byte is a turn; nothing is handled before the last. */
static void test_byte_by_byte(void)
{
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = 1024 };
	char msg[sizeof(hdr) + 1024];
	uint64_t before;

	start();
	memset(msg, 'x', sizeof(msg));
	memcpy(msg, &hdr, sizeof(hdr));
	for (size_t i = 0; i < sizeof(msg) - 1; i++) {
		before = handled();
		peer_send(enemy, msg + i, 1);
		CU_ASSERT_EQUAL(handled(), before);
		CU_ASSERT_EQUAL(conn_bytes_in(enemy->conn), i + 1);
		if (i % 100 == 0) {
			CU_ASSERT_TRUE(other_is_served());
		}
	}
	before = handled();
	peer_send(enemy, msg + sizeof(msg) - 1, 1);
	CU_ASSERT_EQUAL(handled(), before + 1);
	CU_ASSERT_EQUAL(conn_bytes_in(enemy->conn), 0);
	stop();
}

/* A guest gets as many transactions as its limit says. */
static void test_guest_transactions(void)
{
	unsigned int open = 0;
	struct reply r;

	start();
	for (unsigned int i = 0; i < MANY; i++) {
		r = ask_str(enemy, XS_TRANSACTION_START, 0, "");
		open += is_ok(&r);
	}
	CU_ASSERT_EQUAL(open, world.quota->limit[QUOTA_TRANSACTIONS]);
	CU_ASSERT_EQUAL(world.txns.count, open);
	CU_ASSERT_TRUE(other_is_served());
	stop();
}

/*
 * A tool of domain 0 has no limit. Its ten thousand share one old tree, and
 * none of its requests looks through all of them.
 */
static void test_tool_transactions(void)
{
	static uint32_t id[MANY];
	uint64_t steps;
	uint64_t bytes;

	start();
	steps = index_steps();
	for (unsigned int i = 0; i < MANY; i++) {
		id[i] = begin(zero);
	}
	CU_ASSERT_TRUE(index_steps() - steps <= 4 * MANY);
	steps = index_steps();
	for (unsigned int i = 0; i < MANY; i++) {
		struct reply r = ask_str(zero, XS_READ, id[i * 7919u % MANY],
					 "/local/domain/5/n");

		CU_ASSERT_TRUE(is_ok(&r));
	}
	CU_ASSERT_TRUE(index_steps() - steps <= 4 * MANY);
	/* The way to the node is copied once, for all of them. */
	bytes = store_allocated();
	for (unsigned int i = 0; i < 100; i++) {
		(void)ask_write(other, 0, "n", "other's");
	}
	CU_ASSERT_TRUE(store_allocated() - bytes <= 1024);
	CU_ASSERT_TRUE(other_is_served());
	steps = index_steps();
	for (unsigned int i = 0; i < MANY; i++) {
		(void)commit(zero, id[i * 7919u % MANY]);
	}
	CU_ASSERT_TRUE(index_steps() - steps <= 8 * MANY);
	CU_ASSERT_EQUAL(world.txns.count, 0);
	stop();
}

/*
 * Each of its transactions sees another past, while others write: the past is
 * bounded, and an old one gives way for each new one.
 */
static void test_old_views(void)
{
	char value[1001];

	start();
	world.past_limit = 50000;
	memset(value, 'x', 1000);
	value[1000] = '\0';
	for (unsigned int i = 0; i < 1000; i++) {
		(void)ask_str(enemy, XS_TRANSACTION_START, 0, "");
		value[0] = (char)('a' + i % 26);
		(void)ask_write(other, 0, "v", value);
		if (i % 50 == 49) {
			(void)ask_str(enemy, XS_RESET_WATCHES, 0, "");
		}
		CU_ASSERT_TRUE(store_allocated() <=
			       world.quota->booked + world.past_limit);
	}
	CU_ASSERT_TRUE(world.doomed > 0 || store_allocated() <= 200000);
	CU_ASSERT_TRUE(other_is_served());
	stop();
}

/* Domain 0's views stay: then nobody looks for one that could go each time. */
static void test_view_of_domain_0(void)
{
	char value[301];
	char path[32];
	uint64_t looks;

	start();
	world.past_limit = 0;
	memset(value, 'x', 300);
	value[300] = '\0';
	for (unsigned int i = 0; i < 100; i++) {
		(void)snprintf(path, sizeof(path), "v%u", i);
		(void)ask_write(other, 0, path, value);
	}
	(void)begin(zero);
	looks = world.past_looks;
	for (unsigned int i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof(path), "v%u", i % 100);
		value[0] = (char)('a' + i % 26);
		(void)ask_write(other, 0, path, value);
	}
	CU_ASSERT_TRUE(world.past_looks > looks);
	CU_ASSERT_TRUE(world.past_looks - looks <= 2);
	stop();
}

/*
 * On "/" of all: a guest's are limited, what it may not read is silent, and
 * for who writes it is one question, not one for each of them.
 */
static void test_guest_watches(void)
{
	char token[16];
	uint64_t events;
	uint64_t asked;
	unsigned int set = 0;
	struct reply r;

	start();
	for (unsigned int i = 0; i < MANY; i++) {
		(void)snprintf(token, sizeof(token), "%u", i);
		r = ask_two(enemy, XS_WATCH, 0, "/", token);
		set += is_ok(&r);
	}
	CU_ASSERT_EQUAL(set, world.quota->limit[QUOTA_WATCHES]);
	events = world.events;
	asked = world.watches.asked;
	(void)ask_write(other, 0, "n", "other's");
	CU_ASSERT_EQUAL(world.events, events);
	CU_ASSERT_EQUAL(world.watches.asked, asked + 1);
	CU_ASSERT_TRUE(other_is_served());
	stop();
}

/*
 * A guest has all its watches on one node, and stopped reading long ago. Who
 * writes there goes on after a few writes in a turn; and when all that the
 * guest is kept for it are events that stand for lost ones, nothing is looked
 * for, made or compared any more.
 */
static void test_deaf_watches(void)
{
	uint64_t before;
	char text[16];

	start();
	(void)ask(zero, XS_SET_PERMS, 0, "/local/domain/5/n\0n5\0r3", 24);
	for (unsigned int i = 0; i < 512; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		(void)ask_two(enemy, XS_WATCH, 0, "/local/domain/5/n", text);
	}
	while (stuff(other, XS_WRITE, "n\0other's", 9)) {
	}
	enemy->stuck = true;
	before = world.requests[XS_WRITE];
	turn(other);
	CU_ASSERT_TRUE(world.requests[XS_WRITE] - before <= 4);
	before = world.events;
	while (other->in_len > 0 || conn_bytes_in(other->conn) > 0) {
		turn(other);
	}
	CU_ASSERT_TRUE(conn_event_bytes(enemy->conn) > 200000);
	CU_ASSERT_TRUE(world.events - before <= 10000);
	before = world.events;
	(void)ask_write(other, 0, "n", "other's");
	CU_ASSERT_EQUAL(world.events, before);
	/* Each of them is told that it may have lost something. */
	enemy->stuck = false;
	turn(enemy);
	CU_ASSERT_TRUE(count_events(enemy) >= 512);
	(void)ask_write(other, 0, "n", "other's");
	CU_ASSERT_EQUAL(world.events, before + 512);
	stop();
}

/* As long and as deep as it may be: what it costs is its length, not both. */
static void test_deep_path(void)
{
	char path[XENSTORE_ABS_PATH_MAX + 1] = "n";
	uint64_t hashed;
	size_t len = 1;
	struct reply r;

	start();
	(void)ask_two(other, XS_WATCH, 0, "n", "t");
	(void)ask_two(other, XS_WATCH, 0, "/", "t");
	for (unsigned int i = 0; i < 60; i++) {
		path[len] = '/';
		memset(path + len + 1, 'd', 30);
		len += 31;
	}
	path[len] = '\0';
	hashed = strmap_hashed();
	r = ask_write(enemy, 0, path, "");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_TRUE(strmap_hashed() > hashed);
	CU_ASSERT_TRUE(strmap_hashed() - hashed <= 2 * len);
	/* And where it is lost on, one of two that wait for each other. */
	for (unsigned int i = 0; i < 2; i++) {
		uint32_t t = begin(enemy);

		(void)ask_str(enemy, XS_READ, t, path);
		(void)ask_write(enemy, t, "n", "");
		(void)ask_write(enemy, 0, path, i ? "1" : "2");
		hashed = strmap_hashed();
		r = commit(enemy, t);
		CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
		CU_ASSERT_TRUE(strmap_hashed() > hashed);
		CU_ASSERT_TRUE(strmap_hashed() - hashed <= 6 * len);
	}
	stop();
}

/* A tool's ten thousand: set, told and removed without looking through all. */
static void test_tool_watches(void)
{
	struct peer *tool;
	uint64_t steps;
	char token[16];

	start();
	tool = peer_open(0);
	steps = index_steps();
	for (unsigned int i = 0; i < MANY; i++) {
		(void)snprintf(token, sizeof(token), "%u", i);
		(void)ask_two(tool, XS_WATCH, 0, "/", token);
		tool->out_pos = tool->out_len;
		tool->event_pos = tool->event_count;
	}
	CU_ASSERT_EQUAL(tool->conn->server->watches.count, MANY);
	tool->stuck = true;
	/* More than is kept; then one for each watch that may have lost some.
	 */
	for (unsigned int i = 0; i < 60; i++) {
		(void)ask_write(other, 0, "n", "other's");
	}
	CU_ASSERT_TRUE(conn_event_bytes(tool->conn) > 16u << 20);
	CU_ASSERT_TRUE(conn_event_bytes(tool->conn) <= (16u << 20) + MANY * 64);
	CU_ASSERT_TRUE(other_is_served());
	for (unsigned int i = 0; i < MANY; i += 2) {
		(void)snprintf(token, sizeof(token), "%u", i);
		CU_ASSERT_EQUAL(conn_del_watch(tool->conn, "/", token), 0);
	}
	peer_close(tool);
	CU_ASSERT_EQUAL(world.watches.count, 0);
	CU_ASSERT_TRUE(index_steps() - steps <= 8 * MANY);
	stop();
}

void add_hostile_suite(void)
{
	static const struct test_row rows[] = {
		{ "hostile: stops reading", test_stops_reading },
		{ "hostile: asks without end", test_asks_without_end },
		{ "hostile: removes without end", test_removes_without_end },
		{ "hostile: watches and stops", test_watches_and_stops },
		{ "hostile: the same again", test_same_again },
		{ "hostile: byte by byte", test_byte_by_byte },
		{ "hostile: a guest's transactions", test_guest_transactions },
		{ "hostile: a tool's transactions", test_tool_transactions },
		{ "hostile: old views", test_old_views },
		{ "hostile: a view of domain 0", test_view_of_domain_0 },
		{ "hostile: a guest's watches", test_guest_watches },
		{ "hostile: watches of who does not listen",
		  test_deaf_watches },
		{ "hostile: a deep path", test_deep_path },
		{ "hostile: a tool's watches", test_tool_watches },
		{ NULL, NULL },
	};

	add_suite("hostile", rows);
}
