// SPDX-License-Identifier: BSD-2-Clause
/*
 * Daemons that lie, stop in the middle, or hang up: each request that was
 * accepted ends exactly once, whatever comes.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/xsasync/peer.h"

#define COUNT 3

static struct probe probes[COUNT];
static struct request requests[COUNT];

/* Three reads that the daemon has, and no answer yet. */
static void setup_reads(void)
{
	setup(NULL);
	memset(probes, 0, sizeof(probes));
	for (int i = 0; i < COUNT; i++) {
		CU_ASSERT_EQUAL(
			xs_async_read(conn, 0, "/a", probe_done, &probes[i]),
			0);
	}
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	for (int i = 0; i < COUNT; i++) {
		CU_ASSERT(peer_receive(&requests[i]));
	}
}

/* After what the daemon said: all ended, each once, from @first on so. */
static void check_ended(int first, int error)
{
	CU_ASSERT_EQUAL(xs_async_process(conn), error);
	for (int i = 0; i < COUNT; i++) {
		CU_ASSERT_EQUAL(probes[i].calls, 1);
		CU_ASSERT_EQUAL(probes[i].error, i < first ? 0 : error);
	}
	CU_ASSERT_EQUAL(xs_async_outstanding(conn), 0);
	CU_ASSERT_EQUAL(xs_async_fd(conn), -1);
	CU_ASSERT_EQUAL(xs_async_events(conn), 0);
	CU_ASSERT_EQUAL(xs_async_process(conn), error);
	CU_ASSERT_EQUAL(xs_async_wait(conn, 0, -1), error);
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", probe_done, &probes[0]),
			error);
	teardown();
	for (int i = 0; i < COUNT; i++) {
		CU_ASSERT_EQUAL(probes[i].calls, 1);
	}
}

static void test_wrong_id(void)
{
	setup_reads();
	peer_reply(&requests[0], "v", 1);
	peer_message(XS_READ, requests[2].hdr.req_id + 1, "v", 1);
	check_ended(1, -EPROTO);
}

static void test_same_id_twice(void)
{
	setup_reads();
	peer_reply(&requests[0], "v", 1);
	peer_reply(&requests[0], "v", 1);
	check_ended(1, -EPROTO);
}

static void test_wrong_type(void)
{
	setup_reads();
	peer_message(XS_WRITE, requests[0].hdr.req_id, "v", 1);
	check_ended(0, -EPROTO);
}

static void test_too_long(void)
{
	static const uint32_t lengths[] = { XENSTORE_PAYLOAD_MAX + 1,
					    0x7fffffff, UINT32_MAX };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct xsd_sockmsg hdr = { .type = XS_READ, .len = lengths[i] };

		setup_reads();
		hdr.req_id = requests[0].hdr.req_id;
		peer_raw(&hdr, sizeof(hdr));
		check_ended(0, -EPROTO);
	}
}

