// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a guest may not read it may not find out in other ways either: by
 * errors, events, lost transactions, or numbers that change. Guest 3 asks;
 * domain 0 does something behind /closed; nothing may be different for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

static struct peer *zero;
static struct peer *guest;

static void start(void)
{
	world_start();
	zero = peer_open(0);
	guest = peer_open(3);
	(void)ask_write(zero, 0, "/closed/there", "1");
	(void)ask_write(zero, 0, "/mine", "1");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/mine", "n3");
	(void)ask_write(zero, 0, "/wo", "1");
	(void)ask(zero, XS_SET_PERMS, 0, "/wo\0n0\0w3", 10);
}

static void stop(void)
{
	peer_close(guest);
	peer_close(zero);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

/* What domain 0 does behind the guest's back. */
static void behind(unsigned int what)
{
	switch (what) {
	case 0:
		(void)ask_write(zero, 0, "/closed/there", "2");
		return;
	case 1:
		(void)ask_write(zero, 0, "/closed/missing", "2");
		return;
	case 2:
		(void)ask_str(zero, XS_RM, 0, "/closed/there");
		return;
	case 3:
		(void)ask(zero, XS_SET_PERMS, 0, "/closed/there\0n0\0r7", 20);
		return;
	case 4:
		(void)ask(zero, XS_SET_PERMS, 0, "/closed\0n0\0b7", 14);
		return;
	default:
		(void)ask_str(zero, XS_RM, 0, "/closed");
	}
}

#define BEHIND 6u

/* The same refusal for what exists and for what does not. */
static void test_errors(void)
{
	static const uint32_t types[] = { XS_READ, XS_DIRECTORY, XS_GET_PERMS,
					  XS_MKDIR, XS_RM };
	static const char *const paths[] = { "/closed/there", "/closed/missing",
					     "/closed/missing/too", "/closed" };

	start();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (size_t j = 0; j < sizeof(paths) / sizeof(paths[0]); j++) {
			struct reply r = ask_str(guest, types[i], 0, paths[j]);

			CU_ASSERT_TRUE(is_error(&r, "EACCES"));
			r = ask_two(guest, XS_SET_PERMS, 0, paths[j], "n3");
			CU_ASSERT_TRUE(is_error(&r, "EACCES"));
			r = ask_write(guest, 0, paths[j], "v");
			CU_ASSERT_TRUE(is_error(&r, "EACCES"));
		}
	}
	stop();
}

/* No refusal makes a transaction lose for what happened behind it. */
static void test_conflicts(void)
{
	static const uint32_t types[] = { XS_READ,	XS_DIRECTORY,
					  XS_GET_PERMS, XS_MKDIR,
					  XS_RM,	XS_WRITE,
					  XS_SET_PERMS };
	static const char *const paths[] = { "/closed/there", "/closed/missing",
					     "/closed/missing/too", "/closed" };
	unsigned int n = BEHIND * 7 * 4;

	for (unsigned int i = 0; i < n; i++) {
		uint32_t type = types[i / BEHIND % 7];
		const char *path = paths[i / BEHIND / 7];
		struct reply r;
		uint32_t t;

		start();
		t = begin(guest);
		r = ask_two(guest, type, t, path, "n3");
		if (type != XS_SET_PERMS && type != XS_WRITE) {
			r = ask_str(guest, type, t, path);
		}
		CU_ASSERT_TRUE(is_error(&r, "EACCES"));
		(void)ask_write(guest, t, "/mine", "2");
		behind(i % BEHIND);
		r = commit(guest, t);
		if (!is_ok(&r)) {
			(void)printf("\n    %s %s, %u\n", wire_type_name(type),
				     path, i % BEHIND);
		}
		CU_ASSERT_TRUE(is_ok(&r));
		stop();
	}
}

