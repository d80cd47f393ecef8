// SPDX-License-Identifier: BSD-2-Clause
/* Life of a domain, and its ring with an honest and a hostile guest. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"
#include "xenstore/daemon/xen.h"

static struct peer *zero;

static struct reply introduce(const char *domid, const char *port)
{
	char buf[64];
	int len = snprintf(buf, sizeof(buf), "%s%c%s%c%s", domid, 0, "1234", 0,
			   port);

	return ask(zero, XS_INTRODUCE, 0, buf, (size_t)len + 1);
}

static void start(void)
{
	world_start();
	zero = peer_open(0);
}

static void stop(void)
{
	peer_close(zero);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

static void settle(unsigned int domid)
{
	domain_event(&world, (int)domid + 100);
	while (server_run_ready(&world)) {
	}
	server_settle(&world);
}

/* The guest's side of the ring: send bytes, waiting for room. */
static void ring_send(unsigned int domid, const void *data, size_t len)
{
	struct xenstore_domain_interface *ring = fake_page(domid);
	const char *at = data;

	for (size_t i = 0; i < len; i++) {
		if (ring->req_prod - ring->req_cons == XENSTORE_RING_SIZE) {
			settle(domid);
		}
		ring->req[MASK_XENSTORE_IDX(ring->req_prod)] = at[i];
		ring->req_prod++;
	}
	settle(domid);
}

static size_t ring_receive(unsigned int domid, char *buf, size_t len)
{
	struct xenstore_domain_interface *ring = fake_page(domid);
	size_t n = 0;

	while (n < len) {
		if (ring->rsp_cons == ring->rsp_prod) {
			settle(domid);
			if (ring->rsp_cons == ring->rsp_prod) {
				break;
			}
		}
		buf[n++] = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons)];
		ring->rsp_cons++;
	}
	return n;
}

static void ring_ask(unsigned int domid, uint32_t type, uint32_t tx,
		     const char *data, size_t len)
{
	struct xsd_sockmsg hdr = {
		.type = type, .req_id = 5, .tx_id = tx, .len = (uint32_t)len
	};

	ring_send(domid, &hdr, sizeof(hdr));
	ring_send(domid, data, len);
}

static void ring_request(unsigned int domid, uint32_t type, const char *data,
			 size_t len)
{
	ring_ask(domid, type, 0, data, len);
}

static uint32_t ring_reply(unsigned int domid, char *buf)
{
	struct xsd_sockmsg hdr;

	if (ring_receive(domid, (char *)&hdr, sizeof(hdr)) != sizeof(hdr)) {
		return XS_INVALID;
	}
	CU_ASSERT_EQUAL(ring_receive(domid, buf, hdr.len), hdr.len);
	buf[hdr.len] = '\0';
	return hdr.type;
}

static void test_introduce(void)
{
	struct reply r;

	start();
	(void)ask_two(zero, XS_WATCH, 0, "@introduceDomain", "i");
	(void)ask_two(zero, XS_WATCH, 0, "@releaseDomain", "r");
	CU_ASSERT_EQUAL(count_events(zero), 2);
	r = ask_str(zero, XS_IS_DOMAIN_INTRODUCED, 0, "3");
	CU_ASSERT_STRING_EQUAL(r.data, "F");
	r = introduce("3", "7");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(zero, XS_IS_DOMAIN_INTRODUCED, 0, "3");
	CU_ASSERT_STRING_EQUAL(r.data, "T");
	CU_ASSERT_EQUAL(domain_find(&world, 3)->port, 103);
	CU_ASSERT_EQUAL(fake_page(3)->server_features,
			XENSTORE_SERVER_FEATURE_RECONNECTION |
				XENSTORE_SERVER_FEATURE_ERROR | 4 /* depth */);
	r = introduce("3", "8");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_EQUAL(domain_find(&world, 3)->remote_port, 8);
	r = introduce("4", "0");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = introduce("0", "1");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = introduce("32752", "1");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = introduce("99", "1");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(zero, XS_RESUME, 0, "3");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(zero, XS_RESUME, 0, "4");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(zero, XS_RELEASE, 0, "3");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(zero, XS_RELEASE, 0, "3");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(zero, XS_RELEASE, 0, "0");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	CU_ASSERT_PTR_NULL(domain_find(&world, 3));
	stop();
}

