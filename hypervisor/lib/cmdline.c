/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/cmdline.h"

#include "lib/checked.h"
#include "lib/errno.h"
#include "lib/string.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Copies one word without its quotes; returns what follows it. */
static const char *take_word(const char *p, struct cmdline_option *opt)
{
	bool quoted = false;
	size_t n = 0;

	opt->cut = false;
	for (; *p && (quoted || !is_blank(*p)); p++) {
		if (*p == '"') {
			quoted = !quoted;
		} else if (n < sizeof(opt->word) - 1) {
			opt->word[n++] = *p;
		} else {
			opt->cut = true;
		}
	}
	opt->word[n] = '\0';
	return p;
}

bool cmdline_next(const char **line, struct cmdline_option *opt)
{
	const char *p = *line;
	char *equals;

	while (is_blank(*p)) {
		p++;
	}
	if (!*p) {
		*line = p;
		return false;
	}
	*line = take_word(p, opt);
	opt->key = opt->word;
	opt->value = NULL;
	equals = strchr(opt->word, '=');
	if (equals) {
		*equals = '\0';
		opt->value = equals + 1;
	}
	return true;
}

bool cmdline_is(const struct cmdline_option *opt, const char *key)
{
	return strcmp(opt->key, key) == 0;
}

int cmdline_parse_bool(const char *s, bool *on)
{
	static const struct {
		char word[8];
		bool on;
	} words[] = {
		{ "1", true },	      { "0", false },	  { "on", true },
		{ "off", false },     { "yes", true },	  { "no", false },
		{ "true", true },     { "false", false }, { "enable", true },
		{ "disable", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(s, words[i].word) == 0) {
			*on = words[i].on;
			return 0;
		}
	}
	return -EINVAL;
}

/* -1: not a digit in this base. */
static int digit_value(char c, unsigned int base)
{
	int v = -1;

	c = to_lower(c);
	if (c >= '0' && c <= '9') {
		v = c - '0';
	} else if (c >= 'a' && c <= 'f') {
		v = c - 'a' + 10;
	}
	return v < (int)base ? v : -1;
}

/* Reads digits; *s is left at what follows them. */
static int take_number(const char **s, uint64_t *n)
{
	const char *p = *s;
	unsigned int base = 10;
	uint64_t v = 0;
	int digit;

	if (p[0] == '0' && to_lower(p[1]) == 'x') {
		base = 16;
		p += 2;
	}
	if (digit_value(*p, base) < 0) {
		return -EINVAL;
	}
	while ((digit = digit_value(*p, base)) >= 0) {
		if (!checked_mul(v, base, &v) ||
		    !checked_add(v, (uint64_t)digit, &v)) {
			return -ERANGE;
		}
		p++;
	}
	*s = p;
	*n = v;
	return 0;
}

int cmdline_parse_uint(const char *s, uint64_t max, uint64_t *n)
{
	uint64_t v;
	int err = take_number(&s, &v);

	if (err) {
		return err;
	}
	if (*s) {
		return -EINVAL;
	}
	if (v > max) {
		return -ERANGE;
	}
	*n = v;
	return 0;
}

static int take_size(const char **s, uint64_t *bytes)
{
	static const char units[] = "bkmgt";
	const char *unit;
	uint64_t v, scale = 1024;
	int err = take_number(s, &v);

	if (err) {
		return err;
	}
	unit = **s ? strchr(units, to_lower(**s)) : NULL;
	if (unit) {
		scale = BIT(10 * (unit - units));
		(*s)++;
	}
	if (!checked_mul(v, scale, &v)) {
		return -ERANGE;
	}
	*bytes = v;
	return 0;
}

static int take_amount(const char **s, struct cmdline_amount *amount)
{
	amount->given = true;
	amount->negative = **s == '-';
	if (amount->negative) {
		(*s)++;
	}
	return take_size(s, &amount->bytes);
}

int cmdline_parse_mem(const char *s, struct cmdline_mem *mem)
{
	struct cmdline_mem parsed = { 0 };
	int err;

	do {
		struct cmdline_amount *which = &parsed.amount;

		if (strncmp(s, "min:", 4) == 0) {
			which = &parsed.min;
			s += 4;
		} else if (strncmp(s, "max:", 4) == 0) {
			which = &parsed.max;
			s += 4;
		}
		err = take_amount(&s, which);
		if (err) {
			return err;
		}
	} while (*s == ',' && *++s);
	if (*s) {
		return -EINVAL;
	}
	*mem = parsed;
	return 0;
}

bool cmdline_next_item(const char **list, const char **item, size_t *len)
{
	const char *p = *list;

	if (!p || !*p) {
		return false;
	}
	*item = p;
	while (*p && *p != ',') {
		p++;
	}
	*len = (size_t)(p - *item);
	*list = *p ? p + 1 : p;
	return true;
}
