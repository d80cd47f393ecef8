/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors of the toolstack. The buffers are fixed so that telling about an
 * error cannot itself fail for want of memory; a text that is too long is
 * cut.
 */
#include "dom0-tools/lib/err.h"

#include <errno.h>
#include <string.h>

#include <yajl/yajl_gen.h>

int err_set(struct hl_error *err, int code, const char *format, ...)
{
	va_list args;

	memset(err, 0, sizeof(*err));
	err->code = code;
	va_start(args, format);
	vsnprintf(err->cause, sizeof(err->cause), format, args);
	va_end(args);
	return code;
}

int err_errno(struct hl_error *err, int code, const char *format, ...)
{
	va_list args;
	size_t used;

	memset(err, 0, sizeof(*err));
	err->code = code;
	va_start(args, format);
	vsnprintf(err->cause, sizeof(err->cause), format, args);
	va_end(args);
	used = strlen(err->cause);
	snprintf(err->cause + used, sizeof(err->cause) - used, ": %s",
		 strerrordesc_np(-code) ? strerrordesc_np(-code) : "?");
	return code;
}

void err_need(struct hl_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->need, sizeof(err->need), format, args);
	va_end(args);
}

void err_have(struct hl_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->have, sizeof(err->have), format, args);
	va_end(args);
}

void err_hint(struct hl_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->hint, sizeof(err->hint), format, args);
	va_end(args);
}

void err_print(const struct hl_error *err, const char *prog, FILE *to)
{
	fprintf(to, "%s: %s", prog, err->cause);
	if (err->need[0] && err->have[0]) {
		fprintf(to, " (need %s, have %s)", err->need, err->have);
	}
	fputc('\n', to);
	if (err->hint[0]) {
		fprintf(to, "%s: hint: %s\n", prog, err->hint);
	}
}

static void err_json_pair(yajl_gen gen, const char *key, const char *value)
{
	if (!value || !value[0]) {
		return;
	}
	yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
	yajl_gen_string(gen, (const unsigned char *)value, strlen(value));
}

void err_print_json(const struct hl_error *err, FILE *to)
{
	const unsigned char *text;
	size_t length;
	yajl_gen gen = yajl_gen_alloc(NULL);

	if (!gen) {
		return;
	}
	yajl_gen_map_open(gen);
	yajl_gen_string(gen, (const unsigned char *)"error", 5);
	yajl_gen_map_open(gen);
	err_json_pair(gen, "code", strerrorname_np(-err->code));
	err_json_pair(gen, "cause", err->cause);
	err_json_pair(gen, "need", err->need);
	err_json_pair(gen, "have", err->have);
	err_json_pair(gen, "hint", err->hint);
	yajl_gen_map_close(gen);
	yajl_gen_map_close(gen);
	if (yajl_gen_get_buf(gen, &text, &length) == yajl_gen_status_ok) {
		fprintf(to, "%.*s\n", (int)length, (const char *)text);
	}
	yajl_gen_free(gen);
}