/* But one that was refused what it might have now did not see one state. */
static void test_opened(void)
{
	struct reply r;
	uint32_t t;

	start();
	t = begin(guest);
	r = ask_str(guest, XS_READ, t, "/closed/there");
	CU_ASSERT_TRUE(is_error(&r, "EACCES"));
	(void)ask_write(guest, t, "/mine", "2");
	(void)ask_two(zero, XS_SET_PERMS, 0, "/closed/there", "r0");
	r = commit(guest, t);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	stop();
}

/* Who may only write does not hear of values and permissions. */
static void test_write_only(void)
{
	struct reply r;
	uint32_t t;

	start();
	t = begin(guest);
	(void)ask_write(guest, t, "/wo", "3");
	(void)ask_write(zero, 0, "/wo", "4");
	(void)ask(zero, XS_SET_PERMS, 0, "/wo\0n0\0w3\0r8", 13);
	r = commit(guest, t);
	CU_ASSERT_TRUE(is_ok(&r));
	t = begin(guest);
	(void)ask_write(guest, t, "/wo", "3");
	(void)ask(zero, XS_SET_PERMS, 0, "/wo\0n0\0n3", 10);
	r = commit(guest, t);
	CU_ASSERT_TRUE(is_error(&r, "EAGAIN"));
	stop();
}

/* Watches on closed nodes, on those above, and on special names. */
static void test_events(void)
{
	static const char *const paths[] = {
		"/closed",	    "/closed/there",  "/closed/missing", "/",
		"@introduceDomain", "@releaseDomain", "@releaseDomain/5"
	};

	for (unsigned int i = 0; i < BEHIND; i++) {
		uint32_t t;

		start();
		for (size_t j = 0; j < sizeof(paths) / sizeof(paths[0]); j++) {
			(void)ask_two(guest, XS_WATCH, 0, paths[j], "t");
		}
		CU_ASSERT_EQUAL(count_events(guest),
				sizeof(paths) / sizeof(paths[0]));
		behind(i);
		t = begin(zero);
		(void)ask_write(zero, t, "/closed/in/transaction", "1");
		(void)ask_str(zero, XS_RM, t, "/closed/there");
		(void)commit(zero, t);
		(void)ask(zero, XS_INTRODUCE, 0, "5\0001\0007", 6);
		(void)ask_str(zero, XS_RELEASE, 0, "5");
		CU_ASSERT_EQUAL(count_events(guest), 0);
		stop();
	}
}

static unsigned long long list_version(void)
{
	struct reply r = ask_two(guest, XS_DIRECTORY_PART, 0, "/mine", "0");

	return strtoull(r.data, NULL, 10);
}

/* The version of a list says nothing of how much else has happened. */
static void test_generations(void)
{
	unsigned long long first;
	unsigned long long second;
	unsigned long long third;

	start();
	first = list_version();
	behind(1);
	CU_ASSERT_EQUAL(list_version(), first);
	(void)ask_str(guest, XS_MKDIR, 0, "/mine/a");
	second = list_version();
	CU_ASSERT_NOT_EQUAL(second, first);
	(void)ask_str(guest, XS_MKDIR, 0, "/mine/b");
	third = list_version();
	CU_ASSERT_TRUE(second - first > 1000 && first - second > 1000);
	CU_ASSERT_TRUE(third - second > 1000 && second - third > 1000);
	stop();
}

/* Numbers of transactions are each connection's own. */
static void test_numbers(void)
{
	start();
	CU_ASSERT_EQUAL(begin(guest), 1);
	(void)begin(zero);
	(void)begin(zero);
	CU_ASSERT_EQUAL(begin(guest), 2);
	stop();
}

void add_secrets_suite(void)
{
	static const struct test_row rows[] = {
		{ "secrets: errors", test_errors },
		{ "secrets: conflicts", test_conflicts },
		{ "secrets: a refusal that no longer holds", test_opened },
		{ "secrets: write only", test_write_only },
		{ "secrets: events", test_events },
		{ "secrets: generations", test_generations },
		{ "secrets: numbers of transactions", test_numbers },
		{ NULL, NULL },
	};

	add_suite_both("secrets", rows);
}
