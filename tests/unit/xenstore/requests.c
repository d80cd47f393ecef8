// SPDX-License-Identifier: BSD-2-Clause
/* Each request, what it answers and what it refuses. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

static void test_write_read(void)
{
	struct peer *p;
	struct reply r;

	world_start();
	p = peer_open(0);
	r = ask_write(p, 0, "/a/b", "value");
	CU_ASSERT_EQUAL(r.type, XS_WRITE);
	CU_ASSERT_EQUAL(r.len, 3);
	CU_ASSERT_STRING_EQUAL(r.data, "OK");
	r = ask_str(p, XS_READ, 0, "/a/b");
	CU_ASSERT_EQUAL(r.len, 5);
	CU_ASSERT_STRING_EQUAL(r.data, "value");
	r = ask_str(p, XS_READ, 0, "/a");
	CU_ASSERT_EQUAL(r.type, XS_READ);
	CU_ASSERT_EQUAL(r.len, 0);
	r = ask_str(p, XS_READ, 0, "/nope");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_READ, 0, "/bad//path");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask(p, XS_READ, 0, "/a/b", 4);
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask(p, XS_READ, 0, NULL, 0);
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask(p, XS_READ, 0, "/a\0/b", 6);
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask(p, XS_WRITE, 0, "/no-nul", 7);
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask_write(p, 0, "@releaseDomain", "x");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	/* Values are bytes: NULs count. */
	r = ask(p, XS_WRITE, 0, "/n\0a\0b\0", 7);
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_READ, 0, "/n");
	CU_ASSERT_EQUAL(r.len, 4);
	CU_ASSERT_EQUAL(memcmp(r.data, "a\0b", 4), 0);
	CU_ASSERT_TRUE(books_balance());
	peer_close(p);
	world_stop();
}

static void test_relative(void)
{
	struct peer *p;
	struct peer *zero;
	struct reply r;

	world_start();
	zero = peer_open(0);
	p = peer_open(3);
	r = ask_write(p, 0, "name", "x");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	(void)ask_str(zero, XS_MKDIR, 0, "/local/domain/3");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/local/domain/3", "n3");
	r = ask_write(p, 0, "name", "x");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(zero, XS_READ, 0, "/local/domain/3/name");
	CU_ASSERT_STRING_EQUAL(r.data, "x");
	r = ask_str(zero, XS_GET_PERMS, 0, "/local/domain/3/name");
	CU_ASSERT_STRING_EQUAL(r.data, "n3");
	peer_close(p);
	peer_close(zero);
	world_stop();
}

static void test_mkdir_rm(void)
{
	struct peer *p;
	struct reply r;

	world_start();
	p = peer_open(0);
	r = ask_str(p, XS_MKDIR, 0, "/a/b/c");
	CU_ASSERT_TRUE(is_ok(&r));
	(void)ask_write(p, 0, "/a/b", "keep");
	r = ask_str(p, XS_MKDIR, 0, "/a/b");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_READ, 0, "/a/b");
	CU_ASSERT_STRING_EQUAL(r.data, "keep");
	r = ask_str(p, XS_RM, 0, "/a/b");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_READ, 0, "/a/b/c");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_RM, 0, "/a/b");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_RM, 0, "/a/b/c");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_RM, 0, "/");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	CU_ASSERT_TRUE(books_balance());
	peer_close(p);
	world_stop();
}

static void test_directory(void)
{
	struct peer *p;
	struct reply r;

	world_start();
	p = peer_open(0);
	(void)ask_str(p, XS_MKDIR, 0, "/d/one");
	(void)ask_str(p, XS_MKDIR, 0, "/d/two");
	r = ask_str(p, XS_DIRECTORY, 0, "/d");
	CU_ASSERT_EQUAL(r.len, 8);
	CU_ASSERT_EQUAL(memcmp(r.data, "one\0two", 8), 0);
	r = ask_str(p, XS_DIRECTORY, 0, "/d/one");
	CU_ASSERT_EQUAL(r.type, XS_DIRECTORY);
	CU_ASSERT_EQUAL(r.len, 0);
	r = ask_str(p, XS_DIRECTORY, 0, "/x");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	peer_close(p);
	world_stop();
}