static void test_bad_event(void)
{
	static const struct {
		const char *data;
		size_t len;
	} rows[] = { { "", 0 }, { "/a", 2 }, { "/a\0", 3 }, { "/a\0t", 4 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup_reads();
		peer_message(XS_WATCH_EVENT, 0, rows[i].data, rows[i].len);
		check_ended(0, -EPROTO);
	}
}

static void test_bad_transaction(void)
{
	static const char *const ids[] = { "", "0", "x", "4294967296", "-1" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct probe p = { 0 };
		struct request r;

		setup(NULL);
		(void)xs_async_transaction_start(conn, probe_done, &p);
		CU_ASSERT_EQUAL(xs_async_process(conn), 0);
		CU_ASSERT(peer_receive(&r));
		peer_reply(&r, ids[i], strlen(ids[i]) + 1);
		CU_ASSERT_EQUAL(xs_async_process(conn), -EPROTO);
		CU_ASSERT_EQUAL(p.calls, 1);
		CU_ASSERT_EQUAL(p.error, -EPROTO);
		teardown();
	}
}

/* One reply, half of the next one, and the end. */
static void test_hang_up(void)
{
	for (size_t some = 0; some < 17; some++) {
		struct {
			struct xsd_sockmsg hdr;
			char data;
		} m = { .hdr = { .type = XS_READ, .len = 1 } };

		setup_reads();
		peer_reply(&requests[0], "v", 1);
		m.hdr.req_id = requests[1].hdr.req_id;
		peer_raw(&m, some);
		CU_ASSERT_EQUAL(close(peer), 0);
		peer = -1;
		check_ended(1, -EPIPE);
	}
}

/* What the daemon said before it went is heard, though sending fails. */
static void test_hang_up_unread(void)
{
	struct probe late = { 0 };

	setup_reads();
	for (int i = 0; i < COUNT; i++) {
		peer_reply(&requests[i], "v", 1);
	}
	CU_ASSERT_EQUAL(close(peer), 0);
	peer = -1;
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", probe_done, &late), 0);
	CU_ASSERT_EQUAL(xs_async_process(conn), -EPIPE);
	for (int i = 0; i < COUNT; i++) {
		CU_ASSERT_EQUAL(probes[i].calls, 1);
		CU_ASSERT_EQUAL(probes[i].error, 0);
	}
	CU_ASSERT_EQUAL(late.calls, 1);
	CU_ASSERT_EQUAL(late.error, -EPIPE);
	teardown();
	CU_ASSERT_EQUAL(late.calls, 1);
}

/* It hangs up with our requests unread: a reset, not an end. */
static void test_reset(void)
{
	struct probe p = { 0 };

	setup(NULL);
	(void)xs_async_read(conn, 0, "/a", probe_done, &p);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(close(peer), 0);
	peer = -1;
	CU_ASSERT_EQUAL(xs_async_process(conn), -ECONNRESET);
	CU_ASSERT_EQUAL(p.calls, 1);
	CU_ASSERT_EQUAL(p.error, -ECONNRESET);
	teardown();
	CU_ASSERT_EQUAL(p.calls, 1);
}

/* Replies byte by byte. */
static void test_slow(void)
{
	setup_reads();
	for (int i = 0; i < COUNT; i++) {
		struct {
			struct xsd_sockmsg hdr;
			char data[5];
		} m = { .hdr = { .type = XS_READ, .len = 5 }, .data = "hello" };

		m.hdr.req_id = requests[i].hdr.req_id;
		for (size_t at = 0; at < 21; at++) {
			CU_ASSERT_EQUAL(probes[i].calls, 0);
			peer_raw((const char *)&m + at, 1);
			CU_ASSERT_EQUAL(xs_async_process(conn), 0);
		}
		CU_ASSERT_EQUAL(probes[i].calls, 1);
		CU_ASSERT_STRING_EQUAL(probes[i].data, "hello");
	}
	CU_ASSERT_EQUAL(xs_async_fd(conn) >= 0, true);
	teardown();
}

/* Three replies in two pieces, wherever the cut is. */
static void test_pieces(void)
{
	for (size_t cut = 0; cut <= COUNT * 21; cut++) {
		struct {
			struct xsd_sockmsg hdr;
			char data[5];
		} m = { .hdr = { .type = XS_READ, .len = 5 }, .data = "value" };
		char bytes[COUNT * 21];

		setup_reads();
		for (int i = 0; i < COUNT; i++) {
			m.hdr.req_id = requests[i].hdr.req_id;
			memcpy(bytes + i * 21, &m, 21);
		}
		peer_raw(bytes, cut);
		CU_ASSERT_EQUAL(xs_async_process(conn), 0);
		peer_raw(bytes + cut, sizeof(bytes) - cut);
		CU_ASSERT_EQUAL(xs_async_process(conn), 0);
		for (int i = 0; i < COUNT; i++) {
			CU_ASSERT_EQUAL(probes[i].calls, 1);
			CU_ASSERT_STRING_EQUAL(probes[i].data, "value");
		}
		teardown();
	}
}

/* Replies of the largest size, more than the input holds at once. */
static void test_large(void)
{
	static char value[XENSTORE_PAYLOAD_MAX];

	memset(value, 'v', sizeof(value));
	for (int round = 0; round < 20; round++) {
		setup_reads();
		for (int i = 0; i < COUNT; i++) {
			peer_reply(&requests[i], value,
				   sizeof(value) - (size_t)round);
		}
		CU_ASSERT_EQUAL(xs_async_wait(conn, 0, -1), 0);
		for (int i = 0; i < COUNT; i++) {
			CU_ASSERT_EQUAL(probes[i].len,
					sizeof(value) - (size_t)round);
		}
		teardown();
	}
}

/* A header that is mostly right, so that some go far. */
static size_t random_message(char *to)
{
	struct xsd_sockmsg hdr = {
		.type = rand() % 4 ? XS_READ : (uint32_t)rand() % 24,
		.req_id = (uint32_t)rand() % (COUNT + 1),
		.len = (uint32_t)rand() % 20,
	};

	memcpy(to, &hdr, sizeof(hdr));
	for (uint32_t i = 0; i < hdr.len; i++) {
		to[sizeof(hdr) + i] = (char)(rand() % 3 ? 'x' : rand() % 256);
	}
	return sizeof(hdr) + hdr.len;
}

static void test_random(void)
{
	char bytes[64 * 40];

	for (unsigned int seed = 0; seed < 3000; seed++) {
		size_t len = 0;
		size_t at = 0;

		srand(seed);
		setup_reads();
		while (len < sizeof(bytes) - 64) {
			len += random_message(bytes + len);
		}
		while (at < len && xs_async_fd(conn) >= 0) {
			size_t some = (size_t)rand() % 100 + 1;

			some = some > len - at ? len - at : some;
			peer_raw(bytes + at, some);
			at += some;
			(void)xs_async_process(conn);
		}
		teardown();
		for (int i = 0; i < COUNT; i++) {
			CU_ASSERT_EQUAL(probes[i].calls, 1);
		}
	}
}

const struct test_row hostile_tests[] = {
	{ "reply to no request", test_wrong_id },
	{ "two replies to one", test_same_id_twice },
	{ "reply of another type", test_wrong_type },
	{ "giant lengths", test_too_long },
	{ "events without strings", test_bad_event },
	{ "transactions without number", test_bad_transaction },
	{ "hangs up between and in replies", test_hang_up },
	{ "hangs up before we send", test_hang_up_unread },
	{ "hangs up without reading", test_reset },
	{ "byte by byte", test_slow },
	{ "in two pieces", test_pieces },
	{ "largest replies", test_large },
	{ "random bytes", test_random },
	{ NULL, NULL },
};
