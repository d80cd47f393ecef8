// SPDX-License-Identifier: BSD-2-Clause
/*
 * Conformance, row by row: each request with each answer that it can give.
 * A row is sent by domain 0 ('z') or by guest 3 ('g'), over sockets and over
 * rings. The tree that all rows see:
 *
 *	/open	n0 r3	"o"	the guest may read it
 *	/wo	n0 w3	"w"	or write it,
 *	/both	n0 b3	"b"	or both
 *	/closed	n0	"c"	or neither; with a child "deep"
 *	/mine	n3	"m"	its own
 *	/dir	r0		children a, b, c
 *	/wide	r0		more children than one reply holds
 *
 * Transaction 1 of each is open; 99 is nobody's.
 *
 * Which errors a request can give, and which test has the row: r the
 * request's own, t "no such transaction", l "limits", d "default limits", p
 * "length of paths", s "the life of a domain", u "CONTROL while it updates",
 * C control.c, Q quotas.c, T txns.c; "." if it cannot be.
 *
 *			EINVAL	ENOENT	EACCES	ENOSPC	E2BIG	others
 *	READ		rp	rt	r	l	.
 *	DIRECTORY	rp	rt	r	l	r
 *	DIRECTORY_PART	rp	rt	r	l	.
 *	GET_PERMS	rp	rt	rs	l	.
 *	WRITE		rp	t	r	ld	.
 *	MKDIR		rp	t	r	ld	.
 *	RM		rp	rt	r	l	.
 *	SET_PERMS	rp	rt	r	rld	.	EPERM r
 *	WATCH		rp	t	.	r	rd	EEXIST r
 *	UNWATCH		rp	rtd	.	.	.
 *	RESET_WATCHES	.	t	.	.	.
 *	TRANSACTION_START .	.	.	rl	.	EBUSY rt
 *	TRANSACTION_END	r	rt	.	Q	.	EAGAIN T
 *	INTRODUCE	rs	rt	r	.	.
 *	RELEASE		r	rst	r	.	.
 *	RESUME		r	rst	r	.	.
 *	SET_TARGET	r	rst	r	.	.
 *	IS_DOMAIN_INTRODUCED r	t	r	.	.
 *	GET_DOMAIN_PATH	r	t	.	.	.
 *	CONTROL		rC	rt	r	.	.	EBUSY u
 *
 * All other types are ENOSYS ("unknown requests"), and where memory ends any
 * may be ENOMEM (memory.c). A payload that is too long ends the connection
 * (requests.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

struct row {
	char who;
	uint32_t type;
	uint32_t tx;
	const char *data; /* with "|" for each NUL */
	const char *want; /* an error, or the payload in the same form */
};

static struct peer *zero;
static struct peer *guest;

static void make(const char *path, const char *value, const char *perms)
{
	char buf[128];
	int len = snprintf(buf, sizeof(buf), "%s|%s|", path, perms);
	struct reply r = ask_write(zero, 0, path, value);

	CU_ASSERT_TRUE_FATAL(is_ok(&r));
	for (int i = 0; i < len; i++) {
		buf[i] = buf[i] == '|' ? '\0' : buf[i];
	}
	r = ask(zero, XS_SET_PERMS, 0, buf, (size_t)len);
	CU_ASSERT_TRUE_FATAL(is_ok(&r));
}

static void start(void)
{
	world_start();
	zero = peer_open(0);
	guest = peer_open(3);
	make("/open", "o", "n0|r3");
	make("/wo", "w", "n0|w3");
	make("/both", "b", "n0|b3");
	make("/closed/deep", "d", "n0");
	make("/closed", "c", "n0");
	make("/mine", "m", "n3");
	make("/dir", "", "r0");
	(void)ask_str(zero, XS_MKDIR, 0, "/dir/b");
	(void)ask_str(zero, XS_MKDIR, 0, "/dir/c");
	(void)ask_str(zero, XS_MKDIR, 0, "/dir/a");
}

static void make_wide(void)
{
	char path[128];

	make("/wide", "", "r0");
	for (unsigned int i = 0; i < 60; i++) {
		(void)snprintf(path, sizeof(path), "/wide/%080u", i);
		(void)ask_str(zero, XS_MKDIR, 0, path);
	}
}

static void stop(void)
{
	peer_close(guest);
	peer_close(zero);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

/* The reply in the form of the rows. */
static const char *shown(const struct reply *r)
{
	static char text[XENSTORE_PAYLOAD_MAX + 2];

	if (r->type == XS_ERROR) {
		return r->data;
	}
	memcpy(text, r->data, r->len);
	for (uint32_t i = 0; i < r->len; i++) {
		text[i] = text[i] == '\0' ? '|' : text[i];
	}
	text[r->len] = '\0';
	return text;
}

static void run_row(const struct row *row)
{
	char data[XENSTORE_PAYLOAD_MAX];
	size_t len = strlen(row->data);
	struct peer *p = row->who == 'z' ? zero : guest;
	struct reply r;

	for (size_t i = 0; i < len; i++) {
		data[i] = row->data[i] == '|' ? '\0' : row->data[i];
	}
	r = ask(p, row->type, row->tx, data, len);
	if (strcmp(shown(&r), row->want) != 0) {
		(void)printf("\n    %c %s tx %u \"%s\": \"%s\", not \"%s\"\n",
			     row->who, wire_type_name(row->type), row->tx,
			     row->data, shown(&r), row->want);
		CU_FAIL("row");
	}
	/* The reply's header says what it answers. */
	CU_ASSERT_EQUAL(r.tx_id, row->tx);
	CU_ASSERT_TRUE(r.type == row->type || r.type == XS_ERROR);
}

/* Each row in what the rows before it left. */
static void run_story(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		run_row(&rows[i]);
	}
}