/* What an event costs does not depend on how many domains there are. */
static void test_many(void)
{
	char text[8];
	uint64_t steps;
	struct reply r;

	start();
	for (unsigned int domid = 1; domid < 60; domid++) {
		(void)snprintf(text, sizeof(text), "%u", domid);
		r = introduce(text, "7");
		CU_ASSERT_TRUE(is_ok(&r));
	}
	for (unsigned int domid = 1; domid < 60; domid++) {
		CU_ASSERT_EQUAL(domain_find(&world, domid)->domid, domid);
		steps = index_steps();
		domain_event(&world, (int)domid + 100);
		CU_ASSERT_TRUE(index_steps() - steps <= 4);
		CU_ASSERT_TRUE(index_steps() > steps);
	}
	for (unsigned int domid = 1; domid < 60; domid++) {
		(void)snprintf(text, sizeof(text), "%u", domid);
		r = ask_str(zero, XS_RELEASE, 0, text);
		CU_ASSERT_TRUE(is_ok(&r));
		CU_ASSERT_PTR_NULL(domain_find(&world, domid));
	}
	CU_ASSERT_EQUAL(world.ports.count, 0);
	CU_ASSERT_EQUAL(world.domids.count, 0);
	stop();
}

static void test_events(void)
{
	static const char args[] = { '3', 0, '1', '2', 0, '9', 0 };
	struct xsd_sockmsg hdr = { .type = XS_INTRODUCE, .len = sizeof(args) };
	struct reply r;

	start();
	(void)ask_two(zero, XS_WATCH, 0, "@introduceDomain", "i");
	CU_ASSERT_EQUAL(count_events(zero), 1);
	(void)ask_two(zero, XS_WATCH, 0, "@releaseDomain", "r");
	CU_ASSERT_EQUAL(count_events(zero), 1);
	/* ask() drops events, so this one is sent by hand. */
	memcpy(zero->in, &hdr, sizeof(hdr));
	memcpy(zero->in + sizeof(hdr), args, sizeof(args));
	zero->in_len = sizeof(hdr) + sizeof(args);
	peer_run(zero);
	CU_ASSERT_TRUE(peer_receive(zero, &r));
	CU_ASSERT_EQUAL(r.type, XS_WATCH_EVENT);
	CU_ASSERT_STRING_EQUAL(r.data, "@introduceDomain");
	CU_ASSERT_TRUE(peer_receive(zero, &r));
	CU_ASSERT_EQUAL(r.type, XS_INTRODUCE);
	fake_state(3)->shutdown = true;
	domain_check_all(&world);
	server_settle(&world);
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@releaseDomain r");
	domain_check_all(&world);
	server_settle(&world);
	CU_ASSERT_EQUAL(count_events(zero), 0);
	fake_state(3)->dying = true;
	domain_check_all(&world);
	server_settle(&world);
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@releaseDomain r");
	CU_ASSERT_PTR_NULL(domain_find(&world, 3));
	stop();
}

static struct reply watch(struct peer *p, const char *path, const char *depth)
{
	char buf[64];
	int len = snprintf(buf, sizeof(buf), "%s%ct%c%s", path, 0, 0, depth);

	return ask(p, XS_WATCH, 0, buf, (size_t)len + 1);
}

