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

static void expect_bool(const char *text, int err, bool value)
{
	bool on = !value;

	CU_ASSERT_EQUAL(cmdline_parse_bool(text, &on), err);
	CU_ASSERT_EQUAL(on, err ? !value : value);
}

static void test_bools(void)
{
	expect_bool("off", 0, false);
	expect_bool("1", 0, true);
	expect_bool("maybe", -EINVAL, false);
	expect_bool("", -EINVAL, false);
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
	static const struct {
		const char *text;
		int err;
		uint64_t bytes;
	} sizes[] = {
		{ "512M", 0, UINT64_C(512) << 20 },
		{ "3g", 0, UINT64_C(3) << 30 },
		{ "1T", 0, UINT64_C(1) << 40 },
		{ "100b", 0, 100 },
		{ "4", 0, 4096 },
		{ "512MB", -EINVAL, 0 },
		{ "M", -EINVAL, 0 },
		{ "16777216T", -ERANGE, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct cmdline_mem m = { 0 };
		int err = cmdline_parse_mem(sizes[i].text, &m);

		CU_ASSERT_EQUAL(err, sizes[i].err);
		CU_ASSERT_TRUE(err || m.amount.bytes == sizes[i].bytes);
	}
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
