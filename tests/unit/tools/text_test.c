/* SPDX-License-Identifier: BSD-2-Clause */
/* What scripts parse: list lines, CPU sets, amounts; errors and JSON. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/cli/format.h"
#include "dom0-tools/lib/err.h"
#include "dom0-tools/lib/json.h"

static struct domain_info sample(void)
{
	struct domain_info info = { .domid = 3,
				    .memory_kib = 131072,
				    .vcpus_online = 2,
				    .cpu_ns = 12345678901ul,
				    .blocked = true };

	strcpy(info.name, "web");
	return info;
}

static void test_list_line(void)
{
	struct domain_info info = sample();
	char line[400], name[80], state[8];
	int domid, mem, vcpus, end = 0;
	float seconds;

	format_list_line(&info, line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line,
			       "web                                          "
			       "3   128     2     -b----      12.3");
	CU_ASSERT_EQUAL(sscanf(line, "%79s %d %d %d %7s %f%n", name, &domid,
			       &mem, &vcpus, state, &seconds, &end),
			6);
	CU_ASSERT_EQUAL((size_t)end, strlen(line));
	CU_ASSERT_EQUAL(strcspn(FORMAT_LIST_HEADER, "\n") + 1,
			strlen(FORMAT_LIST_HEADER));
}

static void test_state(void)
{
	struct domain_info info = { .running = true };
	char state[7];

	domain_state_letters(&info, state);
	CU_ASSERT_STRING_EQUAL(state, "r-----");
	info = (struct domain_info){ .paused = true };
	domain_state_letters(&info, state);
	CU_ASSERT_STRING_EQUAL(state, "--p---");
	info = (struct domain_info){ .shutdown = true };
	domain_state_letters(&info, state);
	CU_ASSERT_STRING_EQUAL(state, "---s--");
	info.reason = DOMAIN_REBOOT;
	domain_state_letters(&info, state);
	CU_ASSERT_STRING_EQUAL(state, "---sr-");
	info.reason = DOMAIN_CRASH;
	info.dying = true;
	domain_state_letters(&info, state);
	CU_ASSERT_STRING_EQUAL(state, "---scd");
	info.reason = 200;
	domain_state_letters(&info, state);
	CU_ASSERT_STRING_EQUAL(state, "---s-d");
}

static void test_cpumap(void)
{
	uint8_t map[2] = { 0xff, 0x03 };
	char text[64], tiny[6];

	format_cpumap(map, 10, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "all");
	format_cpumap(map, 12, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "0-9");
	map[0] = 0x2b;
	format_cpumap(map, 16, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "0-1,3,5,8-9");
	format_cpumap(map, 16, tiny, sizeof(tiny));
	CU_ASSERT_STRING_EQUAL(tiny, "0-1,3");
	memset(map, 0, sizeof(map));
	format_cpumap(map, 16, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "none");
}

static void test_memory(void)
{
	uint64_t kib;

	CU_ASSERT_EQUAL(format_parse_memory("128", &kib), 0);
	CU_ASSERT_EQUAL(kib, 131072);
	CU_ASSERT_EQUAL(format_parse_memory("2G", &kib), 0);
	CU_ASSERT_EQUAL(kib, 2097152);
	CU_ASSERT_EQUAL(format_parse_memory("300k", &kib), 0);
	CU_ASSERT_EQUAL(kib, 300);
	CU_ASSERT_EQUAL(format_parse_memory("8192b", &kib), 0);
	CU_ASSERT_EQUAL(kib, 8);
	CU_ASSERT_EQUAL(format_parse_memory("1t", &kib), 0);
	CU_ASSERT_EQUAL(kib, 1ul << 30);
	CU_ASSERT_EQUAL(format_parse_memory("", &kib), -EINVAL);
	CU_ASSERT_EQUAL(format_parse_memory("-1", &kib), -EINVAL);
	CU_ASSERT_EQUAL(format_parse_memory("1mm", &kib), -EINVAL);
	CU_ASSERT_EQUAL(format_parse_memory("1x", &kib), -EINVAL);
	CU_ASSERT_EQUAL(format_parse_memory("99999999999999999999", &kib),
			-ERANGE);
	CU_ASSERT_EQUAL(format_parse_memory("99999999999999t", &kib), -ERANGE);
}

static void test_number(void)
{
	uint64_t value;

	CU_ASSERT_EQUAL(format_parse_number("7", 7, &value), 0);
	CU_ASSERT_EQUAL(value, 7);
	CU_ASSERT_EQUAL(format_parse_number("8", 7, &value), -ERANGE);
	CU_ASSERT_EQUAL(format_parse_number("0x7", 7, &value), -EINVAL);
	CU_ASSERT_EQUAL(format_parse_number("+7", 7, &value), -EINVAL);
}

static void test_uptime(void)
{
	char text[64];

	format_uptime(59, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "0:00:59");
	format_uptime(86400 + 3600 * 2 + 3, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "1 day,  2:00:03");
	format_uptime(86400 * 12, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "12 days,  0:00:00");
}

static char *printed(const struct hl_error *err, bool json)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (json) {
		err_print_json(err, to);
	} else {
		err_print(err, "hl", to);
	}
	fclose(to);
	return text;
}

static void test_error(void)
{
	struct hl_error err;
	char *text;

	CU_ASSERT_EQUAL(err_set(&err, -ENOMEM, "no memory for %s", "web"),
			-ENOMEM);
	text = printed(&err, false);
	CU_ASSERT_STRING_EQUAL(text, "hl: no memory for web\n");
	free(text);
	err_need(&err, "%d KiB", 10);
	err_have(&err, "%d KiB", 4);
	err_hint(&err, "buy some");
	text = printed(&err, false);
	CU_ASSERT_STRING_EQUAL(text,
			       "hl: no memory for web (need 10 KiB, have 4 "
			       "KiB)\nhl: hint: buy some\n");
	free(text);
	text = printed(&err, true);
	CU_ASSERT_STRING_EQUAL(
		text, "{\"error\":{\"code\":\"ENOMEM\",\"cause\":\"no memory "
		      "for web\",\"need\":\"10 KiB\",\"have\":\"4 "
		      "KiB\",\"hint\":\"buy some\"}}\n");
	free(text);
	err_errno(&err, -ENOENT, "disk");
	CU_ASSERT_STRING_EQUAL(err.cause, "disk: No such file or directory");
	CU_ASSERT_STRING_EQUAL(err.hint, "");
}

/* A name from a guest that is no UTF-8 must not break the document. */
static void test_json_bytes(void)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	yajl_gen gen = json_open();

	json_array(gen, NULL);
	json_string(gen, NULL, "a\xff\"\xc3\xa9\xed\xa0\x80");
	json_array_end(gen);
	json_close(gen, to);
	fclose(to);
	CU_ASSERT(strstr(text, "a\xef\xbf\xbd\\\"\xc3\xa9\xef\xbf\xbd") !=
		  NULL);
	free(text);
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failed;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 99;
	}
	suite = CU_add_suite("text", NULL, NULL);
	CU_add_test(suite, "list line", test_list_line);
	CU_add_test(suite, "state letters", test_state);
	CU_add_test(suite, "CPU sets", test_cpumap);
	CU_add_test(suite, "memory", test_memory);
	CU_add_test(suite, "number", test_number);
	CU_add_test(suite, "uptime", test_uptime);
	CU_add_test(suite, "error", test_error);
	CU_add_test(suite, "JSON of any bytes", test_json_bytes);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
