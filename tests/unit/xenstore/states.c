// SPDX-License-Identifier: BSD-2-Clause
/*
 * The state written down: what comes back is what was there, and nothing
 * that is cut, spoilt or made up is taken for a state, or does any harm.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"
#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/state_load.h"
#include "xenstore/daemon/state_save.h"
#include "xenstore/daemon/xen.h"

/* A request into a guest's ring, and its event. */
static void ring_request(unsigned int domid, uint32_t type, uint32_t tx,
			 const char *text, size_t len, size_t part)
{
	struct xenstore_domain_interface *ring = fake_page(domid);
	struct xsd_sockmsg hdr = {
		.type = type, .req_id = 77, .tx_id = tx, .len = (uint32_t)len
	};
	char msg[WIRE_MSG_MAX];

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), text, len);
	for (size_t i = 0; i < part; i++) {
		ring->req[MASK_XENSTORE_IDX(ring->req_prod++)] = msg[i];
	}
	domain_event(&world, (int)domid + 100);
	server_settle(&world);
}

static void ring_send(unsigned int domid, uint32_t type, uint32_t tx,
		      const char *text, size_t len)
{
	ring_request(domid, type, tx, text, len,
		     sizeof(struct xsd_sockmsg) + len);
}

/* The next message in the guest's ring; its type, or XS_INVALID. */
static uint32_t ring_receive(unsigned int domid, char *data, size_t size)
{
	struct xenstore_domain_interface *ring = fake_page(domid);
	struct xsd_sockmsg hdr;
	char *at = (char *)&hdr;

	if (ring->rsp_prod - ring->rsp_cons < sizeof(hdr)) {
		return XS_INVALID;
	}
	for (size_t i = 0; i < sizeof(hdr); i++) {
		at[i] = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons++)];
	}
	for (size_t i = 0; i < hdr.len; i++) {
		if (ring->rsp_prod == ring->rsp_cons) {
			domain_event(&world, (int)domid + 100);
			server_settle(&world);
		}
		if (ring->rsp_prod == ring->rsp_cons) {
			return XS_INVALID;
		}
		data[i < size ? i : size - 1] =
			ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons++)];
	}
	data[hdr.len < size ? hdr.len : size - 1] = '\0';
	domain_event(&world, (int)domid + 100);
	server_settle(&world);
	return hdr.type;
}

static void introduce(unsigned int domid)
{
	CU_ASSERT_EQUAL(domain_introduce(&world, domid, 1000 + domid, 5), 0);
	server_settle(&world);
}

/* A bit of everything that a state can hold. */
static struct peer *rich_world(void)
{
	struct peer *p;
	uint32_t tx;

	world_start();
	p = peer_open(0);
	introduce(3);
	introduce(4);
	CU_ASSERT_EQUAL(domain_set_target(&world, 4, 3), 0);
	(void)ask_write(p, 0, "/a/b", "1");
	(void)ask_str(p, XS_MKDIR, 0, "/local/domain/3");
	(void)ask_two(p, XS_SET_PERMS, 0, "/local/domain/3", "n3");
	(void)ask_write(p, 0, "/local/domain/3/x", "y");
	(void)ask_two(p, XS_WATCH, 0, "/a", "token");
	(void)ask_two(p, XS_WATCH, 0, "@releaseDomain", "gone");
	ring_send(3, XS_WATCH, 0, "x\0t", 4);
	tx = begin(p);
	(void)ask_write(p, tx, "/a/c", "2");
	(void)ask_str(p, XS_READ, tx, "/a/b");
	(void)ask_two(p, XS_SET_PERMS, tx, "/a/b", "r0");
	(void)ask_str(p, XS_RM, tx, "/local/domain/3/x");
	(void)ask_write(p, 0, "/a/b", "3");
	world.quota->limit[QUOTA_WATCHES] = 99;
	return p;
}

