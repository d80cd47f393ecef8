// SPDX-License-Identifier: BSD-2-Clause
/* Limits, partial writes, and what completions may do. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/xsasync/peer.h"

static void test_request_limit(void)
{
	struct xs_async_limits limits = { .requests = 2 };
	struct probe p[3] = { 0 };
	struct request r;

	setup(&limits);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", probe_done, &p[i]),
				0);
	}
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", probe_done, &p[2]),
			-EAGAIN);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", probe_done, &p[2]),
			-EAGAIN);
	CU_ASSERT(peer_receive(&r));
	peer_reply(&r, "", 0);
	CU_ASSERT_EQUAL(xs_async_wait(conn, 1, -1), 0);
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", probe_done, &p[2]), 0);
	teardown();
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(p[i].calls, 1);
		CU_ASSERT_EQUAL(p[i].error, i ? -ECANCELED : 0);
	}
}

/* The bytes of two requests of 19; a larger one is taken when it is alone. */
static void test_byte_limit(void)
{
	struct xs_async_limits limits = { .bytes = 40 };
	char value[100] = "";

	setup(&limits);
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", NULL, NULL), 0);
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", NULL, NULL), 0);
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", NULL, NULL), -EAGAIN);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(
		xs_async_write(conn, 0, "/a", value, sizeof(value), NULL, NULL),
		0);
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", NULL, NULL), -EAGAIN);
	teardown();
}

static void submit_numbered(int i)
{
	char value[4000];

	memset(value, 'a' + i % 26, sizeof(value));
	CU_ASSERT_EQUAL(xs_async_write(conn, 0, "/a", value, (size_t)(i * 13),
				       NULL, NULL),
			0);
}

/*
 * A daemon that reads slowly: everything arrives once and in order, and
 * POLLOUT is wanted exactly while something is left.
 */
static void test_partial_writes(void)
{
	struct xs_async_limits limits = { .bytes = 4 * 1024 * 1024 };
	struct request r;
	int small = 4096;
	int queued = 0;
	int seen = 0;

	setup(&limits);
	CU_ASSERT_EQUAL(setsockopt(xs_async_fd(conn), SOL_SOCKET, SO_SNDBUF,
				   &small, sizeof(small)),
			0);
	while (queued < 200) {
		submit_numbered(queued++);
	}
	CU_ASSERT_EQUAL(xs_async_events(conn), POLLIN | POLLOUT);
	while (xs_async_events(conn) & POLLOUT) {
		char hdr[sizeof(struct xsd_sockmsg)];

		CU_ASSERT_EQUAL_FATAL(xs_async_process(conn), 0);
		/* More, while a message may be sent in part. */
		for (int i = 0; i < 10 && queued < 300; i++) {
			submit_numbered(queued++);
		}
		/* Whole messages only, so that receiving stays simple. */
		while (recv(peer, hdr, sizeof(hdr), MSG_PEEK | MSG_DONTWAIT) ==
			       (ssize_t)sizeof(hdr) &&
		       seen < 300) {
			struct xsd_sockmsg h;
			char all[WIRE_MSG_MAX];

			memcpy(&h, hdr, sizeof(h));
			if (recv(peer, all, sizeof(h) + h.len,
				 MSG_PEEK | MSG_DONTWAIT) !=
			    (ssize_t)(sizeof(h) + h.len)) {
				break;
			}
			CU_ASSERT(peer_receive(&r));
			CU_ASSERT_EQUAL(r.hdr.req_id, (uint32_t)seen);
			CU_ASSERT_EQUAL(r.hdr.len, 3 + (uint32_t)seen * 13);
			CU_ASSERT(seen == 0 || r.data[3] == 'a' + seen % 26);
			seen++;
		}
	}
	while (peer_receive(&r)) {
		seen++;
	}
	CU_ASSERT_EQUAL(seen, 300);
	CU_ASSERT_EQUAL(xs_async_events(conn), POLLIN);
	teardown();
}

/* The device gets one message in each write. */
static void test_device(void)
{
	char packet[WIRE_MSG_MAX];

	setup_device();
	(void)xs_async_read(conn, 0, "/a", NULL, NULL);
	(void)xs_async_read(conn, 0, "/long", NULL, NULL);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(recv(peer, packet, sizeof(packet), MSG_DONTWAIT), 19);
	CU_ASSERT_EQUAL(recv(peer, packet, sizeof(packet), MSG_DONTWAIT), 22);
	CU_ASSERT_EQUAL(recv(peer, packet, sizeof(packet), MSG_DONTWAIT), -1);
	teardown();
}

