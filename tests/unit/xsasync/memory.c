// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each allocation fails in turn: what was refused has done nothing, what was
 * accepted ends once, and nothing is lost (the sanitizer looks).
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/xsasync/peer.h"

#define REQUESTS 3

/* The linker gives us the library's calls; see --wrap in local.mk. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* Allocations until one fails; negative: none does. */
static int until_failure = -1;

static bool fails(void)
{
	return until_failure >= 0 && until_failure-- == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

/* The daemon answers whatever has come. */
static void answer(void)
{
	struct request r;

	while (peer_receive(&r)) {
		if (r.hdr.type == XS_DIRECTORY) {
			peer_error(&r, "E2BIG");
		} else if (r.hdr.type == XS_DIRECTORY_PART) {
			peer_reply(&r, "1\0name\0", 8);
		} else {
			peer_reply(&r, "OK", 3);
		}
	}
}

static int submit(struct probe p[REQUESTS], int rc[REQUESTS])
{
	static const char value[4000];
	int accepted = 0;

	rc[0] = xs_async_read(conn, 0, "/a", probe_done, &p[0]);
	rc[1] = xs_async_directory(conn, 0, "/d", probe_done, &p[1]);
	rc[2] = xs_async_write(conn, 0, "/w", value, sizeof(value), probe_done,
			       &p[2]);
	for (int i = 0; i < REQUESTS; i++) {
		CU_ASSERT(rc[i] == 0 || rc[i] == -ENOMEM);
		accepted += rc[i] == 0;
	}
	CU_ASSERT_EQUAL(xs_async_outstanding(conn), (unsigned int)accepted);
	return accepted;
}

/* Returns false once the failing allocation lies behind the end. */
static bool run(int failing)
{
	struct probe p[REQUESTS] = { 0 };
	int rc[REQUESTS];
	int fd[2];
	int opened;

	CU_ASSERT_FATAL(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	peer = fd[1];
	until_failure = failing;
	opened = xs_async_open_fd(fd[0], NULL, &conn);
	if (opened) {
		until_failure = -1;
		CU_ASSERT_EQUAL(opened, -ENOMEM);
		/* Still ours. */
		CU_ASSERT_EQUAL(close(fd[0]), 0);
		CU_ASSERT_EQUAL(close(peer), 0);
		peer = -1;
		return true;
	}
	(void)submit(p, rc);
	while (xs_async_outstanding(conn) > 0) {
		CU_ASSERT_EQUAL_FATAL(xs_async_process(conn), 0);
		answer();
	}
	for (int i = 0; i < REQUESTS; i++) {
		CU_ASSERT_EQUAL(p[i].calls, rc[i] == 0);
		CU_ASSERT(p[i].error == 0 || p[i].error == -ENOMEM);
	}
	teardown();
	if (until_failure >= 0) {
		until_failure = -1;
		return false;
	}
	return true;
}

static void test_each_allocation(void)
{
	int failing = 0;

	while (run(failing)) {
		failing++;
	}
	/* The connection, 3 requests and 2 buffers at the least. */
	CU_ASSERT(failing > 6);
}

const struct test_row memory_tests[] = {
	{ "each allocation fails", test_each_allocation },
	{ NULL, NULL },
};
