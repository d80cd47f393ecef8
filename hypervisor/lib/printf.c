/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the format: each conversion is read into a `struct spec`, then
 * written through put(), which counts every byte and stores those that fit.
 * There is no state beyond the caller's stack, so this runs in any context.
 */
#include "lib/printf.h"

#ifndef HOST_BUILD

#include "lib/string.h"

struct out {
	char *buf;
	size_t size;
	size_t len; /* bytes wanted so far, stored or not */
};

struct spec {
	bool zero, alt, wide; /* wide: 64 bits */
	int width;
	int precision; /* of text; -1: none given */
	char conv;
};

/* Longest number: 64 bits in decimal. */
#define DIGITS_MAX 20

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size) {
		o->buf[o->len] = c;
	}
	o->len++;
}

static void put_repeated(struct out *o, char c, int n)
{
	while (n-- > 0) {
		put(o, c);
	}
}

static void put_text(struct out *o, const struct spec *s, const char *text,
		     size_t len)
{
	put_repeated(o, ' ', len < (size_t)s->width ? s->width - (int)len : 0);
	while (len--) {
		put(o, *text++);
	}
}

static void put_number(struct out *o, const struct spec *s, uint64_t v,
		       unsigned int base, const char *prefix)
{
	char text[DIGITS_MAX];
	int n = 0, pad;

	do {
		text[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	pad = s->width - n - (int)strlen(prefix);
	put_repeated(o, ' ', s->zero ? 0 : pad);
	while (*prefix) {
		put(o, *prefix++);
	}
	put_repeated(o, '0', s->zero ? pad : 0);
	while (n) {
		put(o, text[--n]);
	}
}

static void put_signed(struct out *o, const struct spec *s, int64_t v)
{
	put_number(o, s, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10,
		   v < 0 ? "-" : "");
}

static const char *parse_int(const char *f, int *value)
{
	*value = 0;
	while (*f >= '0' && *f <= '9') {
		if (*value < 100000) { /* wider than that is a mistake */
			*value = *value * 10 + (*f - '0');
		}
		f++;
	}
	return f;
}

/* False: the conversion is unknown and took no argument. */
static bool convert(struct out *o, const struct spec *s, va_list *ap)
{
	const char *text;
	uint64_t v;
	char c;

	switch (s->conv) {
	case 'd':
		put_signed(o, s,
			   s->wide ? va_arg(*ap, long) : va_arg(*ap, int));
		return true;
	case 'u':
	case 'x':
		v = s->wide ? va_arg(*ap, unsigned long)
			    : va_arg(*ap, unsigned int);
		put_number(o, s, v, s->conv == 'u' ? 10 : 16,
			   s->alt && v ? "0x" : "");
		return true;
	case 'p':
		put_number(o, s, (uintptr_t)va_arg(*ap, void *), 16, "0x");
		return true;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_text(o, s, &c, 1);
		return true;
	case 's':
		text = va_arg(*ap, const char *);
		if (!text) {
			text = "(null)";
		}
		put_text(o, s, text,
			 s->precision < 0
				 ? strlen(text)
				 : strnlen(text, (size_t)s->precision));
		return true;
	case '%':
		put(o, '%');
		return true;
	default:
		return false;
	}
}

static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	for (; *f == '0' || *f == '#'; f++) {
		s->zero |= *f == '0';
		s->alt |= *f == '#';
	}
	f = parse_int(f, &s->width);
	if (f[0] == '.' && f[1] == '*') {
		s->precision = va_arg(*ap, int);
		f += 2;
	} else if (*f == '.') {
		f = parse_int(f + 1, &s->precision);
	}
	for (; *f == 'l' || *f == 'z'; f++) {
		s->wide = true;
	}
	s->conv = *f;
	return f;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		struct spec s = { .precision = -1 };
		const char *start = fmt;

		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s, &ap);
		if (!convert(&o, &s, &ap)) {
			while (*start) {
				put(&o, *start++);
			}
			break;
		}
		fmt++;
	}
	va_end(ap);
	if (size) {
		buf[o.len < size ? o.len : size - 1] = '\0';
	}
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

#endif
