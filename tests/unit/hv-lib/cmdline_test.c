/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "lib/cmdline.h"
#include "tests/unit/hv-lib/suite.h"

static void expect(const char **line, const char *key, const char *value)
{
	struct cmdline_option o;

	CU_ASSERT_TRUE_FATAL(cmdline_next(line, &o));
	CU_ASSERT_STRING_EQUAL(o.key, key);
	CU_ASSERT_FALSE(o.cut);
	if (value) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(o.value);
		CU_ASSERT_STRING_EQUAL(o.value, value);
	} else {
		CU_ASSERT_PTR_NULL(o.value);
	}
}

static void test_words(void)
{
	const char *line =
		"  console=com1,vga\tdom0_mem=min:512M,max:1G "
		"noreboot a= =b k=x=y extra=\"a b\"c \"q r=s t\" \"\" "
		"open=\"no end";
	struct cmdline_option o;

	expect(&line, "console", "com1,vga");
	expect(&line, "dom0_mem", "min:512M,max:1G");
	expect(&line, "noreboot", NULL);
	expect(&line, "a", "");
	expect(&line, "", "b");
	expect(&line, "k", "x=y");
	expect(&line, "extra", "a bc");
	expect(&line, "q r", "s t");
	expect(&line, "", NULL);
	expect(&line, "open", "no end");
	CU_ASSERT_FALSE(cmdline_next(&line, &o));
	CU_ASSERT_FALSE(cmdline_next(&line, &o));
}

static void test_long_word(void)
{
	char text[2 * CMDLINE_WORD_MAX + 8];
	const char *line = text;
	struct cmdline_option o;

	memset(text, 'x', sizeof(text));
	strcpy(text + 2 * CMDLINE_WORD_MAX, " y=1");
	CU_ASSERT_TRUE(cmdline_next(&line, &o));
	CU_ASSERT_TRUE(o.cut);
	CU_ASSERT_EQUAL(strlen(o.key), CMDLINE_WORD_MAX - 1);
	expect(&line, "y", "1");
}

static void expect_bool(const char *text, bool understood, bool value)
{
	struct cmdline_option o;
	bool on = !value;

	CU_ASSERT_TRUE(cmdline_next(&text, &o));
	CU_ASSERT_EQUAL(cmdline_bool_option(&o, "smt", &on), understood);
	CU_ASSERT_EQUAL(on, understood ? value : !value);
}

static void test_bools(void)
{
	expect_bool("smt", true, true);
	expect_bool("smt=off", true, false);
	expect_bool("smt=1", true, true);
	expect_bool("no-smt", true, false);
	expect_bool("no-smt=1", false, false);
	expect_bool("smt=maybe", false, false);
	expect_bool("smt=", false, false);
	expect_bool("smtx", false, false);
}

static void test_numbers(void)
{
	uint64_t v = 77;

	CU_ASSERT_EQUAL(cmdline_parse_uint("12", 100, &v), 0);
	CU_ASSERT_EQUAL(v, 12);
	CU_ASSERT_EQUAL(cmdline_parse_uint("0xFf", 255, &v), 0);
	CU_ASSERT_EQUAL(v, 255);
	CU_ASSERT_EQUAL(cmdline_parse_uint("0x100", 255, &v), -ERANGE);
	CU_ASSERT_EQUAL(cmdline_parse_uint("", 255, &v), -EINVAL);
	CU_ASSERT_EQUAL(cmdline_parse_uint("0x", 255, &v), -EINVAL);
	CU_ASSERT_EQUAL(cmdline_parse_uint("-1", 255, &v), -EINVAL);
	CU_ASSERT_EQUAL(cmdline_parse_uint("1a", 255, &v), -EINVAL);
	CU_ASSERT_EQUAL(
		cmdline_parse_uint("18446744073709551615", UINT64_MAX, &v), 0);
	CU_ASSERT_EQUAL(v, UINT64_MAX);
	CU_ASSERT_EQUAL(
		cmdline_parse_uint("18446744073709551616", UINT64_MAX, &v),
		-ERANGE);
	CU_ASSERT_EQUAL(v, UINT64_MAX);
}