/* Too many children for one reply come in parts, each name once. */
static void test_directory_part(void)
{
	static char all[65536];
	char generation[32] = "";
	struct peer *p;
	struct reply r;
	size_t used = 0;
	bool end = false;

	world_start();
	p = peer_open(0);
	for (unsigned int i = 0; i < 2000; i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/d/node-%04u", i);
		(void)ask_str(p, XS_MKDIR, 0, path);
	}
	r = ask_str(p, XS_DIRECTORY, 0, "/d");
	CU_ASSERT_TRUE(is_error(&r, "E2BIG"));
	while (!end) {
		char offset[16];
		size_t head;
		size_t got;

		(void)snprintf(offset, sizeof(offset), "%zu", used);
		r = ask_two(p, XS_DIRECTORY_PART, 0, "/d", offset);
		CU_ASSERT_TRUE_FATAL(is_ok(&r));
		head = strlen(r.data) + 1;
		if (used == 0) {
			memcpy(generation, r.data, head);
		}
		CU_ASSERT_STRING_EQUAL(generation, r.data);
		got = r.len - head;
		end = r.data[r.len - 1] == '\0' && r.data[r.len - 2] == '\0';
		memcpy(all + used, r.data + head, got);
		used += got;
	}
	CU_ASSERT_EQUAL(used, 2000 * 10 + 1);
	CU_ASSERT_STRING_EQUAL(all, "node-0000");
	CU_ASSERT_STRING_EQUAL(all + 1999 * 10, "node-1999");
	r = ask_two(p, XS_DIRECTORY_PART, 0, "/d", "999999");
	CU_ASSERT_EQUAL(r.len, strlen(r.data) + 2);
	r = ask_two(p, XS_DIRECTORY_PART, 0, "/d", "x");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	peer_close(p);
	world_stop();
}

static void test_perms(void)
{
	struct peer *zero;
	struct peer *p;
	struct reply r;

	world_start();
	zero = peer_open(0);
	p = peer_open(3);
	(void)ask_write(zero, 0, "/g/closed", "c");
	(void)ask_write(zero, 0, "/g/open", "o");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/g/open", "r0");
	r = ask_str(p, XS_READ, 0, "/g/closed");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	r = ask_str(p, XS_READ, 0, "/g/open");
	CU_ASSERT_STRING_EQUAL(r.data, "o");
	r = ask_write(p, 0, "/g/open", "p");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	/* Whether something is missing is told to those who may look. */
	r = ask_str(p, XS_READ, 0, "/g/nope");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	r = ask_str(p, XS_READ, 0, "/g/open/nope");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_two(p, XS_SET_PERMS, 0, "/g/open", "b3");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	(void)ask_two(zero, XS_SET_PERMS, 0, "/g/open", "n3");
	r = ask_two(p, XS_SET_PERMS, 0, "/g/open", "r3");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_two(p, XS_SET_PERMS, 0, "/g/open", "r4");
	CU_ASSERT_TRUE(is_error(&r, "EPERM"));
	r = ask_two(p, XS_SET_PERMS, 0, "/g/open", "z4");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask_str(p, XS_SET_PERMS, 0, "/g/open");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	r = ask_two(zero, XS_SET_PERMS, 0, "/g/nope", "n0");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	r = ask_str(p, XS_RM, 0, "/g/closed");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	r = ask_str(p, XS_RM, 0, "/g/open");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_MKDIR, 0, "/g/mine");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	peer_close(p);
	peer_close(zero);
	world_stop();
}

static void test_special_perms(void)
{
	struct peer *zero;
	struct peer *p;
	struct reply r;

	world_start();
	zero = peer_open(0);
	p = peer_open(3);
	r = ask_str(zero, XS_GET_PERMS, 0, "@releaseDomain");
	CU_ASSERT_STRING_EQUAL(r.data, "n0");
	r = ask_str(p, XS_GET_PERMS, 0, "@releaseDomain");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	r = ask_two(p, XS_SET_PERMS, 0, "@releaseDomain", "r0");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	r = ask_two(zero, XS_SET_PERMS, 0, "@releaseDomain", "r0");
	CU_ASSERT_TRUE(is_ok(&r));
	r = ask_str(p, XS_GET_PERMS, 0, "@releaseDomain");
	CU_ASSERT_STRING_EQUAL(r.data, "r0");
	r = ask_str(zero, XS_GET_PERMS, 0, "@nothing");
	CU_ASSERT_TRUE(is_error(&r, "ENOENT"));
	peer_close(p);
	peer_close(zero);
	world_stop();
}