static void test_everything(void)
{
	struct peer *p = rich_world();
	struct xsd_sockmsg half = { .type = XS_READ, .req_id = 4, .len = 5 };
	struct reply r;
	char text[64];

	peer_send(p, &half, sizeof(half));
	peer_send(p, "/a", 2);
	while (*next_event(p) != '\0') {
	}
	world.metrics.errors = 5;
	CU_ASSERT_TRUE_FATAL(world_reload());
	CU_ASSERT_EQUAL(world.metrics.errors, 5);
	/* The half that was there, and the half that comes. */
	peer_send(p, "/b", 3);
	CU_ASSERT_TRUE(peer_receive(p, &r));
	CU_ASSERT_EQUAL(r.req_id, 4);
	CU_ASSERT_STRING_EQUAL(r.data, "3");
	/* Watches with their tokens, on sockets and rings. */
	(void)ask_write(p, 0, "/a/b", "4");
	CU_ASSERT_STRING_EQUAL(next_event(p), "/a/b token");
	while (ring_receive(3, text, sizeof(text)) != XS_INVALID) {
	}
	(void)ask_write(p, 0, "/local/domain/3/x", "z");
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_WATCH_EVENT);
	CU_ASSERT_STRING_EQUAL(text, "x");
	/* The transaction sees what it saw, and conflicts with what came. */
	r = ask_str(p, XS_READ, 1, "/a/c");
	CU_ASSERT_STRING_EQUAL(r.data, "2");
	r = commit(p, 1);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	CU_ASSERT_EQUAL(world.quota->limit[QUOTA_WATCHES], 99);
	CU_ASSERT_EQUAL(domain_find(&world, 4)->conn->who.target, 3);
	CU_ASSERT_EQUAL(domain_find(&world, 3)->mfn, 1003);
	peer_close(p);
	CU_ASSERT_EQUAL(domain_release(&world, 3), 0);
	server_settle(&world);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

/* A peer that does not read: replies and events stay in order. */
static void test_backlog(void)
{
	struct peer *p;
	struct peer *q;
	struct reply r;
	char text[32];
	uint32_t expected = 0;

	world_start();
	p = peer_open(0);
	q = peer_open(0);
	(void)ask_two(p, XS_WATCH, 0, "/w", "t");
	while (*next_event(p) != '\0') {
	}
	p->stuck = true;
	for (unsigned int i = 0; i < 2000; i++) {
		(void)snprintf(text, sizeof(text), "/w/%u", i);
		(void)ask_write(q, 0, text, "x");
	}
	for (uint32_t i = 0; i < 20; i++) {
		struct xsd_sockmsg h = { .type = XS_READ,
					 .req_id = i,
					 .len = 5 };

		peer_send(p, &h, sizeof(h));
		peer_send(p, "/w/7", 5);
	}
	CU_ASSERT_TRUE_FATAL(world_reload());
	p->stuck = false;
	peer_run(p);
	for (unsigned int i = 0; i < 2000; i++) {
		CU_ASSERT_TRUE_FATAL(peer_receive(p, &r));
		(void)snprintf(text, sizeof(text), "/w/%u", i);
		CU_ASSERT_EQUAL(r.type, XS_WATCH_EVENT);
		CU_ASSERT_STRING_EQUAL(r.data, text);
	}
	while (peer_receive(p, &r)) {
		CU_ASSERT_EQUAL(r.req_id, expected);
		expected++;
	}
	CU_ASSERT_EQUAL(expected, 20);
	peer_close(p);
	peer_close(q);
	world_stop();
}

static void save_world(struct save *sv)
{
	save_server(sv, &world, SAVE_ALL);
	save_end(sv);
	CU_ASSERT_EQUAL(sv->out.error, 0);
}

/* Load bytes into a server of their own; 0 if they were a state. */
static int try_load(const void *data, size_t len, bool journal)
{
	static struct server other;
	struct state_extra extra;
	char error[STATE_ERROR];
	int rc;

	if (server_init(&other)) {
		abort();
	}
	rc = state_load(&other, data, len, journal, &extra, error);
	CU_ASSERT_EQUAL(rc != 0, error[0] != '\0');
	server_fini(&other);
	return rc;
}

