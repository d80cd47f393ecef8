// SPDX-License-Identifier: BSD-2-Clause
/* Lists of children: in one reply, in parts, changing, and endless. */
#include "tests/unit/xsasync/peer.h"

static struct {
	int calls;
	int error;
	unsigned int names;
	size_t len;
	char last[16];
} got;

static void names_done(void *arg, const struct xs_async_reply *reply)
{
	const char *name = NULL;

	(void)arg;
	got.calls++;
	got.error = reply->error;
	got.len = reply->len;
	while ((name = xs_async_next_name(reply, name))) {
		got.names++;
		(void)strncpy(got.last, name, sizeof(got.last) - 1);
	}
}

static struct request next_request(uint32_t type)
{
	struct request r = { .hdr.type = UINT32_MAX };

	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_FATAL(peer_receive(&r));
	CU_ASSERT_EQUAL(r.hdr.type, type);
	return r;
}

static void start(void)
{
	setup(NULL);
	memset(&got, 0, sizeof(got));
	CU_ASSERT_EQUAL(xs_async_directory(conn, 7, "/d", names_done, NULL), 0);
}

static void check(int error, unsigned int names, const char *last)
{
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(got.error, error);
	CU_ASSERT_EQUAL(got.names, names);
	CU_ASSERT_STRING_EQUAL(got.last, last);
	CU_ASSERT_EQUAL(xs_async_outstanding(conn), 0);
	teardown();
	CU_ASSERT_EQUAL(got.calls, 1);
}

static void test_one_reply(void)
{
	struct request r;

	start();
	r = next_request(XS_DIRECTORY);
	peer_reply(&r, "a\0bc", 5);
	check(0, 2, "bc");
	start();
	r = next_request(XS_DIRECTORY);
	peer_reply(&r, "", 0);
	check(0, 0, "");
	start();
	r = next_request(XS_DIRECTORY);
	peer_error(&r, "ENOENT");
	check(-ENOENT, 0, "");
}

/* Starts a list that does not fit, and returns the request for its begin. */
static struct request start_parts(void)
{
	struct request r;

	start();
	r = next_request(XS_DIRECTORY);
	peer_error(&r, "E2BIG");
	r = next_request(XS_DIRECTORY_PART);
	CU_ASSERT_EQUAL(r.hdr.tx_id, 7);
	CU_ASSERT_EQUAL(r.hdr.len, 5);
	CU_ASSERT_EQUAL(memcmp(r.data,
			       "/d\0"
			       "0",
			       5),
			0);
	return r;
}

static void test_parts(void)
{
	struct request r = start_parts();

	peer_reply(&r, "12\0a\0bc", 8);
	r = next_request(XS_DIRECTORY_PART);
	CU_ASSERT_STRING_EQUAL(r.data + 3, "5");
	peer_reply(&r, "12\0def\0", 8);
	check(0, 3, "def");
	/* An empty part ends it as well, and so does one without names. */
	r = start_parts();
	peer_reply(&r, "12\0a", 5);
	r = next_request(XS_DIRECTORY_PART);
	peer_reply(&r, "12\0", 4);
	check(0, 1, "a");
	r = start_parts();
	peer_reply(&r, "12", 3);
	check(0, 0, "");
}

static void test_changed(void)
{
	struct request r = start_parts();

	peer_reply(&r, "12\0a\0bc", 8);
	r = next_request(XS_DIRECTORY_PART);
	peer_reply(&r, "13\0xx\0", 7);
	r = next_request(XS_DIRECTORY_PART);
	CU_ASSERT_STRING_EQUAL(r.data + 3, "0");
	peer_reply(&r, "13\0new\0", 8);
	check(0, 1, "new");
}

static void test_changes_always(void)
{
	struct request r = start_parts();
	char part[] = "A\0name";

	for (int i = 0; i < 10000 && got.calls == 0; i++) {
		part[0] ^= 1;
		peer_reply(&r, part, sizeof(part));
		CU_ASSERT_EQUAL(xs_async_process(conn), 0);
		(void)peer_receive(&r);
	}
	check(-EBUSY, 0, "");
}

static void test_no_end(void)
{
	static char part[XENSTORE_PAYLOAD_MAX];
	struct request r = start_parts();

	memset(part, 'n', sizeof(part));
	part[1] = '\0';
	part[sizeof(part) - 1] = '\0';
	for (int i = 0; i < 100000 && got.calls == 0; i++) {
		peer_reply(&r, part, sizeof(part));
		CU_ASSERT_EQUAL(xs_async_process(conn), 0);
		(void)peer_receive(&r);
	}
	check(-E2BIG, 0, "");
}

static void test_bad_parts(void)
{
	struct request r = start_parts();

	peer_reply(&r, "", 0);
	check(-EPROTO, 0, "");
	r = start_parts();
	peer_reply(&r, "12", 2);
	check(-EPROTO, 0, "");
	r = start_parts();
	peer_reply(&r, "a-generation-too-long-to-be-one\0a", 34);
	check(-EPROTO, 0, "");
	r = start_parts();
	peer_error(&r, "ENOENT");
	check(-ENOENT, 0, "");
}

/* The list is asked for further though the limit of requests is reached. */
static void test_beside_others(void)
{
	struct request r;

	start();
	CU_ASSERT_EQUAL(xs_async_read(conn, 0, "/a", NULL, NULL), 0);
	conn->limits.requests = 1;
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT(peer_receive(&r));
	peer_error(&r, "E2BIG");
	CU_ASSERT_EQUAL(xs_async_process(conn), 0);
	CU_ASSERT_EQUAL(xs_async_outstanding(conn), 2);
	CU_ASSERT_EQUAL(got.calls, 0);
	teardown();
	CU_ASSERT_EQUAL(got.calls, 1);
	CU_ASSERT_EQUAL(got.error, -ECANCELED);
}

const struct test_row directory_tests[] = {
	{ "one reply", test_one_reply },
	{ "parts", test_parts },
	{ "begins again when it changes", test_changed },
	{ "changes always", test_changes_always },
	{ "has no end", test_no_end },
	{ "malformed parts", test_bad_parts },
	{ "beside other requests", test_beside_others },
	{ NULL, NULL },
};