/* Specials with depth 1 and names of one domain say which one it was. */
static void test_special_names(void)
{
	static const char *const bad[][2] = {
		{ "@introduceDomain/3", "" }, { "@releaseDomain/x", "" },
		{ "@releaseDomain/03", "" },  { "@releaseDomain/32752", "" },
		{ "@releaseDomain/", "" },    { "@releaseDomains", "" },
		{ "@releaseDomain", "0" },    { "@releaseDomain", "2" },
		{ "@releaseDomain/3", "1" },
	};
	struct reply r;

	start();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = watch(zero, bad[i][0], bad[i][1]);
		CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	}
	(void)watch(zero, "@introduceDomain", "1");
	(void)watch(zero, "@releaseDomain", "1");
	(void)ask_two(zero, XS_WATCH, 0, "@releaseDomain/3", "one");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@introduceDomain t");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@releaseDomain t");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@releaseDomain/3 one");
	(void)introduce("3", "7");
	(void)introduce("4", "7");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@introduceDomain/3 t");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@introduceDomain/4 t");
	(void)ask_str(zero, XS_RELEASE, 0, "4");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@releaseDomain/4 t");
	CU_ASSERT_EQUAL(count_events(zero), 0);
	(void)ask_str(zero, XS_RELEASE, 0, "3");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@releaseDomain/3 t");
	CU_ASSERT_STRING_EQUAL(next_event(zero), "@releaseDomain/3 one");
	r = ask_two(zero, XS_UNWATCH, 0, "@releaseDomain/3", "one");
	CU_ASSERT_TRUE(is_ok(&r));
	stop();
}

/* Permissions of one domain's name count in the place of the general ones. */
static void test_special_rights(void)
{
	struct peer *guest;
	struct reply r;

	start();
	guest = peer_open(9);
	(void)introduce("3", "7");
	(void)introduce("4", "7");
	(void)ask_two(guest, XS_WATCH, 0, "@releaseDomain", "all");
	(void)ask_two(guest, XS_WATCH, 0, "@releaseDomain/4", "four");
	CU_ASSERT_EQUAL(count_events(guest), 2);
	/* Nobody may: nothing is heard, of either name. */
	fake_state(4)->shutdown = true;
	domain_check_all(&world);
	server_settle(&world);
	CU_ASSERT_EQUAL(count_events(guest), 0);
	r = ask_two(guest, XS_SET_PERMS, 0, "@releaseDomain/4", "r0");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	r = ask_two(zero, XS_SET_PERMS, 0, "@releaseDomain/5", "r0");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask(zero, XS_SET_PERMS, 0, "@releaseDomain/4\0n0\0r9", 23);
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(guest, XS_GET_PERMS, 0, "@releaseDomain/4");
	CU_ASSERT_EQUAL(r.len, 6);
	r = ask_str(guest, XS_GET_PERMS, 0, "@releaseDomain/3");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	(void)ask_str(zero, XS_RELEASE, 0, "3");
	CU_ASSERT_EQUAL(count_events(guest), 0);
	(void)ask_str(zero, XS_RELEASE, 0, "4");
	CU_ASSERT_STRING_EQUAL(next_event(guest), "@releaseDomain all");
	CU_ASSERT_STRING_EQUAL(next_event(guest), "@releaseDomain/4 four");
	/* The next domain 4 has none of it. */
	fake_state(4)->shutdown = false;
	(void)introduce("4", "7");
	(void)ask_str(zero, XS_RELEASE, 0, "4");
	CU_ASSERT_EQUAL(count_events(guest), 0);
	/* The general right does not reach behind a closed name. */
	(void)introduce("4", "7");
	(void)ask_two(zero, XS_SET_PERMS, 0, "@releaseDomain", "r0");
	(void)ask_two(zero, XS_SET_PERMS, 0, "@releaseDomain/4", "n0");
	(void)ask_str(zero, XS_RELEASE, 0, "4");
	CU_ASSERT_EQUAL(count_events(guest), 0);
	peer_close(guest);
	stop();
}

/* Nothing of a dead domain is left for the next one with its number. */
static void test_death(void)
{
	struct peer *stub;
	struct reply r;
	char buf[4097];

	start();
	(void)introduce("3", "7");
	(void)ask_str(zero, XS_MKDIR, 0, "/local/domain/3");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/3", "n3");
	(void)ask_write(zero, 0, "/shared", "s");
	(void)ask(zero, XS_SET_PERMS, 0, "/shared\0n0\0r3", 14);
	ring_request(3, XS_WRITE, "mine\0v", 6);
	ring_request(3, XS_WATCH, "mine\0t", 7);
	ring_request(3, XS_TRANSACTION_START, "", 1);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_WRITE);
	CU_ASSERT_EQUAL(world.quota->use[3].nodes, 2);
	CU_ASSERT_EQUAL(world.quota->use[3].watches, 1);
	CU_ASSERT_EQUAL(world.quota->use[3].transactions, 1);
	fake_state(3)->exists = false;
	domain_check_all(&world);
	server_settle(&world);
	CU_ASSERT_EQUAL(world.quota->use[3].nodes, 0);
	CU_ASSERT_EQUAL(world.quota->use[3].bytes, 0);
	CU_ASSERT_EQUAL(world.quota->use[3].watches, 0);
	CU_ASSERT_EQUAL(world.quota->use[3].transactions, 0);
	r = ask_str(zero, XS_GET_PERMS, 0, "/shared");
	CU_ASSERT_EQUAL(r.len, 3);
	stub = peer_open(3);
	r = ask_str(stub, XS_READ, 0, "/shared");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	peer_close(stub);
	stop();
}