static void test_cut(void)
{
	struct peer *p = rich_world();
	struct save *sv = calloc(1, sizeof(*sv));

	save_world(sv);
	CU_ASSERT_EQUAL(try_load(sv->out.data, sv->out.len, false), 0);
	for (size_t len = 0; len < sv->out.len; len++) {
		CU_ASSERT_EQUAL(try_load(sv->out.data, len, false), -EINVAL);
	}
	save_clear(sv);
	free(sv);
	peer_close(p);
	world_stop();
}

static void test_spoilt(void)
{
	struct peer *p = rich_world();
	struct save *sv = calloc(1, sizeof(*sv));

	save_world(sv);
	for (size_t i = 0; i < sv->out.len; i++) {
		sv->out.data[i] ^= 0x40;
		CU_ASSERT_EQUAL(try_load(sv->out.data, sv->out.len, false),
				-EINVAL);
		sv->out.data[i] ^= 0x40;
	}
	save_clear(sv);
	free(sv);
	peer_close(p);
	world_stop();
}

/* Give the record at @at the check sum that its bytes have now. */
static void sign(char *data, size_t at)
{
	struct state_header h;

	memcpy(&h, data + at, sizeof(h));
	h.check = state_check(h.type, data + at + sizeof(h), h.len);
	memcpy(data + at, &h, sizeof(h));
}

/*
 * Somebody who knows the check sum spoils each byte of each record in turn:
 * loading says no or yes, leaks nothing and touches nothing it should not
 * (the sanitizers look).
 */
static void test_made_up(void)
{
	static const unsigned char flips[] = { 0x01, 0x80, 0xff };
	struct peer *p = rich_world();
	struct save *sv = calloc(1, sizeof(*sv));
	unsigned int refused = 0;
	struct state_header h;

	save_world(sv);
	for (size_t at = STATE_HEAD; at < sv->out.len;
	     at += sizeof(h) + h.len) {
		memcpy(&h, sv->out.data + at, sizeof(h));
		for (size_t i = 0; i < h.len * sizeof(flips); i++) {
			char *byte = sv->out.data + at + sizeof(h) +
				     i / sizeof(flips);
			char was = *byte;

			*byte = (char)((unsigned char)was ^
				       flips[i % sizeof(flips)]);
			sign(sv->out.data, at);
			refused +=
				try_load(sv->out.data, sv->out.len, false) != 0;
			*byte = was;
			sign(sv->out.data, at);
		}
	}
	CU_ASSERT_TRUE(refused > 100);
	CU_ASSERT_EQUAL(try_load(sv->out.data, sv->out.len, false), 0);
	save_clear(sv);
	free(sv);
	peer_close(p);
	world_stop();
}

/* A state that a test makes by hand, and what is said about it. */
static void expect_refused(struct state_out *o, const char *what)
{
	static struct server other;
	struct state_extra extra;
	char error[STATE_ERROR];

	if (server_init(&other)) {
		abort();
	}
	CU_ASSERT_EQUAL(o->error, 0);
	CU_ASSERT_EQUAL(
		state_load(&other, o->data, o->len, false, &extra, error),
		-EINVAL);
	if (!strstr(error, what)) {
		(void)fprintf(stderr, "\"%s\", not \"%s\"\n", error, what);
		CU_FAIL("another reason");
	}
	server_fini(&other);
	state_free(o);
	memset(o, 0, sizeof(*o));
}

static void start_state(struct state_out *o)
{
	state_start(o);
	PUT(o, STATE_COUNTERS, NUM(1000), NUM(1000), NUM(1000));
}

static void add_node(struct state_out *o, const char *name, uint32_t children,
		     bool numbered)
{
	static const struct perm_entry nobody = { 0, 0 };

	PUT(o, STATE_NODE, NUM(1), NUM(children), NUM(numbered),
	    BYTES(&nobody, sizeof(nobody)), STR(name), BYTES(NULL, 0));
}

