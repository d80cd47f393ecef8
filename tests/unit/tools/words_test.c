/* SPDX-License-Identifier: BSD-2-Clause */
/* A crashed guest's last words: which lines, how long, and what of them. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/daemon/last_words.h"

struct heard {
	char text[4096];
	unsigned int lines;
};

static void hear(void *ctx, const char *line)
{
	struct heard *heard = ctx;
	size_t n = strlen(heard->text);

	snprintf(heard->text + n, sizeof(heard->text) - n, "%s|", line);
	heard->lines++;
}

/* Copied, so that the sanitizer sees a look behind its ends. */
static const struct heard *split(const char *text, size_t len, int whole)
{
	static struct heard heard;
	char *copy = malloc(len ? len : 1);

	heard = (struct heard){ .lines = 0 };
	memcpy(copy, text, len);
	last_words_split(copy, len, whole, hear, &heard);
	free(copy);
	return &heard;
}

static void test_lines(void)
{
	CU_ASSERT_STRING_EQUAL(split("a\nb\n", 4, 1)->text, "a|b|");
	CU_ASSERT_STRING_EQUAL(split("a\nb", 3, 1)->text, "a|b|");
	CU_ASSERT_STRING_EQUAL(split("a\r\n\r\n\n\nb\r\r\n", 11, 1)->text,
			       "a|b|");
	CU_ASSERT_STRING_EQUAL(split("", 0, 1)->text, "");
	CU_ASSERT_STRING_EQUAL(split("\n\r\n", 3, 1)->text, "");
}

static void test_cut(void)
{
	CU_ASSERT_STRING_EQUAL(split("tail of one\nb\n", 14, 0)->text, "b|");
	CU_ASSERT_STRING_EQUAL(split("one long line", 13, 0)->text, "");
}

static void test_bounds(void)
{
	char text[2000] = "";
	const struct heard *heard;

	for (int i = 0; i < 40; i++) {
		sprintf(text + strlen(text), "line %d\n", i);
	}
	heard = split(text, strlen(text), 1);
	CU_ASSERT_EQUAL(heard->lines, LAST_WORDS_LINES);
	CU_ASSERT_PTR_EQUAL(strstr(heard->text, "line 20|"), heard->text);
	CU_ASSERT_PTR_NOT_NULL(strstr(heard->text, "line 39|"));

	memset(text, 'x', sizeof(text));
	heard = split(text, sizeof(text), 1);
	CU_ASSERT_EQUAL(strlen(heard->text), LAST_WORDS_COLUMNS + 1);
}

/* The cause is shown, however long what follows it is. */
static void test_cause(void)
{
	char text[2000] = "before\nKernel panic - why\n";
	const struct heard *heard;

	for (int i = 0; i < 40; i++) {
		sprintf(text + strlen(text), "line %d\n", i);
	}
	strcat(text, "end Kernel panic\n");
	heard = split(text, strlen(text), 1);
	CU_ASSERT_EQUAL(heard->lines, LAST_WORDS_LINES);
	CU_ASSERT_PTR_EQUAL(strstr(heard->text, "Kernel panic - why|line 0|"),
			    heard->text);
	CU_ASSERT_STRING_EQUAL(split("a\nKernel panic\nb\n", 17, 1)->text,
			       "Kernel panic|b|");
}

static void test_hostile(void)
{
	CU_ASSERT_STRING_EQUAL(split("\033[2Jx\0y\xff%s\n", 11, 1)->text,
			       ".[2Jx.y.%s|");
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failed;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 1;
	}
	suite = CU_add_suite("last words", NULL, NULL);
	CU_add_test(suite, "lines", test_lines);
	CU_add_test(suite, "cut at the start", test_cut);
	CU_add_test(suite, "bounds", test_bounds);
	CU_add_test(suite, "cause", test_cause);
	CU_add_test(suite, "hostile", test_hostile);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