#define STORY(rows) run_story(rows, sizeof(rows) / sizeof((rows)[0]))

/* Each row in a world of its own. */
static void run_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		start();
		CU_ASSERT_EQUAL(begin(zero), 1);
		CU_ASSERT_EQUAL(begin(guest), 1);
		run_row(&rows[i]);
		stop();
	}
}

#define RUN(rows) run_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_read(void)
{
	static const struct row rows[] = {
		{ 'z', XS_READ, 0, "/open|", "o" },
		{ 'z', XS_READ, 1, "/open|", "o" },
		{ 'z', XS_READ, 0, "/|", "" },
		{ 'z', XS_READ, 0, "/none|", "ENOENT" },
		{ 'z', XS_READ, 0, "", "EINVAL" },
		{ 'z', XS_READ, 0, "/open", "EINVAL" },
		{ 'z', XS_READ, 0, "/open|/open|", "EINVAL" },
		{ 'z', XS_READ, 0, "|", "EINVAL" },
		{ 'z', XS_READ, 0, "/open/|", "EINVAL" },
		{ 'z', XS_READ, 0, "//open|", "EINVAL" },
		{ 'z', XS_READ, 0, "/o pen|", "EINVAL" },
		{ 'z', XS_READ, 0, "@releaseDomain|", "EINVAL" },
		{ 'g', XS_READ, 0, "/open|", "o" },
		{ 'g', XS_READ, 1, "/both|", "b" },
		{ 'g', XS_READ, 0, "/mine|", "m" },
		{ 'g', XS_READ, 0, "/wo|", "EACCES" },
		{ 'g', XS_READ, 0, "/closed|", "EACCES" },
		{ 'g', XS_READ, 0, "/closed/deep|", "EACCES" },
		/* What is not there is not told from what is closed. */
		{ 'g', XS_READ, 0, "/closed/none|", "EACCES" },
		{ 'g', XS_READ, 0, "/none|", "EACCES" },
		{ 'g', XS_READ, 0, "/open/none|", "ENOENT" },
		{ 'g', XS_READ, 0, "/open/none/none|", "ENOENT" },
		{ 'g', XS_READ, 0, "/wo/none|", "EACCES" },
	};

	RUN(rows);
}

static void test_directory(void)
{
	static const struct row rows[] = {
		{ 'z', XS_DIRECTORY, 0, "/dir|", "a|b|c|" },
		{ 'g', XS_DIRECTORY, 1, "/dir|", "a|b|c|" },
		{ 'g', XS_DIRECTORY, 0, "/dir/a|", "" },
		{ 'g', XS_DIRECTORY, 0, "/dir/x|", "ENOENT" },
		{ 'g', XS_DIRECTORY, 0, "/closed|", "EACCES" },
		{ 'g', XS_DIRECTORY, 0, "/closed/x|", "EACCES" },
		{ 'z', XS_DIRECTORY, 0, "/dir", "EINVAL" },
		{ 'z', XS_DIRECTORY_PART, 0, "/dir|", "EINVAL" },
		{ 'z', XS_DIRECTORY_PART, 0, "/dir|x|", "EINVAL" },
		{ 'z', XS_DIRECTORY_PART, 0, "/dir|-1|", "EINVAL" },
		{ 'z', XS_DIRECTORY_PART, 0, "/none|0|", "ENOENT" },
		{ 'g', XS_DIRECTORY_PART, 0, "/closed|0|", "EACCES" },
		{ 'g', XS_DIRECTORY_PART, 0, "/closed/x|0|", "EACCES" },
	};
	struct reply r;

	RUN(rows);
	start();
	make_wide();
	r = ask_str(guest, XS_DIRECTORY, 0, "/wide");
	CU_ASSERT_TRUE(is_error(&r, "E2BIG"));
	r = ask_two(guest, XS_DIRECTORY_PART, 0, "/dir", "2");
	CU_ASSERT_STRING_EQUAL(shown(&r) + strlen(r.data), "|b|c||");
	r = ask_two(guest, XS_DIRECTORY_PART, 0, "/dir", "6");
	CU_ASSERT_STRING_EQUAL(shown(&r) + strlen(r.data), "||");
	stop();
}

static void test_write(void)
{
	static const struct row rows[] = {
		{ 'z', XS_WRITE, 0, "/new/er|v", "OK|" },
		{ 'z', XS_WRITE, 1, "/new/er|v", "OK|" },
		{ 'z', XS_WRITE, 0, "/open|", "OK|" },
		{ 'z', XS_WRITE, 0, "/open|a|b|", "OK|" },
		{ 'z', XS_WRITE, 0, "/|v", "OK|" },
		{ 'z', XS_WRITE, 0, "/open", "EINVAL" },
		{ 'z', XS_WRITE, 0, "", "EINVAL" },
		{ 'z', XS_WRITE, 0, "|v", "EINVAL" },
		{ 'z', XS_WRITE, 0, "/a//b|v", "EINVAL" },
		{ 'z', XS_WRITE, 0, "@introduceDomain|v", "EINVAL" },
		{ 'g', XS_WRITE, 0, "/mine|v", "OK|" },
		{ 'g', XS_WRITE, 0, "/wo|v", "OK|" },
		{ 'g', XS_WRITE, 0, "/wo/new|v", "OK|" },
		{ 'g', XS_WRITE, 0, "/both|v", "OK|" },
		{ 'g', XS_WRITE, 1, "/mine/a/b/c|v", "OK|" },
		{ 'g', XS_WRITE, 0, "/open|v", "EACCES" },
		{ 'g', XS_WRITE, 0, "/open/new|v", "EACCES" },
		{ 'g', XS_WRITE, 0, "/closed|v", "EACCES" },
		{ 'g', XS_WRITE, 0, "/closed/new|v", "EACCES" },
		{ 'g', XS_WRITE, 0, "/new|v", "EACCES" },
	};

	RUN(rows);
}