static void test_reasons(void)
{
	struct state_out o = { .len = 0 };

	start_state(&o);
	expect_refused(&o, "the end is missing");

	start_state(&o);
	state_put(&o, STATE_LIVE, NULL);
	expect_refused(&o, "no tree is there");

	start_state(&o);
	add_node(&o, "", 1, false);
	expect_refused(&o, "1 children, 0 are there");

	start_state(&o);
	add_node(&o, "a/b", 0, false);
	expect_refused(&o, "not a name");

	start_state(&o);
	add_node(&o, "b", 0, false);
	add_node(&o, "a", 0, false);
	add_node(&o, "", 2, false);
	expect_refused(&o, "not in order");

	start_state(&o);
	add_node(&o, "a", 0, false);
	state_put(&o, STATE_LIVE, NULL);
	expect_refused(&o, "root has a name");

	start_state(&o);
	state_begin(&o, STATE_TYPES);
	state_end(&o);
	expect_refused(&o, "no such record");

	start_state(&o);
	add_node(&o, "", 0, false);
	state_put(&o, STATE_LIVE, NULL);
	PUT(&o, STATE_END, NUM(17));
	expect_refused(&o, "3 records, not 17");
}

/* Names that double at each level: small on paper, endless as a tree. */
static void test_bomb(void)
{
	struct state_out o = { .len = 0 };
	char name[8];

	start_state(&o);
	add_node(&o, "a", 0, true);
	add_node(&o, "b", 0, true);
	for (uint32_t i = 0; i < 60; i++) {
		(void)snprintf(name, sizeof(name), "a");
		add_node(&o, name, 2, true);
		for (uint32_t j = 0; j < 2; j++) {
			PUT(&o, STATE_AGAIN, NUM(2 * i + j));
		}
		add_node(&o, "b", 2, true);
	}
	expect_refused(&o, "a tree of");

	/* And a path longer than any. */
	start_state(&o);
	add_node(&o, "a", 0, false);
	for (uint32_t i = 0; i < 2000; i++) {
		add_node(&o, "a", 1, false);
	}
	expect_refused(&o, "a path of");
}

/* All that was acknowledged is in the journal; a torn end is cut. */
static void test_crash(void)
{
	struct peer *p = rich_world();
	struct reply r;
	uint32_t tx;

	world_keep_journal();
	(void)ask_write(p, 0, "/after/the/journal", "began");
	(void)ask_str(p, XS_MKDIR, 0, "/dir");
	(void)ask_two(p, XS_SET_PERMS, 0, "/dir", "r3");
	(void)ask_str(p, XS_RM, 0, "/a/b");
	tx = begin(p);
	(void)ask_write(p, tx, "/t/1", "1");
	(void)ask_write(p, tx, "/t/2", "2");
	r = commit(p, tx);
	CU_ASSERT_TRUE(is_ok(&r));
	tx = begin(p);
	(void)ask_write(p, tx, "/open", "1");
	CU_ASSERT_TRUE_FATAL(world_crash(false));
	CU_ASSERT_TRUE(p->closed);
	peer_close(p);
	p = peer_open(0);
	r = ask_str(p, XS_READ, 0, "/after/the/journal");
	CU_ASSERT_STRING_EQUAL(r.data, "began");
	r = ask_str(p, XS_GET_PERMS, 0, "/dir");
	CU_ASSERT_STRING_EQUAL(r.data, "r3");
	r = ask_str(p, XS_READ, 0, "/a/b");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_READ, 0, "/t/2");
	CU_ASSERT_STRING_EQUAL(r.data, "2");
	r = ask_str(p, XS_READ, 0, "/open");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	CU_ASSERT_TRUE(books_balance());

	/* The last record torn: a transaction is there wholly or not. */
	tx = begin(p);
	(void)ask_write(p, tx, "/u/1", "1");
	(void)ask_write(p, tx, "/u/2", "2");
	(void)commit(p, tx);
	CU_ASSERT_TRUE_FATAL(world_crash(true));
	peer_close(p);
	p = peer_open(0);
	r = ask_str(p, XS_READ, 0, "/u/1");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_READ, 0, "/t/1");
	CU_ASSERT_STRING_EQUAL(r.data, "1");
	peer_close(p);
	world_stop();
}