static void test_privileged(void)
{
	static const uint32_t types[] = {
		XS_CONTROL, XS_INTRODUCE,  XS_RELEASE,
		XS_RESUME,  XS_SET_TARGET, XS_IS_DOMAIN_INTRODUCED
	};
	struct peer *p;
	struct reply r;

	world_start();
	p = peer_open(3);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		r = ask_str(p, types[i], 0, "3");
		CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	}
	r = ask_str(p, XS_GET_DOMAIN_PATH, 0, "9");
	CU_ASSERT_STRING_EQUAL(r.data, "/local/domain/9");
	CU_ASSERT_EQUAL(r.len, 16);
	r = ask_str(p, XS_GET_DOMAIN_PATH, 0, "x");
	CU_ASSERT_TRUE(is_error(&r, "EINVAL"));
	peer_close(p);
	world_stop();
}

static void test_unknown(void)
{
	static const uint32_t types[] = { XS_WATCH_EVENT,    XS_ERROR,
					  XS_SET_TARGET + 1, XS_TYPE_COUNT,
					  XS_INVALID,	     0xffffffffu };
	struct peer *p;

	world_start();
	p = peer_open(0);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct reply r = ask_str(p, types[i], 0, "/");

		CU_ASSERT_TRUE(is_error(&r, "ENOSYS"));
	}
	peer_close(p);
	world_stop();
}

static void test_headers(void)
{
	struct xsd_sockmsg hdr = { .type = XS_READ,
				   .len = XENSTORE_PAYLOAD_MAX + 1 };
	struct peer *p;
	struct reply r;

	world_start();
	p = peer_open(0);
	peer_send(p, &hdr, sizeof(hdr));
	CU_ASSERT_TRUE(p->closed);
	peer_close(p);
	/* The id of a request comes back, also in pieces and pipelined. */
	p = peer_open(0);
	hdr = (struct xsd_sockmsg){ .type = XS_READ, .req_id = 77, .len = 2 };
	for (size_t i = 0; i < sizeof(hdr); i++) {
		peer_send(p, (char *)&hdr + i, 1);
	}
	peer_send(p, "/", 2);
	CU_ASSERT_TRUE_FATAL(peer_receive(p, &r));
	CU_ASSERT_EQUAL(r.req_id, 77);
	for (unsigned int i = 0; i < 300; i++) {
		hdr.req_id = i;
		memcpy(p->in + p->in_len, &hdr, sizeof(hdr));
		memcpy(p->in + p->in_len + sizeof(hdr), "/", 2);
		p->in_len += sizeof(hdr) + 2;
	}
	peer_run(p);
	while (p->in_len > 0) {
		peer_run(p);
	}
	for (unsigned int i = 0; i < 300; i++) {
		CU_ASSERT_TRUE_FATAL(peer_receive(p, &r));
		CU_ASSERT_EQUAL(r.req_id, i);
	}
	peer_close(p);
	world_stop();
}

/* A peer that does not read its replies stops being served, no more. */
static void test_slow_reader(void)
{
	struct xsd_sockmsg hdr = { .type = XS_READ, .len = 3 };
	struct peer *slow;
	struct peer *quick;
	struct reply r;
	unsigned int n = 0;

	world_start();
	slow = peer_open(0);
	quick = peer_open(0);
	(void)ask_write(quick, 0, "/v", "01234567890123456789");
	slow->stuck = true;
	for (unsigned int i = 0; i < 1000; i++) {
		memcpy(slow->in + slow->in_len, &hdr, sizeof(hdr));
		memcpy(slow->in + slow->in_len + sizeof(hdr), "/v", 3);
		slow->in_len += sizeof(hdr) + 3;
	}
	for (unsigned int i = 0; i < 100; i++) {
		peer_run(slow);
	}
	CU_ASSERT_TRUE(slow->conn->io->out.capacity <= 32768);
	r = ask_str(quick, XS_READ, 0, "/v");
	CU_ASSERT_TRUE(is_ok(&r));
	slow->stuck = false;
	while (n < 1000) {
		peer_run(slow);
		while (peer_receive(slow, &r)) {
			CU_ASSERT_EQUAL(r.len, 20);
			n++;
		}
	}
	peer_close(slow);
	peer_close(quick);
	world_stop();
}

void add_request_suite(void)
{
	static const struct test_row rows[] = {
		{ "request: write, read", test_write_read },
		{ "request: relative paths", test_relative },
		{ "request: mkdir, rm", test_mkdir_rm },
		{ "request: directory", test_directory },
		{ "request: directory in parts", test_directory_part },
		{ "request: permissions", test_perms },
		{ "request: special names", test_special_perms },
		{ "request: for domain 0 only", test_privileged },
		{ "request: unknown types", test_unknown },
		{ "request: headers, order", test_headers },
		{ "request: slow reader", test_slow_reader },
		{ NULL, NULL },
	};

	add_suite_both("requests", rows);
}
