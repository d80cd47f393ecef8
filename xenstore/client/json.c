// SPDX-License-Identifier: BSD-2-Clause
/*
 * Output as JSON. Strings are UTF-8; a value that is not is told in
 * hexadecimal, so that every document is well formed whatever a guest wrote.
 */
#include <stdio.h>
#include <string.h>

#include "xenstore/client/client.h"

/* Objects of the array that there are already. */
static unsigned int objects;

void json_begin(const struct options *o)
{
	objects = 0;
	if (o->json) {
		out_text("[");
	}
}

void json_end(const struct options *o)
{
	if (o->json) {
		out_text("%s]\n", objects ? "\n" : "");
	}
}

/*
 * The length of the UTF-8 sequence at @s, 0 if it is none: too short, longer
 * than needed, a surrogate, or beyond U+10FFFF.
 */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	static const unsigned int smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80   ? 1
		     : s[0] < 0xc0 ? 0
		     : s[0] < 0xe0 ? 2
		     : s[0] < 0xf0 ? 3
		     : s[0] < 0xf8 ? 4
				   : 0;
	unsigned int c;

	if (len == 0 || len > left) {
		return 0;
	}
	c = len == 1 ? s[0] : s[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
		return 0;
	}
	return len;
}

static bool is_utf8(const char *text, size_t len)
{
	while (len > 0) {
		size_t n = utf8_length((const unsigned char *)text, len);

		if (n == 0) {
			return false;
		}
		text += n;
		len -= n;
	}
	return true;
}

/* Paths have no other bytes; where one has, it is shown as a question mark. */
void json_string(const char *text, size_t len)
{
	out_text("\"");
	while (len > 0) {
		size_t n = utf8_length((const unsigned char *)text, len);

		if (n == 0) {
			out_text("?");
			n = 1;
		} else if (*text == '"' || *text == '\\') {
			out_text("\\%c", *text);
		} else if ((unsigned char)*text < ' ' || *text == 0x7f) {
			out_text("\\u%04x", (unsigned char)*text);
		} else {
			out_bytes(text, n);
		}
		text += n;
		len -= n;
	}
	out_text("\"");
}

void json_key(const char *key)
{
	out_text(", \"%s\": ", key);
}

void json_open(const char *path)
{
	out_text("%s\n {\"path\": ", objects++ ? "," : "");
	json_string(path, strlen(path));
}

void json_close(void)
{
	out_text("}");
}

void json_value(const char *value, size_t len)
{
	json_key("value");
	if (value && is_utf8(value, len)) {
		json_string(value, len);
		return;
	}
	out_text("null");
	if (value) {
		json_key("hex");
		out_text("\"");
		for (size_t i = 0; i < len; i++) {
			out_text("%02x", (unsigned char)value[i]);
		}
		out_text("\"");
	}
}

void json_permissions(const struct xs_permissions *perms, unsigned int num)
{
	static const char *const access[] = { "none", "read", "write", "both" };

	json_key("owner");
	out_text("%u", perms[0].id);
	json_key("others");
	out_text("\"%s\"", access[perms[0].perms & 3]);
	json_key("domains");
	out_text("{");
	for (unsigned int i = 1; i < num; i++) {
		out_text("%s\"%u\": \"%s\"", i > 1 ? ", " : "", perms[i].id,
			 access[perms[i].perms & 3]);
	}
	out_text("}");
}