/* A guest goes on over a crash, with its watches; nothing of it is lost. */
static void test_crash_ring(void)
{
	struct peer *p = rich_world();
	char text[4200];
	char big[2400];
	uint32_t tx;

	world_keep_journal();
	(void)ask(p, XS_SET_PERMS, 0, "@introduceDomain\0n0\0r3", 23);
	ring_send(3, XS_WATCH, 0, "@introduceDomain\0u", 19);
	while (ring_receive(3, text, sizeof(text)) != XS_INVALID) {
	}
	ring_send(3, XS_TRANSACTION_START, 0, "", 1);
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)),
			XS_TRANSACTION_START);
	tx = (uint32_t)strtoul(text, NULL, 10);
	ring_send(3, XS_WRITE, tx, "x\0in", 4);
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_WRITE);
	/* Half a request, and a reply larger than the ring. */
	(void)ask_write(p, 0, "/local/domain/3/x", "short");
	while (ring_receive(3, text, sizeof(text)) != XS_INVALID) {
	}
	memset(big, 'v', sizeof(big));
	memcpy(big, "/local/domain/3/big", 20);
	(void)ask(p, XS_WRITE, 0, big, 2000);
	ring_send(3, XS_READ, 0, "big", 4);
	ring_request(3, XS_READ, 0, "x", 2, 9);
	CU_ASSERT_TRUE_FATAL(world_crash(false));
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_READ);
	CU_ASSERT_EQUAL(strlen(text), 1980);
	for (size_t i = 9; i < sizeof(struct xsd_sockmsg) + 2; i++) {
		struct xenstore_domain_interface *ring = fake_page(3);
		struct xsd_sockmsg hdr = { .type = XS_READ,
					   .req_id = 77,
					   .len = 2 };
		char msg[sizeof(hdr) + 2];

		memcpy(msg, &hdr, sizeof(hdr));
		memcpy(msg + sizeof(hdr), "x", 2);
		ring->req[MASK_XENSTORE_IDX(ring->req_prod++)] = msg[i];
	}
	domain_event(&world, 103);
	server_settle(&world);
	/* Its watches woke it; then the request that was cut in two. */
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_WATCH_EVENT);
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_WATCH_EVENT);
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_READ);
	CU_ASSERT_STRING_EQUAL(text, "short");
	/* The transaction is known, and must be tried again. */
	ring_send(3, XS_READ, tx, "x", 2);
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_READ);
	ring_send(3, XS_TRANSACTION_END, tx, "T", 2);
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_ERROR);
	CU_ASSERT_STRING_EQUAL(text, "EAGAIN");
	/* New events come. */
	introduce(5);
	CU_ASSERT_EQUAL(ring_receive(3, text, sizeof(text)), XS_WATCH_EVENT);
	CU_ASSERT_STRING_EQUAL(text, "@introduceDomain");
	CU_ASSERT_EQUAL(domain_find(&world, 4)->conn->who.target, 3);
	peer_close(p);
	world_stop();
}

/* What happened to domains is in the journal too. */
static void test_crash_domains(void)
{
	struct peer *p = rich_world();
	struct reply r;

	world_keep_journal();
	introduce(6);
	(void)ask_write(p, 0, "/six", "6");
	(void)ask_two(p, XS_SET_PERMS, 0, "/six", "n6");
	(void)ask_write(p, 0, "/five", "5");
	(void)ask_two(p, XS_SET_PERMS, 0, "/five", "n3");
	CU_ASSERT_EQUAL(domain_release(&world, 3), 0);
	server_settle(&world);
	(void)ask_write(p, 0, "/end", "1");
	/* Domain 6 dies while nobody serves. */
	fake_state(6)->exists = false;
	CU_ASSERT_TRUE_FATAL(world_crash(false));
	CU_ASSERT_PTR_NULL(domain_find(&world, 3));
	CU_ASSERT_PTR_NULL(domain_find(&world, 6));
	CU_ASSERT_PTR_NOT_NULL(domain_find(&world, 4));
	peer_close(p);
	p = peer_open(0);
	r = ask_str(p, XS_READ, 0, "/five");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_READ, 0, "/six");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_READ, 0, "/end");
	CU_ASSERT_STRING_EQUAL(r.data, "1");
	CU_ASSERT_TRUE(books_balance());
	peer_close(p);
	world_stop();
}