static void test_mkdir_rm(void)
{
	static const struct row rows[] = {
		{ 'z', XS_MKDIR, 0, "/new/er|", "OK|" },
		{ 'z', XS_MKDIR, 1, "/new/er|", "OK|" },
		{ 'z', XS_MKDIR, 0, "/open|", "OK|" },
		{ 'z', XS_MKDIR, 0, "/|", "OK|" },
		{ 'z', XS_MKDIR, 0, "/new", "EINVAL" },
		{ 'z', XS_MKDIR, 0, "/new|x|", "EINVAL" },
		{ 'g', XS_MKDIR, 0, "/mine/a/b|", "OK|" },
		{ 'g', XS_MKDIR, 0, "/wo/a|", "OK|" },
		{ 'g', XS_MKDIR, 0, "/open/a|", "EACCES" },
		{ 'g', XS_MKDIR, 0, "/open|", "EACCES" },
		{ 'g', XS_MKDIR, 0, "/closed/deep|", "EACCES" },
		{ 'g', XS_MKDIR, 0, "/closed/none|", "EACCES" },
		{ 'z', XS_RM, 0, "/closed|", "OK|" },
		{ 'z', XS_RM, 1, "/closed|", "OK|" },
		{ 'z', XS_RM, 0, "/none|", "OK|" },
		{ 'z', XS_RM, 0, "/none/none|", "ENOENT" },
		{ 'z', XS_RM, 0, "/|", "EINVAL" },
		{ 'z', XS_RM, 0, "/open", "EINVAL" },
		{ 'g', XS_RM, 0, "/mine|", "OK|" },
		{ 'g', XS_RM, 0, "/wo|", "OK|" },
		{ 'g', XS_RM, 0, "/mine/none|", "OK|" },
		{ 'g', XS_RM, 0, "/mine/none/none|", "ENOENT" },
		{ 'g', XS_RM, 0, "/open|", "EACCES" },
		{ 'g', XS_RM, 0, "/open/none|", "EACCES" },
		{ 'g', XS_RM, 0, "/closed/deep|", "EACCES" },
		{ 'g', XS_RM, 0, "/closed/none|", "EACCES" },
		{ 'g', XS_RM, 0, "/closed/none/none|", "EACCES" },
	};

	RUN(rows);
}