/* A transaction that outlives a domain gives nothing to the next one. */
static void test_rights_after_death(void)
{
	static const char *const perms[] = { "/later\0n0\0r3", "/later\0n3" };
	static const size_t len[] = { 13, 10 };
	struct peer *next;
	struct reply r;
	uint32_t t;

	start();
	(void)ask_write(zero, 0, "/later", "secret");
	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++) {
		(void)introduce("3", "7");
		t = begin(zero);
		r = ask(zero, XS_SET_PERMS, t, perms[i], len[i]);
		CU_ASSERT_TRUE(is_ok(&r));
		r = ask_str(zero, XS_RELEASE, 0, "3");
		CU_ASSERT_TRUE(is_ok(&r));
		r = commit(zero, t);
		CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
		next = peer_open(3);
		r = ask_str(next, XS_READ, 0, "/later");
		CU_ASSERT_TRUE(is_error(&r, "EACCES"));
		peer_close(next);
	}
	stop();
}

/*
 * A device model wrote by the rights of its target, in a transaction that is
 * open yet when these are gone: the target died, or it serves another one. A
 * domain that looks the same to the byte is not the one that it served.
 */
static void test_target_is_gone(bool died)
{
	struct reply r;
	char buf[4097];

	start();
	(void)introduce("3", "7");
	(void)introduce("4", "7");
	(void)introduce("5", "7");
	(void)ask_write(zero, 0, "/x", "v");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/x", "n4");
	(void)ask_two(zero, XS_SET_TARGET, 0, "3", "4");
	ring_request(3, XS_TRANSACTION_START, "", 1);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_TRANSACTION_START);
	CU_ASSERT_STRING_EQUAL(buf, "1");
	ring_ask(3, XS_WRITE, 1, "/x\0evil", 7);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_WRITE);
	if (died) {
		(void)ask_str(zero, XS_RELEASE, 0, "4");
		(void)introduce("4", "7");
		(void)ask_write(zero, 0, "/x", "v");
		(void)ask_two(zero, XS_SET_PERMS, 0, "/x", "n4");
	} else {
		(void)ask_two(zero, XS_SET_TARGET, 0, "3", "5");
	}
	ring_ask(3, XS_TRANSACTION_END, 1, "T", 2);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_ERROR);
	CU_ASSERT_STRING_EQUAL(buf, "EAGAIN");
	r = ask_str(zero, XS_READ, 0, "/x");
	CU_ASSERT_STRING_EQUAL(r.data, "v");
	stop();
}

static void test_target_died(void)
{
	test_target_is_gone(true);
}

static void test_other_target(void)
{
	test_target_is_gone(false);
}

/* Not even the root stays with a domain that is gone. */
static void test_root_after_death(void)
{
	struct peer *next;
	struct reply r;

	start();
	(void)introduce("3", "7");
	(void)ask(zero, XS_SET_PERMS, 0, "/\0n3\0r4", 8);
	(void)ask_str(zero, XS_RELEASE, 0, "3");
	r = ask_str(zero, XS_GET_PERMS, 0, "/");
	CU_ASSERT_STRING_EQUAL(r.data, "n0");
	CU_ASSERT_STRING_EQUAL(r.data + 3, "r4");
	next = peer_open(3);
	r = ask_write(next, 0, "/mine", "");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	peer_close(next);
	stop();
}

