/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our string functions and printf beside the C library's: the makefile renames
 * ours (memcpy is our_memcpy here), and the library's are reached through
 * pointers that reference.c took without the renaming.
 */
#include <stdlib.h>

#include "lib/printf.h"
#include "lib/string.h"
#include "tests/unit/hv-lib/reference.h"
#include "tests/unit/hv-lib/suite.h"

#define SPAN 96

static unsigned char ours[SPAN], theirs[SPAN], source[SPAN];

static void scramble(void)
{
	for (int i = 0; i < SPAN; i++) {
		source[i] = (unsigned char)(suite_random() | 1);
		ours[i] = (unsigned char)i;
		theirs[i] = (unsigned char)i;
	}
}

static bool same(void)
{
	return reference.c_memcmp(ours, theirs, SPAN) == 0;
}

static void test_copies(void)
{
	for (size_t len = 0; len <= 64; len++) {
		for (size_t to = 0; to < 17; to++) {
			scramble();
			memcpy(ours + to, source + 5, len);
			reference.c_memcpy(theirs + to, source + 5, len);
			CU_ASSERT_TRUE_FATAL(same());
			memset(ours + to, 0x1a5, len);
			reference.c_memset(theirs + to, 0x1a5, len);
			CU_ASSERT_TRUE_FATAL(same());
			for (size_t from = 0; from < 32; from++) {
				scramble();
				memmove(ours + to, ours + from, len);
				reference.c_memmove(theirs + to, theirs + from,
						    len);
				CU_ASSERT_TRUE_FATAL(same());
			}
		}
	}
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void test_compares(void)
{
	for (int round = 0; round < 20000; round++) {
		size_t len = suite_random() % SPAN;

		scramble();
		reference.c_memcpy(ours, source, SPAN);
		if (suite_random() % 4) {
			ours[suite_random() % SPAN] ^=
				(unsigned char)suite_random();
		}
		ours[SPAN - 1] = 0;
		source[SPAN - 1] = 0;
		CU_ASSERT_EQUAL(sign(memcmp(ours, source, len)),
				sign(reference.c_memcmp(ours, source, len)));
		CU_ASSERT_EQUAL(
			sign(strcmp((char *)ours, (char *)source)),
			sign(reference.c_strcmp((char *)ours, (char *)source)));
		CU_ASSERT_EQUAL(
			sign(strncmp((char *)ours, (char *)source, len)),
			sign(reference.c_strncmp((char *)ours, (char *)source,
						 len)));
		CU_ASSERT_PTR_EQUAL(
			strchr((char *)ours, (char)len),
			reference.c_strchr((char *)ours, (char)len));
	}
}

static void test_lengths(void)
{
	char to[4];

	CU_ASSERT_EQUAL(strlen(""), 0);
	CU_ASSERT_EQUAL(strlen("four"), 4);
	CU_ASSERT_EQUAL(strnlen("four", 2), 2);
	CU_ASSERT_EQUAL(strnlen("four", 9), 4);
	CU_ASSERT_EQUAL(strlcpy(to, "abc", sizeof(to)), 3);
	CU_ASSERT_EQUAL(strcmp(to, "abc"), 0);
	CU_ASSERT_EQUAL(strlcpy(to, "abcdef", sizeof(to)), 6);
	CU_ASSERT_EQUAL(strcmp(to, "abc"), 0);
	CU_ASSERT_EQUAL(strlcpy(to, "xyz", 0), 3);
	CU_ASSERT_EQUAL(strcmp(to, "abc"), 0);
	CU_ASSERT_EQUAL(strlcpy(to, "xyz", 1), 3);
	CU_ASSERT_EQUAL(strcmp(to, ""), 0);
}

/* The same format and arguments through both, at every buffer size. */
static void check_format(const char *fmt, ...)
{
	char a[80], b[80];

	for (size_t size = 0; size <= sizeof(a); size++) {
		va_list ap;
		int got, want;

		memset(a, 'z', sizeof(a));
		memset(b, 'z', sizeof(b));
		va_start(ap, fmt);
		got = vsnprintf(a, size, fmt, ap);
		va_end(ap);
		va_start(ap, fmt);
		want = reference.c_vsnprintf(b, size, fmt, ap);
		va_end(ap);
		CU_ASSERT_EQUAL(got, want);
		CU_ASSERT_EQUAL(memcmp(a, b, sizeof(a)), 0);
		if (memcmp(a, b, sizeof(a)) != 0) {
			reference.report(fmt, a, b);
			return;
		}
	}
}

static void test_printf(void)
{
	static const char *const numbers[] = {
		"%d", "%5d|", "%05d", "%u",  "%7u|",
		"%x", "%#x",  "%08x", "%4x", "%#010x",
	};
	static const int values[] = { 0,	 1,	    -1,	 42,  12345678,
				      INT32_MIN, INT32_MAX, 300, -300 };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			check_format(numbers[i], values[v]);
		}
	}
	check_format("%ld %lu %lx %llx", INT64_MIN, UINT64_MAX, UINT64_MAX,
		     UINT64_MAX);
	check_format("%zu %zx", (size_t)12, (size_t)-12);
	check_format("[%016lx] %#lx", UINT64_C(0xffff800000000000), UINT64_MAX);
	check_format("%s|%10s|%.2s|%10.2s|", "abc", "abc", "abc", "abc");
	check_format("%.*s|%4.*s|", 2, "xyz", 0, "xyz");
	check_format("%c%c|%3c|", 'a', 'b', 'c');
	check_format("100%% %p", (void *)0xdeadbeef);
	check_format("plain");
	check_format("");
}

/* NULL, but not for the compiler to see. */
static const char *volatile nothing;

static void test_printf_own(void)
{
	char b[40];
	const char *fmt = "a%q %d";

	snprintf(b, sizeof(b), "%s", nothing);
	CU_ASSERT_EQUAL(strcmp(b, "(null)"), 0);
	snprintf(b, sizeof(b), "%p", NULL);
	CU_ASSERT_EQUAL(strcmp(b, "0x0"), 0);
	reference.unchecked(snprintf, b, sizeof(b), fmt);
	CU_ASSERT_EQUAL(strcmp(b, "a%q %d"), 0);
	reference.unchecked(snprintf, b, sizeof(b), "x%");
	CU_ASSERT_EQUAL(strcmp(b, "x%"), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "copies", test_copies },
		{ "compares", test_compares },
		{ "lengths", test_lengths },
		{ "printf as the C library's", test_printf },
		{ "printf where it differs", test_printf_own },
	};

	return suite_run("string", tests, ARRAY_SIZE(tests));
}
