// SPDX-License-Identifier: BSD-2-Clause
/* Requests as they are sent, and what their completions are told. */
#include <stdlib.h>

#include "tests/unit/xsasync/peer.h"

/* The request that a submission with result @rc made, as the daemon got it. */
static struct request sent(int rc)
{
	struct request r = { .hdr.type = UINT32_MAX };

	CU_ASSERT_EQUAL_FATAL(rc, 0);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT(peer_receive(&r));
	return r;
}

static void check_payload(const struct request *r, uint32_t type,
			  const char *payload, size_t len)
{
	CU_ASSERT_EQUAL(r->hdr.type, type);
	CU_ASSERT_EQUAL_FATAL(r->hdr.len, len);
	CU_ASSERT_EQUAL(memcmp(r->data, payload, len), 0);
	peer_reply(r, "OK", 3);
	CU_ASSERT_EQUAL(xs_async_wait(conn, 0, -1), 0);
}

static void test_payloads(void)
{
	struct xs_permissions perms[] = { { 3, XS_PERM_NONE },
					  { 0, XS_PERM_READ } };
	struct iovec part = { .iov_base = (void *)(uintptr_t) "7",
			      .iov_len = 2 };
	struct request r;

	setup(NULL);
	r = sent(xs_async_read(conn, 5, "/a", NULL, NULL));
	CU_ASSERT_EQUAL(r.hdr.tx_id, 5);
	check_payload(&r, XS_READ, "/a", 3);
	r = sent(xs_async_write(conn, 0, "/a", "v\0w", 3, NULL, NULL));
	check_payload(&r, XS_WRITE, "/a\0v\0w", 6);
	r = sent(xs_async_write(conn, 0, "/a", NULL, 0, NULL, NULL));
	check_payload(&r, XS_WRITE, "/a", 3);
	r = sent(xs_async_mkdir(conn, 0, "/a", NULL, NULL));
	check_payload(&r, XS_MKDIR, "/a", 3);
	r = sent(xs_async_rm(conn, 0, "/a", NULL, NULL));
	check_payload(&r, XS_RM, "/a", 3);
	r = sent(xs_async_directory(conn, 0, "/a", NULL, NULL));
	check_payload(&r, XS_DIRECTORY, "/a", 3);
	r = sent(xs_async_get_permissions(conn, 0, "/a", NULL, NULL));
	check_payload(&r, XS_GET_PERMS, "/a", 3);
	r = sent(xs_async_set_permissions(conn, 0, "/a", perms, 2, NULL, NULL));
	check_payload(&r, XS_SET_PERMS, "/a\0n3\0r0", 9);
	r = sent(xs_async_transaction_end(conn, 9, false, NULL, NULL));
	CU_ASSERT_EQUAL(r.hdr.tx_id, 9);
	check_payload(&r, XS_TRANSACTION_END, "T", 2);
	r = sent(xs_async_transaction_end(conn, 9, true, NULL, NULL));
	check_payload(&r, XS_TRANSACTION_END, "F", 2);
	r = sent(xs_async_watch(conn, "/a", "t", NULL, NULL));
	check_payload(&r, XS_WATCH, "/a\0t", 5);
	r = sent(xs_async_unwatch(conn, "/a", "t", NULL, NULL));
	check_payload(&r, XS_UNWATCH, "/a\0t", 5);
	r = sent(xs_async_request(conn, XS_RESUME, 0, &part, 1, NULL, NULL));
	check_payload(&r, XS_RESUME, "7", 2);
	teardown();
}

static void test_refused(void)
{
	struct xs_permissions perms[] = { { 70000, XS_PERM_NONE } };
	char big[XENSTORE_PAYLOAD_MAX] = "";

	setup(NULL);
	CU_ASSERT_EQUAL(
		xs_async_set_permissions(conn, 0, "/a", perms, 1, NULL, NULL),
		-EINVAL);
	CU_ASSERT_EQUAL(
		xs_async_set_permissions(conn, 0, "/a", perms, 0, NULL, NULL),
		-EINVAL);
	CU_ASSERT_EQUAL(
		xs_async_request(conn, XS_WATCH_EVENT, 0, NULL, 0, NULL, NULL),
		-EINVAL);
	CU_ASSERT_EQUAL(
		xs_async_request(conn, XS_ERROR, 0, NULL, 0, NULL, NULL),
		-EINVAL);
	CU_ASSERT_EQUAL(
		xs_async_write(conn, 0, "/a", big, sizeof(big) - 2, NULL, NULL),
		-E2BIG);
	CU_ASSERT_EQUAL(
		xs_async_write(conn, 0, "/a", big, SIZE_MAX - 2, NULL, NULL),
		-E2BIG);
	CU_ASSERT_EQUAL(
		xs_async_write(conn, 0, "/a", big, sizeof(big) - 3, NULL, NULL),
		0);
	CU_ASSERT_EQUAL(xs_async_outstanding(conn), 1);
	teardown();
}

/* Ten in flight before the first is answered. */
static void test_in_flight(void)
{
	struct probe p[10] = { 0 };
	struct request r[10];
	char value[2] = "0";

	setup(NULL);
	for (int i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", probe_done, &p[i]),
				0);
	}
	CU_ASSERT_EQUAL(xs_async_outstanding(conn), 10);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	for (int i = 0; i < 10; i++) {
		CU_ASSERT(peer_receive(&r[i]));
	}
	for (int i = 0; i < 10; i++) {
		value[0] = (char)('0' + i);
		peer_reply(&r[i], value, 1);
	}
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	for (int i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(p[i].calls, 1);
		CU_ASSERT_EQUAL(p[i].error, 0);
		CU_ASSERT_EQUAL(p[i].len, 1);
		CU_ASSERT_EQUAL(p[i].data[0], '0' + i);
	}
	CU_ASSERT_EQUAL(xs_async_outstanding(conn), 0);
	teardown();
}