static void test_timeout(void)
{
	struct probe p = { 0 };

	setup(NULL);
	CU_ASSERT_EQUAL(xs_async_wait(conn, 0, 0), 0);
	(void)xs_async_read(conn, 0, "/a", probe_done, &p);
	CU_ASSERT_EQUAL(xs_async_wait(conn, 1, 0), 0);
	CU_ASSERT_EQUAL(xs_async_wait(conn, 0, 0), -ETIMEDOUT);
	CU_ASSERT_EQUAL(p.calls, 0);
	teardown();
}

static void test_close(void)
{
	struct probe p[2] = { 0 };

	setup(NULL);
	(void)xs_async_read(conn, 0, "/a", probe_done, &p[0]);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	(void)xs_async_read(conn, 0, "/a", probe_done, &p[1]);
	teardown();
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(p[i].calls, 1);
		CU_ASSERT_EQUAL(p[i].error, -ECANCELED);
	}
	xs_async_close(NULL);
}

static struct probe more;
static int more_rc;

static void done_submits(void *arg, const struct xs_async_reply *reply)
{
	probe_done(arg, reply);
	CU_ASSERT_EQUAL(xs_async_process(conn), -EDEADLK);
	CU_ASSERT_EQUAL(xs_async_wait(conn, 0, -1), -EDEADLK);
	more_rc = xs_async_read(conn, 0, "/b", probe_done, &more);
}

/* What a completion submits goes out in the same call. */
static void test_chain(void)
{
	struct probe p = { 0 };
	struct request r;

	setup(NULL);
	memset(&more, 0, sizeof(more));
	(void)xs_async_read(conn, 0, "/a", done_submits, &p);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT(peer_receive(&r));
	peer_reply(&r, "1", 1);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(more_rc, 0);
	CU_ASSERT(peer_receive(&r));
	CU_ASSERT_STRING_EQUAL(r.data, "/b");
	peer_reply(&r, "2", 1);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(more.calls, 1);
	/* Of a connection that fails nothing new is accepted. */
	(void)xs_async_read(conn, 0, "/a", done_submits, &p);
	CU_ASSERT_EQUAL(shutdown(peer, SHUT_RDWR), 0);
	CU_ASSERT_EQUAL(xs_async_process(conn), -EPIPE);
	CU_ASSERT_EQUAL(more_rc, -EPIPE);
	CU_ASSERT_EQUAL(more.calls, 1);
	teardown();
	CU_ASSERT_EQUAL(p.calls, 2);
}

static void done_closes(void *arg, const struct xs_async_reply *reply)
{
	probe_done(arg, reply);
	xs_async_close(conn);
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/b", NULL, NULL), -ECANCELED);
}

static void event_closes(void *arg, const char *path, const char *token)
{
	(void)arg;
	(void)path;
	(void)token;
	xs_async_close(conn);
}

/* With a second reply behind the first, which nobody hears any more. */
static void test_close_inside(void)
{
	for (int by_event = 0; by_event < 2; by_event++) {
		struct probe p[2] = { 0 };
		struct request r[2];

		setup(NULL);
		xs_async_on_event(conn, event_closes, NULL);
		(void)xs_async_read(conn, 0, "/a", done_closes, &p[0]);
		(void)xs_async_read(conn, 0, "/a", probe_done, &p[1]);
		CU_ASSERT_EQUAL(xs_async_process(conn), 0);
		CU_ASSERT(peer_receive(&r[0]) && peer_receive(&r[1]));
		if (by_event) {
			peer_message(XS_WATCH_EVENT, 0, "/a\0t", 5);
		}
		peer_reply(&r[0], "1", 1);
		peer_reply(&r[1], "2", 1);
		CU_ASSERT_EQUAL(xs_async_process(conn), -ECANCELED);
		conn = NULL;
		CU_ASSERT_EQUAL(p[0].calls, 1);
		CU_ASSERT_EQUAL(p[0].error, by_event ? -ECANCELED : 0);
		CU_ASSERT_EQUAL(p[1].calls, 1);
		CU_ASSERT_EQUAL(p[1].error, -ECANCELED);
		teardown();
	}
}

const struct test_row queue_tests[] = {
	{ "limit of requests", test_request_limit },
	{ "limit of bytes", test_byte_limit },
	{ "partial writes", test_partial_writes },
	{ "a message a write on the device", test_device },
	{ "waiting ends", test_timeout },
	{ "close", test_close },
	{ "completions submit", test_chain },
	{ "completions close", test_close_inside },
	{ NULL, NULL },
};