/* How far the guest can see that the daemon was when it was killed. */
enum seen {
	SEEN_NOTHING,
	SEEN_TAKEN, /* that its request was taken, no reply */
	SEEN_ALL,
	SEEN_CASES
};

struct once {
	uint32_t type;
	const char *text;
	size_t len;
	bool in_txn;
	const char *reply;
};

/* What a second run of each would answer differently, or spoil. */
static const struct once onces[] = {
	{ XS_WRITE, "x\0guest", 7, false, "OK" },
	{ XS_RM, "d/e", 4, false, "OK" },
	{ XS_MKDIR, "new", 4, false, "OK" },
	{ XS_SET_PERMS, "d\0n3\0r4", 8, false, "OK" },
	{ XS_WATCH, "d\0once", 7, false, "OK" },
	{ XS_UNWATCH, "x\0t", 4, false, "OK" },
	{ XS_TRANSACTION_START, "", 1, false, "2" },
	{ XS_TRANSACTION_END, "T", 2, true, "OK" },
	{ XS_RESET_WATCHES, "", 1, false, "OK" },
};

static void once_world(struct peer *p)
{
	(void)ask_write(p, 0, "/local/domain/3/d/e/f", "1");
	(void)ask_two(p, XS_SET_PERMS, 0, "/local/domain/3/d", "n3");
	(void)ask_two(p, XS_SET_PERMS, 0, "/local/domain/3/d/e", "n3");
	(void)ask_two(p, XS_SET_PERMS, 0, "/local/domain/3/d/e/f", "n3");
	world_keep_journal();
}

static void drain(unsigned int domid)
{
	char text[4200];

	while (ring_receive(domid, text, sizeof(text)) != XS_INVALID) {
	}
}

/* The next message that is no event. */
static uint32_t next_reply(char *text, size_t size)
{
	uint32_t type;

	do {
		type = ring_receive(3, text, size);
	} while (type == XS_WATCH_EVENT);
	return type;
}

/*
 * The daemon is killed after @o's effect was kept; how much of the answer the
 * guest sees is @seen. It gets one answer, the first one.
 */
static void check_once(const struct once *o, enum seen seen)
{
	struct xenstore_domain_interface *ring = fake_page(3);
	struct peer *p = rich_world();
	struct reply r;
	char text[4200];
	uint32_t prod;
	uint32_t cons;
	uint32_t tx = 0;

	once_world(p);
	drain(3);
	if (o->in_txn) {
		ring_send(3, XS_TRANSACTION_START, 0, "", 1);
		CU_ASSERT_EQUAL(next_reply(text, sizeof(text)),
				XS_TRANSACTION_START);
		tx = (uint32_t)strtoul(text, NULL, 10);
		ring_send(3, XS_WRITE, tx, "x\0guest", 7);
		CU_ASSERT_EQUAL(next_reply(text, sizeof(text)), XS_WRITE);
	} else {
		ring_send(3, XS_TRANSACTION_START, 0, "", 1);
		drain(3);
	}
	prod = ring->rsp_prod;
	cons = ring->req_cons;
	ring_send(3, o->type, tx, o->text, o->len);
	/* Somebody else is served and answered before the guest is. */
	(void)ask_write(p, 0, "/local/domain/3/x", "newer");
	ring->rsp_prod = seen == SEEN_ALL ? ring->rsp_prod : prod;
	ring->req_cons = seen == SEEN_NOTHING ? cons : ring->req_cons;
	CU_ASSERT_TRUE_FATAL(world_crash(false));
	CU_ASSERT_EQUAL(next_reply(text, sizeof(text)), o->type);
	CU_ASSERT_STRING_EQUAL(text, o->reply);
	CU_ASSERT_EQUAL(next_reply(text, sizeof(text)), XS_INVALID);
	peer_close(p);
	p = peer_open(0);
	r = ask_str(p, XS_READ, 0, "/local/domain/3/x");
	CU_ASSERT_STRING_EQUAL(r.data, "newer");
	/* And it goes on. */
	ring_send(3, XS_READ, 0, "x", 2);
	CU_ASSERT_EQUAL(next_reply(text, sizeof(text)), XS_READ);
	CU_ASSERT_STRING_EQUAL(text, "newer");
	CU_ASSERT_TRUE(books_balance());
	peer_close(p);
	world_stop();
}