/* A reply finds its request also when it does not come in order. */
static void test_out_of_order(void)
{
	struct probe p[3] = { 0 };
	struct request r[3];

	setup(NULL);
	for (int i = 0; i < 3; i++) {
		(void)xs_async_read(conn, 0, "/a", probe_done, &p[i]);
	}
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT(peer_receive(&r[i]));
	}
	peer_reply(&r[2], "c", 1);
	peer_reply(&r[1], "b", 1);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(p[0].calls, 0);
	/* The list's end was taken out: it must still be one. */
	(void)xs_async_read(conn, 0, "/a", NULL, NULL);
	CU_ASSERT_EQUAL(xs_async_outstanding(conn), 2);
	peer_reply(&r[0], "a", 1);
	CU_ASSERT_EQUAL(xs_async_wait(conn, 1, -1), 0);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(p[i].calls, 1);
		CU_ASSERT_EQUAL(p[i].data[0], 'a' + i);
	}
	teardown();
}

static void test_errors(void)
{
	static const struct {
		const char *name;
		int error;
	} rows[] = { { "ENOENT", -ENOENT },
		     { "EACCES", -EACCES },
		     { "EAGAIN", -EAGAIN },
		     { "EQUOTA", -EINVAL },
		     { "", -EINVAL } };

	setup(NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct probe p = { 0 };
		struct request r =
			sent(xs_async_read(conn, 0, "/a", probe_done, &p));

		peer_error(&r, rows[i].name);
		CU_ASSERT_EQUAL(xs_async_process(conn), 0);
		CU_ASSERT_EQUAL(p.calls, 1);
		CU_ASSERT_EQUAL(p.error, rows[i].error);
		CU_ASSERT_EQUAL(p.len, 0);
	}
	teardown();
}

static void test_transaction(void)
{
	struct probe p = { 0 };
	struct request r;

	setup(NULL);
	r = sent(xs_async_transaction_start(conn, probe_done, &p));
	peer_reply(&r, "4294967295", 11);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(p.transaction, UINT32_MAX);
	teardown();
}

static int count_perms;
static struct xs_permissions got_perms[2];

static void perms_done(void *arg, const struct xs_async_reply *reply)
{
	(void)arg;
	count_perms = xs_async_permissions(reply, got_perms, 2);
}

static int ask_perms(const char *text, size_t len)
{
	struct request r =
		sent(xs_async_get_permissions(conn, 0, "/a", perms_done, NULL));

	peer_reply(&r, text, len);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	return count_perms;
}

static void test_permissions(void)
{
	setup(NULL);
	CU_ASSERT_EQUAL(ask_perms("n3\0b65535", 10), 2);
	CU_ASSERT_EQUAL(got_perms[0].id, 3);
	CU_ASSERT_EQUAL(got_perms[0].perms, XS_PERM_NONE);
	CU_ASSERT_EQUAL(got_perms[1].id, 65535);
	CU_ASSERT_EQUAL(got_perms[1].perms, XS_PERM_READ | XS_PERM_WRITE);
	CU_ASSERT_EQUAL(ask_perms("n3\0r1\0w2", 9), 3);
	CU_ASSERT_EQUAL(ask_perms("n3\0x1", 6), -EINVAL);
	CU_ASSERT_EQUAL(ask_perms("", 0), -EINVAL);
	/* Without the last NUL it is still a string. */
	CU_ASSERT_EQUAL(ask_perms("n3", 2), 1);
	teardown();
}

static struct {
	int calls;
	char path[16];
	char token[16];
} event;

static void event_fn(void *arg, const char *path, const char *token)
{
	CU_ASSERT_PTR_EQUAL(arg, &event);
	event.calls++;
	(void)strncpy(event.path, path, sizeof(event.path) - 1);
	(void)strncpy(event.token, token, sizeof(event.token) - 1);
}

/* Events come between replies, and cost no request. */
static void test_events(void)
{
	struct probe p = { 0 };
	struct request r;

	setup(NULL);
	memset(&event, 0, sizeof(event));
	peer_message(XS_WATCH_EVENT, 0, "/none\0t", 8);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	xs_async_on_event(conn, event_fn, &event);
	r = sent(xs_async_watch(conn, "/a", "tok", probe_done, &p));
	peer_reply(&r, "OK", 3);
	peer_message(XS_WATCH_EVENT, 0, "/a\0tok", 7);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(p.calls, 1);
	CU_ASSERT_EQUAL(event.calls, 1);
	CU_ASSERT_STRING_EQUAL(event.path, "/a");
	CU_ASSERT_STRING_EQUAL(event.token, "tok");
	/* What a later protocol adds behind the token is not ours. */
	r = sent(xs_async_read(conn, 0, "/a", probe_done, &p));
	peer_message(XS_WATCH_EVENT, 0, "/b\0t\0more", 10);
	peer_message(XS_WATCH_EVENT, 0, "\0", 2);
	peer_reply(&r, "v", 1);
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(event.calls, 3);
	CU_ASSERT_STRING_EQUAL(event.path, "");
	CU_ASSERT_EQUAL(p.calls, 2);
	teardown();
}

const struct test_row reply_tests[] = {
	{ "payloads", test_payloads },
	{ "refused arguments", test_refused },
	{ "many in flight", test_in_flight },
	{ "replies out of order", test_out_of_order },
	{ "errors of the daemon", test_errors },
	{ "transaction", test_transaction },
	{ "permissions", test_permissions },
	{ "events", test_events },
	{ NULL, NULL },
};
