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
		{ 'z', XS_READ, 99, "/open|", "ENOENT" },
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
		{ 'z', XS_DIRECTORY, 99, "/dir|", "ENOENT" },
		{ 'z', XS_DIRECTORY_PART, 0, "/dir|", "EINVAL" },
		{ 'z', XS_DIRECTORY_PART, 0, "/dir|x|", "EINVAL" },
		{ 'z', XS_DIRECTORY_PART, 0, "/dir|-1|", "EINVAL" },
		{ 'z', XS_DIRECTORY_PART, 0, "/none|0|", "ENOENT" },
		{ 'z', XS_DIRECTORY_PART, 99, "/dir|0|", "ENOENT" },
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
		{ 'z', XS_WRITE, 99, "/open|v", "ENOENT" },
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
		{ 'z', XS_MKDIR, 99, "/new|", "ENOENT" },
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
		{ 'z', XS_RM, 99, "/open|", "ENOENT" },
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
		{ 'z', XS_GET_PERMS, 99, "/open|", "ENOENT" },
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
		{ 'z', XS_SET_PERMS, 99, "/open|n0|", "ENOENT" },
		{ 'z', XS_SET_PERMS, 0, "/open|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "/open|n0", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "/open|x0|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "/open|n|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "/open|n65536|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "@releaseDomain|n0|r3|", "OK|" },
		{ 'z', XS_SET_PERMS, 1, "@releaseDomain|n0|", "EINVAL" },
		{ 'z', XS_SET_PERMS, 0, "@none|n0|", "ENOENT" },
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
	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
		run_row(&twice[i]);
	}
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
		{ 'z', XS_TRANSACTION_END, 99, "T|", "ENOENT" },
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
		{ 'z', XS_CONTROL, 0, "none|", "EINVAL" },
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
		{ "conform: unknown requests", test_unknown },
		{ "conform: limits", test_limits },
		{ "conform: inheritance", test_inheritance },
		{ "conform: permission entries", test_entries },
		{ NULL, NULL },
	};

	add_suite_both("conformance", rows);
}