static void test_once(void)
{
	for (size_t i = 0; i < sizeof(onces) / sizeof(onces[0]); i++) {
		for (unsigned int seen = 0; seen < SEEN_CASES; seen++) {
			check_once(&onces[i], (enum seen)seen);
		}
	}
}

/*
 * The journal is cut anywhere in the batch of a request that the guest saw
 * nothing of: it is done or not, never half, and then done and answered once.
 */
static void test_once_torn(void)
{
	static const char watch[] = "x\0t";
	struct xenstore_domain_interface *ring = fake_page(3);
	char text[4200];
	size_t whole = 1;

	for (size_t cut = 0; cut <= whole; cut++) {
		struct peer *p = rich_world();
		size_t before;
		uint32_t prod;
		uint32_t cons;

		once_world(p);
		drain(3);
		prod = ring->rsp_prod;
		cons = ring->req_cons;
		before = world_log_len;
		ring_send(3, XS_UNWATCH, 0, watch, sizeof(watch));
		whole = world_log_len - before;
		CU_ASSERT_TRUE(whole > 60);
		world_log_len = before + cut;
		ring->rsp_prod = prod;
		ring->req_cons = cons;
		CU_ASSERT_TRUE_FATAL(world_crash(false));
		CU_ASSERT_EQUAL(next_reply(text, sizeof(text)), XS_UNWATCH);
		CU_ASSERT_EQUAL(next_reply(text, sizeof(text)), XS_INVALID);
		CU_ASSERT_PTR_NULL(domain_find(&world, 3)->conn->watches);
		peer_close(p);
		world_stop();
	}
}

/* A guest may come back so often that the numbers of connections go round. */
static void test_many_connections(void)
{
	struct peer *first;
	struct peer *last;

	world_start();
	conn_set_last_id(0);
	first = peer_open(0);
	CU_ASSERT_EQUAL(first->conn->id, 1);
	conn_set_last_id(CONN_ID_MAX - 1);
	last = peer_open(0);
	CU_ASSERT_EQUAL(last->conn->id, CONN_ID_MAX);
	CU_ASSERT_TRUE_FATAL(world_reload());
	peer_close(last);
	last = peer_open(0);
	CU_ASSERT_EQUAL(last->conn->id, 2);
	CU_ASSERT_TRUE(world_reload());
	peer_close(first);
	peer_close(last);
	world_stop();
}

static void set(struct peer *p, const char *perms, size_t len)
{
	struct reply r = ask(p, XS_SET_PERMS, 0, perms, len);

	CU_ASSERT_TRUE(is_ok(&r));
}

/* Domains of another boot leave nothing to those that have their numbers. */
static void test_forget_all(void)
{
	struct peer *p;
	struct reply r;

	world_start();
	p = peer_open(0);
	(void)ask_write(p, 0, "/kept", "1");
	set(p, "/kept\0n0\0r3\0w4", sizeof("/kept\0n0\0r3\0w4"));
	(void)ask_write(p, 0, "/tool/theirs/below", "1");
	set(p, "/tool/theirs\0n5", sizeof("/tool/theirs\0n5"));
	set(p, "/\0r6", sizeof("/\0r6"));
	set(p, "@releaseDomain\0n0\0r3", sizeof("@releaseDomain\0n0\0r3"));
	CU_ASSERT_EQUAL(domain_forget_all(&world), 0);
	CU_ASSERT_EQUAL(world.quota->use[5].nodes, 0);
	r = ask_str(p, XS_READ, 0, "/tool/theirs");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_READ, 0, "/kept");
	CU_ASSERT_STRING_EQUAL(r.data, "1");
	r = ask_str(p, XS_GET_PERMS, 0, "/kept");
	CU_ASSERT_EQUAL(r.len, 3);
	r = ask_str(p, XS_GET_PERMS, 0, "/");
	CU_ASSERT_STRING_EQUAL(r.data, "r0");
	r = ask_str(p, XS_GET_PERMS, 0, "@releaseDomain");
	CU_ASSERT_EQUAL(r.len, 3);
	CU_ASSERT_TRUE(books_balance());
	peer_close(p);
	world_stop();
}

