// SPDX-License-Identifier: BSD-2-Clause
/* Values as text and back, and output that can still be taken back. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/client/client.h"

static char *held;
static size_t held_len;
static FILE *held_file;

static FILE *out(void)
{
	if (!held_file) {
		held_file = open_memstream(&held, &held_len);
	}
	if (!held_file) {
		perror("xenstore");
		exit(1);
	}
	return held_file;
}

void out_text(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(out(), fmt, ap);
	va_end(ap);
}

void out_bytes(const void *data, size_t len)
{
	(void)fwrite(data, 1, len, out());
}

int out_flush(void)
{
	int rc = 0;

	if (held_file) {
		(void)fclose(held_file);
		held_file = NULL;
		if (fwrite(held, 1, held_len, stdout) != held_len) {
			rc = errno;
		}
		free(held);
	}
	if (fflush(stdout) && !rc) {
		rc = errno;
	}
	if (rc) {
		complain("standard output: %s", strerror(rc));
	}
	return rc ? 1 : 0;
}

void out_drop(void)
{
	if (held_file) {
		(void)fclose(held_file);
		held_file = NULL;
		free(held);
	}
}

/* One byte escaped, or as it is; returns the characters written (1 to 4). */
static size_t escape_one(char *to, unsigned char c)
{
	static const char special[] = "\tt\nn\rr\\\\";

	for (size_t i = 0; i + 1 < sizeof(special); i += 2) {
		if (c == (unsigned char)special[i]) {
			to[0] = '\\';
			to[1] = special[i + 1];
			return 2;
		}
	}
	if (c >= ' ' && c <= '~') {
		to[0] = (char)c;
		return 1;
	}
	return (size_t)sprintf(to, c < 8 ? "\\%03o" : "\\x%02x", c);
}

char *text_escape(const char *value, size_t len)
{
	char *text = malloc(4 * len + 1);
	size_t used = 0;

	if (!text) {
		perror("xenstore");
		exit(1);
	}
	for (size_t i = 0; i < len; i++) {
		used += escape_one(text + used, (unsigned char)value[i]);
	}
	text[used] = '\0';
	return text;
}

/*
 * What follows a backslash: returns how many characters stand for *byte, which
 * is the character itself where it means nothing else. Numbers are what
 * scanf() takes for them.
 */
static size_t unescape_one(const char *s, char *byte)
{
	static const char special[] = "tnr", meant[] = "\t\n\r";
	const char *known = *s ? strchr(special, *s) : NULL;
	unsigned int value = 0;
	int used = 0;

	*byte = known ? meant[known - special] : *s;
	if (*s == 'x' && sscanf(s + 1, "%2x%n", &value, &used) == 1) {
		*byte = (char)value;
		return (size_t)used + 1;
	}
	if (sscanf(s, "%3o%n", &value, &used) == 1) {
		*byte = (char)value;
		return (size_t)used;
	}
	/* At the end it stands for the NUL, which is not eaten. */
	return *s ? 1 : 0;
}

size_t text_unescape(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from != '\0') {
		char byte = *from++;

		if (byte == '\\') {
			from += unescape_one(from, &byte);
		}
		*to++ = byte;
	}
	return (size_t)(to - text);
}