static void test_target(void)
{
	struct reply r;
	char buf[4097];

	start();
	(void)introduce("3", "7");
	(void)introduce("4", "7");
	(void)ask_write(zero, 0, "/local/domain/4/x", "v");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/4/x", "n4");
	ring_request(3, XS_READ, "/local/domain/4/x", 18);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_ERROR);
	r = ask_two(zero, XS_SET_TARGET, 0, "3", "4");
	CU_ASSERT_TRUE(is_ok(&r));
	ring_request(3, XS_READ, "/local/domain/4/x", 18);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_READ);
	/* It is the domain's, not the connection's. */
	fake_page(3)->req_prod += 5000;
	settle(3);
	CU_ASSERT_PTR_NULL(domain_find(&world, 3)->conn);
	fake_page(3)->connection = XENSTORE_RECONNECT;
	settle(3);
	ring_request(3, XS_READ, "/local/domain/4/x", 18);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_READ);
	r = ask_two(zero, XS_SET_TARGET, 0, "3", "5");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_two(zero, XS_SET_TARGET, 0, "3", "0");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	(void)ask_str(zero, XS_RELEASE, 0, "4");
	(void)ask_write(zero, 0, "/local/domain/4/x", "v");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/4/x", "n4");
	ring_request(3, XS_READ, "/local/domain/4/x", 18);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_ERROR);
	stop();
}

/* Requests and replies larger than the ring, around its end. */
static void test_ring_stream(void)
{
	char value[2100];
	char buf[4097];

	start();
	(void)introduce("3", "7");
	(void)ask_str(zero, XS_MKDIR, 0, "/local/domain/3");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/3", "n3");
	memset(value, 'v', sizeof(value));
	memcpy(value, "big", 4);
	for (unsigned int i = 0; i < 20; i++) {
		ring_request(3, XS_WRITE, value, 4 + 2000);
		CU_ASSERT_EQUAL(ring_reply(3, buf), XS_WRITE);
		ring_request(3, XS_READ, "big", 4);
		CU_ASSERT_EQUAL(ring_reply(3, buf), XS_READ);
		CU_ASSERT_EQUAL(memcmp(buf, value + 4, 2000), 0);
	}
	/* Many requests before one reply is read. */
	for (unsigned int i = 0; i < 50; i++) {
		ring_request(3, XS_READ, "big", 4);
		if (i >= 4) {
			CU_ASSERT_EQUAL(ring_reply(3, buf), XS_READ);
		}
	}
	CU_ASSERT_TRUE(fake_notifies > 0);
	stop();
}

static void send_quietly(uint32_t type, const char *data, size_t len)
{
	struct xenstore_domain_interface *ring = fake_page(3);
	struct xsd_sockmsg hdr = { .type = type, .len = (uint32_t)len };
	char msg[sizeof(hdr) + 8];

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), data, len);
	for (size_t i = 0; i < sizeof(hdr) + len; i++) {
		ring->req[MASK_XENSTORE_IDX(ring->req_prod++)] = msg[i];
	}
}

/* Another request, and no event, as it saw that the ring was not empty. */
static void ask_quietly(void)
{
	send_quietly(XS_GET_DOMAIN_PATH, "3", 2);
}

/* All that there is, and no event, as it saw that the ring was not full. */
static void take_quietly(void)
{
	fake_page(3)->rsp_cons = fake_page(3)->rsp_prod;
}

/* One event, and then rounds of the loop while there is something to do. */
static void rounds(void)
{
	domain_event(&world, 103);
	server_settle(&world);
	while (world.ready) {
		(void)server_run_ready(&world);
		server_settle(&world);
	}
}

/*
 * What the guest does between the moment that our indexes are out and its
 * event sends no event. It is seen all the same, in another turn and without
 * one: a request, and room for the rest of a reply.
 */