/* How often a domain hit its limits goes over an update and a crash. */
static void test_hits(void)
{
	struct peer *p = rich_world();

	world.quota->use[3].hits[QUOTA_WATCHES] = 7;
	CU_ASSERT_TRUE_FATAL(world_reload());
	CU_ASSERT_EQUAL(world.quota->use[3].hits[QUOTA_WATCHES], 7);
	world_keep_journal();
	CU_ASSERT_TRUE_FATAL(world_crash(false));
	CU_ASSERT_EQUAL(world.quota->use[3].hits[QUOTA_WATCHES], 7);
	peer_close(p);
	world_stop();
}

/* A record that makes no sense costs nothing but itself. */
static void test_nonsense(void)
{
	struct peer *p = rich_world();
	struct reply r;

	world_keep_journal();
	(void)ask_write(p, 0, "/before", "1");
	PUT(journal(&world), STATE_UNWATCH, NUM(777777), STR("/x"), STR("t"));
	(void)ask_write(p, 0, "/with", "2");
	PUT(journal(&world), STATE_LIVE, NUM(0));
	(void)ask_write(p, 0, "/after", "3");
	CU_ASSERT_TRUE_FATAL(world_crash(false));
	peer_close(p);
	p = peer_open(0);
	r = ask_str(p, XS_READ, 0, "/with");
	CU_ASSERT_STRING_EQUAL(r.data, "2");
	r = ask_str(p, XS_READ, 0, "/after");
	CU_ASSERT_STRING_EQUAL(r.data, "3");
	CU_ASSERT_TRUE(books_balance());
	peer_close(p);
	world_stop();
}

/* Only a live update hands on sockets: a file's numbers are others' by now. */
static void test_no_sockets(void)
{
	struct peer *p = rich_world();
	struct save *sv = calloc(1, sizeof(*sv));
	struct state_extra extra;
	char error[STATE_ERROR];

	CU_ASSERT_PTR_NOT_NULL_FATAL(sv);
	save_server(sv, &world, SAVE_ALL);
	save_end(sv);
	peer_close(p);
	world_stop();
	for (unsigned int journal = 0; journal < 2; journal++) {
		world_start();
		CU_ASSERT_EQUAL(state_load(&world, sv->out.data, sv->out.len,
					   journal, &extra, error),
				journal ? -EINVAL : 0);
		world_stop();
	}
	save_clear(sv);
	free(sv);
}

static void test_version(void)
{
	struct state_out o = { .len = 0 };

	start_state(&o);
	o.data[8] = 77;
	expect_refused(&o, "version 77.0, we know 2.0");
}

void add_state_suite(void)
{
	static const struct test_row rows[] = {
		{ "state: everything comes back", test_everything },
		{ "state: a backlog stays in order", test_backlog },
		{ "state: cut anywhere it is refused", test_cut },
		{ "state: spoilt anywhere it is refused", test_spoilt },
		{ "state: made up with good check sums", test_made_up },
		{ "state: reasons", test_reasons },
		{ "state: trees larger than their records", test_bomb },
		{ "journal: what was acknowledged is there", test_crash },
		{ "journal: a guest goes on over a crash", test_crash_ring },
		{ "journal: domains over a crash", test_crash_domains },
		{ "journal: a ring's request once", test_once },
		{ "journal: once, or torn and done again", test_once_torn },
		{ "state: numbers go round", test_many_connections },
		{ "state: nothing of other boots", test_forget_all },
		{ "state: hits of limits come back", test_hits },
		{ "journal: a record without sense", test_nonsense },
		{ "state: no sockets in a file", test_no_sockets },
		{ "state: another version", test_version },
		{ NULL, NULL },
	};

	add_suite("state", rows);
}
