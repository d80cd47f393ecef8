/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer over the xl.cfg language. What is accepted must also survive
 * being printed as JSON and being read again from its kept text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "dom0-tools/lib/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void report(void *ctx, enum config_level level, const char *text)
{
	(void)ctx;
	(void)level;
	(void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hl_config *config = NULL, *again = NULL;
	char *json;

	if (config_parse_text("fuzz", (const char *)data, size, NULL, 0, report,
			      NULL, &config)) {
		return 0;
	}
	json = config_json_string(config, 1);
	free(json);
	if (config_parse_text("again", config->text, config->text_len, NULL, 0,
			      report, NULL, &again)) {
		abort();
	}
	config_free(again);
	config_free(config);
	return 0;
}