static void test_looked_at_again(void)
{
	struct xenstore_domain_interface *ring = fake_page(3);
	char value[2000];
	uint64_t asked;

	start();
	(void)introduce("3", "7");
	asked = world.requests[XS_GET_DOMAIN_PATH];
	ask_quietly();
	fake_on_notify = ask_quietly;
	rounds();
	CU_ASSERT_EQUAL(world.requests[XS_GET_DOMAIN_PATH], asked + 2);
	CU_ASSERT_EQUAL(ring->req_cons, ring->req_prod);
	/* A reply of two rings: the second half comes without an event. */
	memset(value, 'v', sizeof(value));
	memcpy(value, "/v", 3);
	(void)ask(zero, XS_WRITE, 0, value, sizeof(value));
	(void)ask_two(zero, XS_SET_PERMS, 0, "/v", "r0");
	take_quietly();
	send_quietly(XS_READ, "/v", 3);
	fake_on_notify = take_quietly;
	rounds();
	CU_ASSERT_EQUAL(ring->rsp_prod - ring->rsp_cons,
			sizeof(struct xsd_sockmsg) + sizeof(value) - 3 -
				XENSTORE_RING_SIZE);
	stop();
}

static void test_hostile_ring(void)
{
	static const uint32_t bad[][4] = {
		/* req_cons, req_prod, rsp_cons, rsp_prod */
		{ 0, 1025, 0, 0 }, { 5, 0, 0, 0 },     { 0, 0xffffffffu, 0, 0 },
		{ 0, 16, 1, 0 },   { 0, 16, 0, 2000 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct xenstore_domain_interface *ring = fake_page(3);
		struct reply r;

		start();
		(void)introduce("3", "7");
		memset(ring->req, 0, sizeof(ring->req));
		ring->req_cons = bad[i][0];
		ring->req_prod = bad[i][1];
		ring->rsp_cons = bad[i][2];
		ring->rsp_prod = bad[i][3];
		settle(3);
		CU_ASSERT_EQUAL(ring->error, XENSTORE_ERROR_RINGIDX);
		CU_ASSERT_PTR_NULL(world.domains->conn);
		settle(3);
		r = ask_str(zero, XS_DIRECTORY, 0, "/");
		CU_ASSERT_TRUE(is_ok(&r));
		stop();
	}
}

/* Firmware wipes the page between its own requests and the kernel's. */
static void test_wiped_ring(void)
{
	char buf[4097];

	start();
	(void)introduce("3", "7");
	ring_request(3, XS_GET_DOMAIN_PATH, "3", 2);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_GET_DOMAIN_PATH);
	memset(fake_page(3), 0,
	       offsetof(struct xenstore_domain_interface, server_features));
	ring_request(3, XS_GET_DOMAIN_PATH, "4", 2);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_GET_DOMAIN_PATH);
	CU_ASSERT_STRING_EQUAL(buf, "/local/domain/4");
	stop();
}

static void test_ring_too_long(void)
{
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = 4097 };

	start();
	(void)introduce("3", "7");
	ring_send(3, &hdr, sizeof(hdr));
	CU_ASSERT_EQUAL(fake_page(3)->error, XENSTORE_ERROR_PROTO);
	CU_ASSERT_PTR_NULL(world.domains->conn);
	stop();
}

static void test_reconnect(void)
{
	char buf[4097];

	start();
	(void)introduce("3", "7");
	ring_request(3, XS_WATCH, "a\0t", 4);
	ring_send(3, "half a head", 11);
	CU_ASSERT_EQUAL(world.watches.count, 1);
	fake_page(3)->connection = XENSTORE_RECONNECT;
	settle(3);
	CU_ASSERT_EQUAL(fake_page(3)->connection, XENSTORE_CONNECTED);
	CU_ASSERT_EQUAL(fake_page(3)->req_prod, 0);
	CU_ASSERT_EQUAL(world.watches.count, 0);
	ring_request(3, XS_GET_DOMAIN_PATH, "3", 2);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_GET_DOMAIN_PATH);
	/* After an error too. */
	fake_page(3)->req_prod += 5000;
	settle(3);
	CU_ASSERT_PTR_NULL(world.domains->conn);
	fake_page(3)->connection = XENSTORE_RECONNECT;
	settle(3);
	CU_ASSERT_EQUAL(fake_page(3)->error, XENSTORE_ERROR_NONE);
	ring_request(3, XS_GET_DOMAIN_PATH, "3", 2);
	CU_ASSERT_EQUAL(ring_reply(3, buf), XS_GET_DOMAIN_PATH);
	stop();
}

