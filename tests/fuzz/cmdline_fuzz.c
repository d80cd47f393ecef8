/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "lib/cmdline.h"
#include "tests/fuzz/fuzz.h"

/* Behind the end of @value nothing may be read. */
static void read_value(const char *value)
{
	struct cmdline_mem mem;
	const char *item;
	uint64_t n;
	size_t len;
	bool on;

	if (cmdline_parse_uint(value, 1000, &n) == 0) {
		fuzz_check(n <= 1000);
	}
	(void)!cmdline_parse_mem(value, &mem);
	(void)!cmdline_parse_bool(value, &on);
	while (cmdline_next_item(&value, &item, &len)) {
		fuzz_check(!memchr(item, ',', len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	const char *line = text;
	struct cmdline_option opt;
	size_t words = 0;

	if (!text) {
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	while (cmdline_next(&line, &opt)) {
		fuzz_check(++words <= size);
		if (opt.value) {
			char *value = strdup(opt.value);

			fuzz_check(value != NULL);
			read_value(value);
			free(value);
		}
	}
	free(text);
	return 0;
}