static void test_sizes(void)
{
	uint64_t v = 77;

	CU_ASSERT_EQUAL(cmdline_parse_size("512M", &v), 0);
	CU_ASSERT_EQUAL(v, UINT64_C(512) << 20);
	CU_ASSERT_EQUAL(cmdline_parse_size("3g", &v), 0);
	CU_ASSERT_EQUAL(v, UINT64_C(3) << 30);
	CU_ASSERT_EQUAL(cmdline_parse_size("1T", &v), 0);
	CU_ASSERT_EQUAL(v, UINT64_C(1) << 40);
	CU_ASSERT_EQUAL(cmdline_parse_size("100b", &v), 0);
	CU_ASSERT_EQUAL(v, 100);
	CU_ASSERT_EQUAL(cmdline_parse_size("4", &v), 0);
	CU_ASSERT_EQUAL(v, 4096);
	CU_ASSERT_EQUAL(cmdline_parse_size("512MB", &v), -EINVAL);
	CU_ASSERT_EQUAL(cmdline_parse_size("M", &v), -EINVAL);
	CU_ASSERT_EQUAL(cmdline_parse_size("16777216T", &v), -ERANGE);
	CU_ASSERT_EQUAL(v, 4096);
}

static void test_mem(void)
{
	struct cmdline_mem m = { 0 };

	CU_ASSERT_EQUAL(cmdline_parse_mem("min:512M,max:1G", &m), 0);
	CU_ASSERT_FALSE(m.amount.given);
	CU_ASSERT_EQUAL(m.min.bytes, UINT64_C(512) << 20);
	CU_ASSERT_EQUAL(m.max.bytes, UINT64_C(1) << 30);
	CU_ASSERT_EQUAL(cmdline_parse_mem("768M", &m), 0);
	CU_ASSERT_TRUE(m.amount.given && !m.min.given && !m.max.given);
	CU_ASSERT_EQUAL(m.amount.bytes, UINT64_C(768) << 20);
	CU_ASSERT_EQUAL(cmdline_parse_mem("1G,max:-256M", &m), 0);
	CU_ASSERT_TRUE(m.max.negative && !m.amount.negative);
	CU_ASSERT_EQUAL(m.max.bytes, UINT64_C(256) << 20);
	CU_ASSERT_EQUAL(cmdline_parse_mem("", &m), -EINVAL);
	CU_ASSERT_EQUAL(cmdline_parse_mem("min:", &m), -EINVAL);
	CU_ASSERT_EQUAL(cmdline_parse_mem("1G max:2G", &m), -EINVAL);
	CU_ASSERT_EQUAL(m.amount.bytes, UINT64_C(1) << 30);
}

static void test_items(void)
{
	const char *list = "com1,,vga", *item;
	size_t len;

	CU_ASSERT_TRUE(cmdline_next_item(&list, &item, &len));
	CU_ASSERT_TRUE(len == 4 && memcmp(item, "com1", 4) == 0);
	CU_ASSERT_TRUE(cmdline_next_item(&list, &item, &len));
	CU_ASSERT_EQUAL(len, 0);
	CU_ASSERT_TRUE(cmdline_next_item(&list, &item, &len));
	CU_ASSERT_TRUE(len == 3 && memcmp(item, "vga", 3) == 0);
	CU_ASSERT_FALSE(cmdline_next_item(&list, &item, &len));
	list = NULL;
	CU_ASSERT_FALSE(cmdline_next_item(&list, &item, &len));
}

int main(void)
{
	static const struct test tests[] = {
		{ "words and quotes", test_words },
		{ "a word too long", test_long_word },
		{ "booleans", test_bools },
		{ "numbers", test_numbers },
		{ "sizes", test_sizes },
		{ "dom0_mem", test_mem },
		{ "lists", test_items },
	};

	return suite_run("cmdline", tests, ARRAY_SIZE(tests));
}