/*
 * What a guest has sent before it is introduced again waits for a turn of its
 * own: it must not come where the rest of what the tool sent is read.
 */
static void test_introduced_again(void)
{
	static const char again[] = { '3', 0, '1', '2', 0, '9', 0 };
	static const char good[] = "/x\0good";
	static const char evil[] = "/x\0evil";
	struct xsd_sockmsg introduce_hdr = { .type = XS_INTRODUCE,
					     .len = sizeof(again) };
	struct xsd_sockmsg read_hdr = { .type = XS_READ, .len = sizeof(again) };
	struct xsd_sockmsg write_hdr = { .type = XS_WRITE,
					 .len = sizeof(good) - 1 };
	char tool[2 * sizeof(introduce_hdr) + sizeof(again) + sizeof(good) - 1];
	struct xenstore_domain_interface *ring = fake_page(3);
	size_t second = sizeof(introduce_hdr) + sizeof(again);
	struct reply r;

	start();
	(void)introduce("3", "7");
	memcpy(tool, &introduce_hdr, sizeof(introduce_hdr));
	memcpy(tool + sizeof(introduce_hdr), again, sizeof(again));
	memcpy(tool + second, &write_hdr, sizeof(write_hdr));
	memcpy(tool + second + sizeof(write_hdr), good, sizeof(good) - 1);
	/* The guest's: as many bytes that are refused, and the same again. */
	memcpy(ring->req, tool, sizeof(tool));
	memcpy(ring->req, &read_hdr, sizeof(read_hdr));
	memcpy(ring->req + second + sizeof(write_hdr), evil, sizeof(evil) - 1);
	ring->req_prod = sizeof(tool);
	peer_send(zero, tool, sizeof(tool));
	r = get_reply(zero);
	CU_ASSERT_EQUAL(r.type, XS_INTRODUCE);
	r = get_reply(zero);
	CU_ASSERT_EQUAL(r.type, XS_WRITE);
	r = ask_str(zero, XS_READ, 0, "/x");
	CU_ASSERT_STRING_EQUAL(r.data, "good");
	/* And the guest got its turn: both were refused. */
	CU_ASSERT_EQUAL(ring->req_cons, sizeof(tool));
	CU_ASSERT_EQUAL(world.metrics.errors, 2);
	stop();
}

static void test_self(void)
{
	char buf[4097];

	start();
	CU_ASSERT_EQUAL(domain_introduce_self(&world), 0);
	CU_ASSERT_TRUE(fake_notifies > 0);
	ring_request(0, XS_WRITE, "/from-kernel\0v", 14);
	CU_ASSERT_EQUAL(ring_reply(0, buf), XS_WRITE);
	ring_request(0, XS_IS_DOMAIN_INTRODUCED, "0", 2);
	CU_ASSERT_EQUAL(ring_reply(0, buf), XS_IS_DOMAIN_INTRODUCED);
	CU_ASSERT_STRING_EQUAL(buf, "T");
	domain_check_all(&world);
	stop();
}

void add_domain_suite(void)
{
	/* What a tool asks, on a socket and by the kernel's ring. */
	static const struct test_row both[] = {
		{ "domain: introduce, release", test_introduce },
		{ "domain: events", test_events },
		{ "special: names", test_special_names },
		{ "special: permissions", test_special_rights },
		{ NULL, NULL },
	};
	static const struct test_row rows[] = {
		{ "domain: many", test_many },
		{ "domain: death", test_death },
		{ "domain: rights after death", test_rights_after_death },
		{ "domain: target", test_target },
		{ "domain: its target died", test_target_died },
		{ "domain: another target", test_other_target },
		{ "domain: the root after death", test_root_after_death },
		{ "domain: introduced again", test_introduced_again },
		{ "domain: our own", test_self },
		{ "ring: streams", test_ring_stream },
		{ "ring: looked at again", test_looked_at_again },
		{ "ring: hostile indexes", test_hostile_ring },
		{ "ring: wiped by firmware", test_wiped_ring },
		{ "ring: payload too long", test_ring_too_long },
		{ "ring: reconnect", test_reconnect },
		{ NULL, NULL },
	};

	add_suite_both("introductions", both);
	add_suite("domains", rows);
}
