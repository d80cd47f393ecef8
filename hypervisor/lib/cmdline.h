/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot command line: words separated by blanks, each `key` or `key=value`.
 * Double quotes anywhere in a word keep blanks and disappear. The line itself
 * is never changed. Typical use:
 *
 *	struct cmdline_option opt;
 *
 *	while (cmdline_next(&line, &opt))
 *		if (cmdline_is(&opt, "dom0_mem"))
 *			err = cmdline_parse_mem(opt.value, &mem);
 *
 * Values come from the administrator, not from guests, but are bounded all
 * the same. The parse functions accept the whole string or fail -EINVAL
 * (-ERANGE when the number is too large) and then leave the result alone.
 */
#ifndef LIB_CMDLINE_H
#define LIB_CMDLINE_H

#include "lib/types.h"

#define CMDLINE_WORD_MAX 256

struct cmdline_option {
	char word[CMDLINE_WORD_MAX]; /* the key, NUL, the value, NUL */
	const char *key;
	const char *value; /* NULL: there was no '=' */
	bool cut;	   /* it was longer than fits */
};

/* An amount as in dom0_mem=: a negative one is "all but so much". */
struct cmdline_amount {
	bool given, negative;
	uint64_t bytes;
};

struct cmdline_mem {
	struct cmdline_amount amount, min, max;
};

/* Takes the next option off the line; false at its end. */
bool cmdline_next(const char **line, struct cmdline_option *opt);

bool cmdline_is(const struct cmdline_option *opt, const char *key);

/* yes on true enable 1, no off false disable 0. */
int __must_check cmdline_parse_bool(const char *s, bool *on);

/* Decimal, or hexadecimal with 0x. */
int __must_check cmdline_parse_uint(const char *s, uint64_t max, uint64_t *n);

/*
 * `768M`, `min:512M,max:1G`, `1G,max:2G`, `-256M`: numbers with B K M G or T;
 * without a letter it is KiB, as Xen has it.
 */
int __must_check cmdline_parse_mem(const char *s, struct cmdline_mem *mem);

/*
 * Takes the next item off a comma-separated list, for `console=com1,vga` and
 * `com1=115200,8n1`. The item points into the list; false at its end.
 */
bool cmdline_next_item(const char **list, const char **item, size_t *len);

#endif
