/* SPDX-License-Identifier: BSD-2-Clause */
#include "dom0-tools/lib/json.h"

#include <stdlib.h>
#include <string.h>

yajl_gen json_open(void)
{
	yajl_gen gen = yajl_gen_alloc(NULL);

	if (gen) {
		yajl_gen_config(gen, yajl_gen_beautify, 1);
		yajl_gen_config(gen, yajl_gen_indent_string, "    ");
	}
	return gen;
}

void json_close(yajl_gen gen, FILE *to)
{
	const unsigned char *text;
	size_t length;

	if (!gen) {
		return;
	}
	if (yajl_gen_get_buf(gen, &text, &length) == yajl_gen_status_ok) {
		fwrite(text, 1, length, to);
		if (!length || text[length - 1] != '\n') {
			fputc('\n', to);
		}
	}
	yajl_gen_free(gen);
}

/* The length of a well-formed UTF-8 sequence at s, or 0. */
static size_t json_utf8(const unsigned char *s)
{
	size_t more, i;

	if (s[0] < 0x80) {
		return 1;
	}
	if (s[0] < 0xc2 || s[0] > 0xf4) {
		return 0;
	}
	more = s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
	for (i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) {
		return 0;
	}
	return more + 1;
}

static void json_text(yajl_gen gen, const char *value)
{
	const unsigned char *in = (const unsigned char *)value;
	unsigned char *clean = malloc(strlen(value) * 3 + 1);
	size_t used = 0;

	while (clean && *in) {
		size_t length = json_utf8(in);

		if (length) {
			memcpy(clean + used, in, length);
			used += length;
			in += length;
		} else {
			memcpy(clean + used, "\xef\xbf\xbd", 3);
			used += 3;
			in++;
		}
	}
	yajl_gen_string(gen, clean ? clean : (const unsigned char *)"", used);
	free(clean);
}

static void json_key(yajl_gen gen, const char *key)
{
	if (key) {
		json_text(gen, key);
	}
}

void json_map(yajl_gen gen, const char *key)
{
	if (gen) {
		json_key(gen, key);
		yajl_gen_map_open(gen);
	}
}

void json_map_end(yajl_gen gen)
{
	if (gen) {
		yajl_gen_map_close(gen);
	}
}

void json_array(yajl_gen gen, const char *key)
{
	if (gen) {
		json_key(gen, key);
		yajl_gen_array_open(gen);
	}
}

void json_array_end(yajl_gen gen)
{
	if (gen) {
		yajl_gen_array_close(gen);
	}
}

void json_string(yajl_gen gen, const char *key, const char *value)
{
	if (gen) {
		json_key(gen, key);
		json_text(gen, value);
	}
}

void json_number(yajl_gen gen, const char *key, uint64_t value)
{
	if (gen) {
		json_key(gen, key);
		yajl_gen_integer(gen, (long long)value);
	}
}

void json_bool(yajl_gen gen, const char *key, bool value)
{
	if (gen) {
		json_key(gen, key);
		yajl_gen_bool(gen, value);
	}
}

void json_real(yajl_gen gen, const char *key, double value)
{
	if (gen) {
		json_key(gen, key);
		yajl_gen_double(gen, value);
	}
}