static void test_perms(void)
{
	static const struct row rows[] = {
		{ 'z', XS_GET_PERMS, 0, "/open|", "n0|r3|" },
		{ 'z', XS_GET_PERMS, 1, "/mine|", "n3|" },
		{ 'z', XS_GET_PERMS, 0, "/none|", "ENOENT" },
		{ 'z', XS_GET_PERMS, 0, "/open", "EINVAL" },
		{ 'z', XS_GET_PERMS, 0, "@releaseDomain|", "n0|" },
		{ 'z', XS_GET_PERMS, 0, "@releaseDomain/7|", "n0|" },
		{ 'z', XS_GET_PERMS, 0, "@introduceDomain/7|", "ENOENT" },
		{ 'z', XS_GET_PERMS, 0, "@none|", "ENOENT" },
		{ 'g', XS_GET_PERMS, 0, "/open|", "n0|r3|" },
		{ 'g', XS_GET_PERMS, 0, "/wo|", "EACCES" },
		{ 'g', XS_GET_PERMS, 0, "/closed|", "EACCES" },
		{ 'g', XS_GET_PERMS, 0, "/closed/none|", "EACCES" },
		{ 'g', XS_GET_PERMS, 0, "/open/none|", "ENOENT" },
		{ 'g', XS_GET_PERMS, 0, "@releaseDomain|", "EACCES" },
		{ 'z', XS_SET_PERMS, 0, "/open|n5|w3|", "OK|" },
		{ 'z', XS_SET_PERMS, 1, "/open|n5|w3|", "OK|" },
		{ 'z', XS_SET_PERMS, 0, "/|r0|", "OK|" },
		{ 'z', XS_SET_PERMS, 0, "/none|n0|", "ENOENT" },
		{ 'z', XS_SET_PERMS, 0, "/open|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "/open|n0", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "/open|x0|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "/open|n|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "/open|n65536|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "@releaseDomain|n0|r3|", "OK|" },
		{ 'z', XS_SET_PERMS, 1, "@releaseDomain|n0|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "@none|n0|", "ENOENT" },
		{ 'z', XS_SET_PERMS, 0, "@releaseDomain/9|n0|", "ENOENT" },
		{ 'g', XS_SET_PERMS, 0, "/mine|b3|r9|", "OK|" },
		{ 'g', XS_SET_PERMS, 0, "/mine|n4|", "EPERM" },
		{ 'g', XS_SET_PERMS, 0, "/both|n0|b3|", "EACCES" },
		{ 'g', XS_SET_PERMS, 0, "/closed|n3|", "EACCES" },
		{ 'g', XS_SET_PERMS, 0, "/closed/none|n3|", "EACCES" },
		{ 'g', XS_SET_PERMS, 0, "/mine/none|n3|", "ENOENT" },
		{ 'g', XS_SET_PERMS, 0, "/mine|n3|r1|r2|r4|r5|r6|r7|r8|r9|",
		  "ENOSPC" },
		{ 'g', XS_SET_PERMS, 0, "@releaseDomain|n3|", "EACCES" },
	};

	RUN(rows);
}

static void test_watch(void)
{
	static const struct row rows[] = {
		{ 'z', XS_WATCH, 0, "/open|t|", "OK|" },
		{ 'z', XS_WATCH, 0, "/none|t|", "OK|" },
		{ 'z', XS_WATCH, 0, "/open|t||", "OK|" },
		{ 'z', XS_WATCH, 0, "/open|t|7|", "OK|" },
		{ 'z', XS_WATCH, 0, "/open||", "OK|" },
		{ 'z', XS_WATCH, 0, "@releaseDomain|t|", "OK|" },
		{ 'z', XS_WATCH, 0, "@releaseDomain|t|1|", "OK|" },
		{ 'z', XS_WATCH, 0, "@releaseDomain/5|t|", "OK|" },
		{ 'z', XS_WATCH, 0, "@introduceDomain|t|1|", "OK|" },
		{ 'z', XS_WATCH, 0, "@introduceDomain/5|t|", "EINVAL" },
		{ 'z', XS_WATCH, 0, "@releaseDomain|t|2|", "EINVAL" },
		{ 'z', XS_WATCH, 0, "@none|t|", "EINVAL" },
		{ 'z', XS_WATCH, 0, "/open|", "EINVAL" },
		{ 'z', XS_WATCH, 0, "/open|t", "EINVAL" },
		{ 'z', XS_WATCH, 0, "/open/|t|", "EINVAL" },
		{ 'z', XS_WATCH, 0, "/open|t|x|", "EINVAL" },
		{ 'z', XS_WATCH, 0, "/open|t|1|2|", "EINVAL" },
		/* Anybody may watch anything; what he hears is another rule. */
		{ 'g', XS_WATCH, 0, "/closed|t|", "OK|" },
		{ 'g', XS_WATCH, 0, "@releaseDomain|t|", "OK|" },
		{ 'z', XS_UNWATCH, 0, "/open|t|", "ENOENT" },
		{ 'z', XS_UNWATCH, 0, "/open|", "EINVAL" },
		{ 'z', XS_UNWATCH, 0, "/open/|t|", "EINVAL" },
		{ 'z', XS_WATCH, 1, "/open|t|", "OK|" },
		{ 'z', XS_UNWATCH, 1, "/open|t|", "ENOENT" },
		{ 'z', XS_RESET_WATCHES, 1, "|", "OK|" },
		{ 'z', XS_RESET_WATCHES, 0, "|", "OK|" },
		{ 'g', XS_RESET_WATCHES, 0, "|", "OK|" },
	};
	static const struct row twice[] = {
		{ 'g', XS_WATCH, 0, "/open|t|", "OK|" },
		{ 'g', XS_WATCH, 0, "/open|t|", "EEXIST" },
		{ 'g', XS_WATCH, 0, "/open|t|1|", "EEXIST" },
		{ 'g', XS_WATCH, 0, "/open|u|", "OK|" },
		/* A watch is its connection's. */
		{ 'z', XS_UNWATCH, 0, "/open|t|", "ENOENT" },
		{ 'g', XS_UNWATCH, 0, "/open|t|", "OK|" },
		{ 'g', XS_UNWATCH, 0, "/open|t|", "ENOENT" },
	};

	RUN(rows);
	start();
	STORY(twice);
	world.quota->limit[QUOTA_WATCHES] = 1;
	run_row(&(struct row){ 'g', XS_WATCH, 0, "/open|v|", "E2BIG" });
	world.quota->limit[QUOTA_WATCHES] = 9;
	world.quota->limit[QUOTA_MEMORY] = 1;
	run_row(&(struct row){ 'g', XS_WATCH, 0, "/open|v|", "ENOSPC" });
	stop();
}

static void test_txn(void)
{
	static const struct row rows[] = {
		{ 'z', XS_TRANSACTION_START, 0, "|", "2|" },
		{ 'g', XS_TRANSACTION_START, 0, "", "2|" },
		{ 'z', XS_TRANSACTION_START, 1, "|", "EBUSY" },
		{ 'z', XS_TRANSACTION_START, 99, "|", "EBUSY" },
		{ 'z', XS_TRANSACTION_END, 1, "T|", "OK|" },
		{ 'z', XS_TRANSACTION_END, 1, "F|", "OK|" },
		{ 'z', XS_TRANSACTION_END, 0, "T|", "ENOENT" },
		{ 'z', XS_TRANSACTION_END, 1, "X|", "EINVAL" },
		{ 'z', XS_TRANSACTION_END, 1, "T", "EINVAL" },
		{ 'z', XS_TRANSACTION_END, 1, "|", "EINVAL" },
	};

	RUN(rows);
	start();
	world.quota->limit[QUOTA_TRANSACTIONS] = 1;
	CU_ASSERT_EQUAL(begin(guest), 1);
	run_row(&(struct row){ 'g', XS_TRANSACTION_START, 0, "|", "ENOSPC" });
	stop();
}

static void test_domains(void)
{
	static const uint32_t privileged[] = {
		XS_INTRODUCE,  XS_RELEASE, XS_RESUME,
		XS_SET_TARGET, XS_CONTROL, XS_IS_DOMAIN_INTRODUCED
	};
	static const struct row rows[] = {
		{ 'z', XS_INTRODUCE, 0, "5|1|7|", "OK|" },
		{ 'z', XS_INTRODUCE, 0, "5|1|7||", "OK|" },
		{ 'z', XS_INTRODUCE, 0, "5|1|", "EINVAL" },
		{ 'z', XS_INTRODUCE, 0, "0|1|7|", "EINVAL" },
		{ 'z', XS_INTRODUCE, 0, "32752|1|7|", "EINVAL" },
		{ 'z', XS_INTRODUCE, 0, "x|1|7|", "EINVAL" },
		{ 'z', XS_INTRODUCE, 0, "5|1|0|", "EINVAL" },
		{ 'z', XS_INTRODUCE, 0, "99|1|7|", "ENOENT" },
		{ 'z', XS_RELEASE, 0, "9|", "ENOENT" },
		{ 'z', XS_RELEASE, 0, "0|", "EINVAL" },
		{ 'z', XS_RELEASE, 0, "", "EINVAL" },
		{ 'z', XS_RESUME, 0, "9|", "ENOENT" },
		{ 'z', XS_RESUME, 0, "0|", "EINVAL" },
		{ 'z', XS_RESUME, 0, "x|", "EINVAL" },
		{ 'z', XS_SET_TARGET, 0, "9|8|", "ENOENT" },
		{ 'z', XS_SET_TARGET, 0, "9|0|", "EINVAL" },
		{ 'z', XS_SET_TARGET, 0, "9|", "EINVAL" },
		{ 'z', XS_IS_DOMAIN_INTRODUCED, 0, "9|", "F|" },
		{ 'z', XS_IS_DOMAIN_INTRODUCED, 0, "x|", "EINVAL" },
		{ 'z', XS_GET_DOMAIN_PATH, 0, "9|", "/local/domain/9|" },
		{ 'g', XS_GET_DOMAIN_PATH, 0, "3|", "/local/domain/3|" },
		{ 'g', XS_GET_DOMAIN_PATH, 0, "03|", "/local/domain/3|" },
		{ 'g', XS_GET_DOMAIN_PATH, 0, "x|", "EINVAL" },
		{ 'g', XS_GET_DOMAIN_PATH, 0, "3", "EINVAL" },
		{ 'z', XS_CONTROL, 0, "print|hello|", "OK|" },
		{ 'z', XS_CONTROL, 0, "none|", "EINVAL" },
		{ 'z', XS_CONTROL, 0, "quota|9|", "ENOENT" },
		{ 'z', XS_CONTROL, 0, "", "EINVAL" },
	};

	RUN(rows);
	/* Who may not ask is told so before anything is looked at. */
	for (size_t i = 0; i < sizeof(privileged) / sizeof(privileged[0]);
	     i++) {
		start();
		run_row(&(struct row){ 'g', privileged[i], 0, "3|1|7|",
				       "EACCES" });
		run_row(&(struct row){ 'g', privileged[i], 0, "", "EACCES" });
		stop();
	}
}

/* The life of two domains, as the tools tell it. */
static void test_story(void)
{
	static const struct row rows[] = {
		{ 'z', XS_IS_DOMAIN_INTRODUCED, 0, "5|", "F|" },
		{ 'z', XS_INTRODUCE, 0, "5|1|7|", "OK|" },
		{ 'z', XS_IS_DOMAIN_INTRODUCED, 0, "5|", "T|" },
		{ 'z', XS_SET_TARGET, 0, "5|6|", "ENOENT" },
		{ 'z', XS_INTRODUCE, 0, "6|1|7|", "OK|" },
		{ 'z', XS_SET_TARGET, 0, "5|6|", "OK|" },
		{ 'z', XS_RESUME, 0, "5|", "OK|" },
		/* Another event channel, for the same domain. */
		{ 'z', XS_INTRODUCE, 0, "5|1|8|", "OK|" },
		{ 'z', XS_INTRODUCE, 0, "5|1|0|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "@releaseDomain/5|n0|r3|", "OK|" },
		{ 'g', XS_GET_PERMS, 0, "@releaseDomain/5|", "n0|r3|" },
		{ 'z', XS_RELEASE, 0, "5|", "OK|" },
		{ 'z', XS_RELEASE, 0, "5|", "ENOENT" },
		{ 'z', XS_IS_DOMAIN_INTRODUCED, 0, "5|", "F|" },
		{ 'z', XS_RESUME, 0, "5|", "ENOENT" },
		{ 'z', XS_SET_TARGET, 0, "6|5|", "ENOENT" },
		{ 'g', XS_GET_PERMS, 0, "@releaseDomain/5|", "EACCES" },
		{ 'z', XS_GET_DOMAIN_PATH, 0, "5|", "/local/domain/5|" },
	};

	start();
	STORY(rows);
	stop();
}

/* One live update at a time. */
static void test_busy(void)
{
	start();
	world.update.wanted = true;
	run_row(&(struct row){ 'z', XS_CONTROL, 0, "live-update|-s|",
			       "EBUSY" });
	run_row(&(struct row){ 'z', XS_CONTROL, 0, "live-update|-a|",
			       "EBUSY" });
	world.update.wanted = false;
	run_row(&(struct row){ 'z', XS_CONTROL, 0, "live-update|-a|", "OK|" });
	stop();
}

/*
 * Each request in a transaction that is not there, or another connection's.
 * Who may not ask at all hears that first; a new transaction is refused in
 * any.
 */
static void test_no_txn(void)
{
	static const struct row rows[] = {
		{ 'z', XS_READ, 0, "/open|", "ENOENT" },
		{ 'z', XS_DIRECTORY, 0, "/dir|", "ENOENT" },
		{ 'z', XS_DIRECTORY_PART, 0, "/dir|0|", "ENOENT" },
		{ 'z', XS_GET_PERMS, 0, "/open|", "ENOENT" },
		{ 'z', XS_GET_PERMS, 0, "@releaseDomain|", "ENOENT" },
		{ 'z', XS_WRITE, 0, "/open|v", "ENOENT" },
		{ 'z', XS_MKDIR, 0, "/new|", "ENOENT" },
		{ 'z', XS_RM, 0, "/open|", "ENOENT" },
		{ 'z', XS_SET_PERMS, 0, "/open|n0|", "ENOENT" },
		{ 'z', XS_SET_PERMS, 0, "@releaseDomain|n0|", "ENOENT" },
		{ 'z', XS_WATCH, 0, "/open|t|", "ENOENT" },
		{ 'z', XS_UNWATCH, 0, "/watched|t|", "ENOENT" },
		{ 'z', XS_RESET_WATCHES, 0, "|", "ENOENT" },
		{ 'z', XS_TRANSACTION_START, 0, "|", "EBUSY" },
		{ 'z', XS_TRANSACTION_END, 0, "T|", "ENOENT" },
		{ 'z', XS_TRANSACTION_END, 0, "F|", "ENOENT" },
		{ 'z', XS_INTRODUCE, 0, "5|1|7|", "ENOENT" },
		{ 'z', XS_RELEASE, 0, "6|", "ENOENT" },
		{ 'z', XS_RESUME, 0, "6|", "ENOENT" },
		{ 'z', XS_SET_TARGET, 0, "6|6|", "ENOENT" },
		{ 'z', XS_IS_DOMAIN_INTRODUCED, 0, "6|", "ENOENT" },
		{ 'z', XS_GET_DOMAIN_PATH, 0, "6|", "ENOENT" },
		{ 'z', XS_CONTROL, 0, "print|hello|", "ENOENT" },
		{ 'g', XS_RELEASE, 0, "6|", "EACCES" },
		{ 'g', XS_WRITE, 0, "/mine|v", "ENOENT" },
	};
	struct row row;

	start();
	run_row(&(struct row){ 'z', XS_INTRODUCE, 0, "6|1|7|", "OK|" });
	run_row(&(struct row){ 'z', XS_WATCH, 0, "/watched|t|", "OK|" });
	/* 1 is each's own, 2 and 3 are the guest's and the tool's. */
	(void)begin(zero);
	(void)ask_str(zero, XS_TRANSACTION_END, begin(zero), "F");
	(void)begin(guest);
	(void)begin(guest);
	CU_ASSERT_EQUAL(begin(zero), 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		row = rows[i];
		row.tx = 99;
		run_row(&row);
		row.tx = row.who == 'z' ? 2 : 3;
		run_row(&row);
	}
	/* Nothing of it was done. */
	run_row(&(struct row){ 'z', XS_READ, 0, "/open|", "o" });
	run_row(&(struct row){ 'z', XS_READ, 0, "/mine|", "m" });
	run_row(&(struct row){ 'z', XS_GET_PERMS, 0, "/open|", "n0|r3|" });
	run_row(&(struct row){ 'z', XS_READ, 0, "/new|", "ENOENT" });
	run_row(&(struct row){ 'z', XS_IS_DOMAIN_INTRODUCED, 0, "5|", "F|" });
	run_row(&(struct row){ 'z', XS_IS_DOMAIN_INTRODUCED, 0, "6|", "T|" });
	run_row(&(struct row){ 'z', XS_UNWATCH, 0, "/watched|t|", "OK|" });
	CU_ASSERT_EQUAL(world.watches.count, 0);
	stop();
}

static void test_unknown(void)
{
	static const uint32_t types[] = { XS_WATCH_EVENT,    XS_ERROR,
					  XS_SET_TARGET + 1, XS_TYPE_COUNT,
					  XS_TYPE_COUNT + 1, XS_INVALID,
					  UINT32_MAX };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		start();
		run_row(&(struct row){ 'g', types[i], 0, "/open|", "ENOSYS" });
		stop();
	}
}

/* Guests' limits; which request hits which with which error. */
static void test_limits(void)
{
	static const struct {
		enum quota_kind kind;
		uint64_t limit;
		struct row row;
	} rows[] = {
		{ QUOTA_NODES, 1, { 'g', XS_WRITE, 0, "/mine/a|v", "ENOSPC" } },
		{ QUOTA_NODES, 1, { 'g', XS_MKDIR, 1, "/mine/a|", "ENOSPC" } },
		{ QUOTA_NODE_SIZE,
		  1,
		  { 'g', XS_WRITE, 0, "/mine|vv", "ENOSPC" } },
		{ QUOTA_DEPTH, 1, { 'g', XS_MKDIR, 0, "/mine/a|", "ENOSPC" } },
		{ QUOTA_PATH_MAX,
		  6,
		  { 'g', XS_MKDIR, 0, "/mine/a|", "ENOSPC" } },
		{ QUOTA_MEMORY, 1, { 'g', XS_WRITE, 0, "/mine|vv", "ENOSPC" } },
		{ QUOTA_TXN_PATHS, 0, { 'g', XS_READ, 1, "/mine|", "ENOSPC" } },
		/* As much as it says is not too much. */
		{ QUOTA_NODES, 2, { 'g', XS_WRITE, 0, "/mine/a|v", "OK|" } },
		{ QUOTA_NODE_SIZE, 2, { 'g', XS_WRITE, 0, "/mine|vv", "OK|" } },
		{ QUOTA_DEPTH, 2, { 'g', XS_MKDIR, 0, "/mine/a|", "OK|" } },
		{ QUOTA_PATH_MAX, 7, { 'g', XS_MKDIR, 0, "/mine/a|", "OK|" } },
		{ QUOTA_PERMS,
		  2,
		  { 'g', XS_SET_PERMS, 0, "/mine|n3|r5|", "OK|" } },
		{ QUOTA_PERMS,
		  1,
		  { 'g', XS_SET_PERMS, 0, "/mine|n3|r5|", "ENOSPC" } },
		{ QUOTA_WATCHES, 1, { 'g', XS_WATCH, 0, "/a|t|", "OK|" } },
		{ QUOTA_TXN_PATHS, 1, { 'g', XS_READ, 1, "/mine|", "m" } },
		/* Whatever is looked at in a transaction is noted. */
		{ QUOTA_TXN_PATHS,
		  0,
		  { 'g', XS_DIRECTORY, 1, "/mine|", "ENOSPC" } },
		{ QUOTA_TXN_PATHS,
		  0,
		  { 'g', XS_DIRECTORY_PART, 1, "/mine|0|", "ENOSPC" } },
		{ QUOTA_TXN_PATHS,
		  0,
		  { 'g', XS_GET_PERMS, 1, "/mine|", "ENOSPC" } },
		{ QUOTA_TXN_PATHS,
		  0,
		  { 'g', XS_WRITE, 1, "/mine|v", "ENOSPC" } },
		{ QUOTA_TXN_PATHS, 0, { 'g', XS_RM, 1, "/mine|", "ENOSPC" } },
		{ QUOTA_TXN_PATHS,
		  0,
		  { 'g', XS_SET_PERMS, 1, "/mine|n3|", "ENOSPC" } },
		{ QUOTA_MEMORY,
		  1,
		  { 'g', XS_TRANSACTION_START, 0, "|", "ENOSPC" } },
		{ QUOTA_MEMORY,
		  1,
		  { 'g', XS_SET_PERMS, 0, "/mine|n3|r5|", "ENOSPC" } },
		/* Domain 0 has none. */
		{ QUOTA_NODES, 1, { 'z', XS_WRITE, 0, "/mine/a|v", "OK|" } },
		{ QUOTA_MEMORY, 1, { 'z', XS_WRITE, 1, "/mine|vv", "OK|" } },
		{ QUOTA_MEMORY, 1, { 'g', XS_WRITE, 0, "/mine|", "OK|" } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start();
		(void)begin(zero);
		(void)begin(guest);
		world.quota->limit[rows[i].kind] = rows[i].limit;
		run_row(&rows[i].row);
		stop();
	}
}

/* @head and @fill to @len bytes, then @rest, in the form of the rows. */
static const char *long_row(const char *head, size_t len, char fill,
			    const char *rest)
{
	static char text[XENSTORE_PAYLOAD_MAX + 1];
	size_t start = strlen(head);

	memcpy(text, head, start);
	memset(text + start, fill, len - start);
	memcpy(text + len, rest, strlen(rest) + 1);
	return text;
}

/* A path of @len bytes in each request that takes one. */
static void paths(char who, const char *head, size_t len, bool fits)
{
	static const struct {
		uint32_t type;
		const char *rest;
		const char *want;
	} rows[] = {
		{ XS_WRITE, "|v", "OK|" },	 { XS_READ, "|", "v" },
		{ XS_MKDIR, "|", "OK|" },	 { XS_DIRECTORY, "|", "" },
		{ XS_SET_PERMS, "|n3|", "OK|" }, { XS_GET_PERMS, "|", "n3|" },
		{ XS_WATCH, "|t|", "OK|" },	 { XS_UNWATCH, "|t|", "OK|" },
		{ XS_RM, "|", "OK|" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run_row(&(struct row){ who, rows[i].type, 0,
				       long_row(head, len, 'p', rows[i].rest),
				       fits ? rows[i].want : "EINVAL" });
	}
	run_row(&(struct row){ who, XS_DIRECTORY_PART, 0,
			       long_row(head, len, 'p', "|0|"),
			       fits ? "ENOENT" : "EINVAL" });
}

/* The longest path and one byte more, from "/" and from one's home. */
static void test_path_length(void)
{
	start();
	make("/local/domain/3", "", "n3");
	paths('z', "/", XENSTORE_ABS_PATH_MAX, true);
	paths('z', "/", XENSTORE_ABS_PATH_MAX + 1, false);
	paths('g', "/mine/", XENSTORE_ABS_PATH_MAX, true);
	paths('g', "/mine/", XENSTORE_ABS_PATH_MAX + 1, false);
	paths('g', "", XENSTORE_REL_PATH_MAX, true);
	paths('g', "", XENSTORE_REL_PATH_MAX + 1, false);
	stop();
}

/* What a guest has without anybody's setting it, and one more. */
static void test_default_limits(void)
{
	static const char deep[] = "/mine/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x"
				   "/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x"
				   "/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x"
				   "/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x|";
	static const char deeper[] = "/mine/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x"
				     "/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x"
				     "/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x"
				     "/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x|";
	static const char eight[] = "/mine|n3|r1|r2|r4|r5|r6|r7|r8|";
	static const char nine[] = "/mine|n3|r1|r2|r4|r5|r6|r7|r8|r9|";
	const size_t value = strlen("/mine|") + 2048;
	const size_t token = strlen("/mine|") + WATCH_TOKEN_MAX;
	const struct row rows[] = {
		{ 'g', XS_MKDIR, 0, deep, "OK|" },
		{ 'g', XS_MKDIR, 0, deeper, "ENOSPC" },
		{ 'z', XS_MKDIR, 0, deeper, "OK|" },
		{ 'g', XS_SET_PERMS, 0, eight, "OK|" },
		{ 'g', XS_SET_PERMS, 0, nine, "ENOSPC" },
		{ 'z', XS_SET_PERMS, 0, nine, "OK|" },
	};

	start();
	STORY(rows);
	run_row(&(struct row){ 'g', XS_WRITE, 0,
			       long_row("/mine|", value, 'v', ""), "OK|" });
	run_row(&(struct row){ 'g', XS_WRITE, 0,
			       long_row("/mine|", value + 1, 'v', ""),
			       "ENOSPC" });
	/* Domain 0 may fill the whole payload. */
	run_row(&(struct row){
		'z', XS_WRITE, 0,
		long_row("/mine|", XENSTORE_PAYLOAD_MAX, 'v', ""), "OK|" });
	run_row(&(struct row){ 'g', XS_WATCH, 0,
			       long_row("/mine|", token, 't', "|"), "OK|" });
	run_row(&(struct row){ 'g', XS_UNWATCH, 0,
			       long_row("/mine|", token, 't', "|"), "OK|" });
	/* An event has to hold it, so the limit is domain 0's as well. */
	run_row(&(struct row){ 'z', XS_WATCH, 0,
			       long_row("/mine|", token + 1, 't', "|"),
			       "E2BIG" });
	run_row(&(struct row){ 'z', XS_UNWATCH, 0,
			       long_row("/mine|", token + 1, 't', "|"),
			       "ENOENT" });
	stop();
}

/* The longest path with the longest token still fits an event. */
static void test_longest_event(void)
{
	size_t path = XENSTORE_ABS_PATH_MAX;
	char want[XENSTORE_PAYLOAD_MAX];

	start();
	memset(want, 'p', sizeof(want));
	want[0] = '/';
	want[path] = '|';
	memset(want + path + 1, 't', WATCH_TOKEN_MAX);
	memcpy(want + path + 1 + WATCH_TOKEN_MAX, "|", sizeof("|"));
	run_row(&(struct row){ 'z', XS_WATCH, 0, want, "OK|" });
	want[path] = ' ';
	want[path + 1 + WATCH_TOKEN_MAX] = '\0';
	CU_ASSERT_STRING_EQUAL(next_event(zero), want);
	stop();
}

/* A new node has its parent's permissions, and its maker as owner. */
static void test_inheritance(void)
{
	struct reply r;

	start();
	(void)ask_write(zero, 0, "/both/by-zero", "");
	r = ask_str(zero, XS_GET_PERMS, 0, "/both/by-zero");
	CU_ASSERT_STRING_EQUAL(shown(&r), "n0|b3|");
	(void)ask_write(guest, 0, "/both/by-guest/x", "");
	r = ask_str(zero, XS_GET_PERMS, 0, "/both/by-guest");
	CU_ASSERT_STRING_EQUAL(shown(&r), "n3|b3|");
	r = ask_str(zero, XS_GET_PERMS, 0, "/both/by-guest/x");
	CU_ASSERT_STRING_EQUAL(shown(&r), "n3|b3|");
	(void)ask_write(zero, 0, "/mine/by-zero", "");
	r = ask_str(zero, XS_GET_PERMS, 0, "/mine/by-zero");
	CU_ASSERT_STRING_EQUAL(shown(&r), "n3|");
	stop();
}

/* The first entry is for all who are not named; the first that names counts. */
static void test_entries(void)
{
	static const struct {
		const char *perms;
		const char *read;
		const char *write;
	} rows[] = {
		{ "n0", "EACCES", "EACCES" },
		{ "r0", "x", "EACCES" },
		{ "w0", "EACCES", "OK|" },
		{ "b0", "x", "OK|" },
		{ "b0|n3", "EACCES", "EACCES" },
		{ "n0|r3|w3", "x", "EACCES" },
		{ "b0|r4", "x", "OK|" },
		{ "n0|b4", "EACCES", "EACCES" },
		{ "n3", "x", "OK|" },
		{ "n3|n3", "x", "OK|" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start();
		make("/p", "x", rows[i].perms);
		run_row(&(struct row){ 'g', XS_READ, 0, "/p|", rows[i].read });
		run_row(&(struct row){ 'g', XS_WRITE, 0, "/p|x",
				       rows[i].write });
		stop();
	}
}

void add_conform_suite(void)
{
	static const struct test_row rows[] = {
		{ "conform: READ", test_read },
		{ "conform: DIRECTORY, DIRECTORY_PART", test_directory },
		{ "conform: WRITE", test_write },
		{ "conform: MKDIR, RM", test_mkdir_rm },
		{ "conform: GET_PERMS, SET_PERMS", test_perms },
		{ "conform: WATCH, UNWATCH, RESET_WATCHES", test_watch },
		{ "conform: TRANSACTION_START, _END", test_txn },
		{ "conform: requests about domains", test_domains },
		{ "conform: the life of a domain", test_story },
		{ "conform: CONTROL while it updates", test_busy },
		{ "conform: no such transaction", test_no_txn },
		{ "conform: unknown requests", test_unknown },
		{ "conform: limits", test_limits },
		{ "conform: length of paths", test_path_length },
		{ "conform: default limits", test_default_limits },
		{ "conform: longest event", test_longest_event },
		{ "conform: inheritance", test_inheritance },
		{ "conform: permission entries", test_entries },
		{ NULL, NULL },
	};

	add_suite_both("conformance", rows);
}
