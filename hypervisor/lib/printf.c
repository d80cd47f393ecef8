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
	bool left, zero, alt, plus, space;
	int width;
	int precision; /* -1: none given */
	char length;   /* 0, 'h', 'H' for hh, 'l' for l ll z t j */
	char conv;
};

/* Longest number: 64 bits in octal. */
#define DIGITS_MAX 22

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
	int pad = len < (size_t)s->width ? s->width - (int)len : 0;

	if (!s->left) {
		put_repeated(o, ' ', pad);
	}
	while (len--) {
		put(o, *text++);
	}
	if (s->left) {
		put_repeated(o, ' ', pad);
	}
}

static void put_number(struct out *o, const struct spec *s, uint64_t v,
		       unsigned int base, const char *prefix)
{
	const char *digit =
		s->conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[DIGITS_MAX];
	int n = 0, zeros = 0, pad;
	bool is_zero = v == 0;

	if (!(is_zero && s->precision == 0)) {
		do {
			text[n++] = digit[v % base];
			v /= base;
		} while (v);
	}
	if (s->precision > n) {
		zeros = s->precision - n;
	}
	pad = s->width - n - zeros - (int)strlen(prefix);
	if (s->zero && !s->left && s->precision < 0 && pad > 0) {
		zeros = pad;
		pad = 0;
	}
	if (!s->left) {
		put_repeated(o, ' ', pad);
	}
	while (*prefix) {
		put(o, *prefix++);
	}
	put_repeated(o, '0', zeros);
	while (n) {
		put(o, text[--n]);
	}
	if (s->left) {
		put_repeated(o, ' ', pad);
	}
}

static void put_signed(struct out *o, const struct spec *s, int64_t v)
{
	const char *prefix = v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "";
	uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	put_number(o, s, magnitude, 10, prefix);
}

static void put_unsigned(struct out *o, const struct spec *s, uint64_t v)
{
	if (s->conv == 'u') {
		put_number(o, s, v, 10, "");
	} else if (s->conv == 'o') {
		put_number(o, s, v, 8, s->alt && v ? "0" : "");
	} else {
		const char *prefix = s->conv == 'X' ? "0X" : "0x";

		put_number(o, s, v, 16, s->alt && v ? prefix : "");
	}
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

static const char *parse_flags(const char *f, struct spec *s)
{
	for (;; f++) {
		if (*f == '-') {
			s->left = true;
		} else if (*f == '0') {
			s->zero = true;
		} else if (*f == '#') {
			s->alt = true;
		} else if (*f == '+') {
			s->plus = true;
		} else if (*f == ' ') {
			s->space = true;
		} else {
			return f;
		}
	}
}

static const char *parse_length(const char *f, struct spec *s)
{
	if (f[0] == 'h') {
		s->length = f[1] == 'h' ? 'H' : 'h';
		return f + (f[1] == 'h' ? 2 : 1);
	}
	if (f[0] == 'l') {
		s->length = 'l';
		return f + (f[1] == 'l' ? 2 : 1);
	}
	if (f[0] == 'z' || f[0] == 't' || f[0] == 'j') {
		s->length = 'l';
		return f + 1;
	}
	return f;
}

static int64_t signed_arg(const struct spec *s, va_list *ap)
{
	int v;

	if (s->length == 'l') {
		return va_arg(*ap, long);
	}
	v = va_arg(*ap, int);
	return s->length == 'H'	  ? (signed char)v
	       : s->length == 'h' ? (short)v
				  : v;
}

static uint64_t unsigned_arg(const struct spec *s, va_list *ap)
{
	unsigned int v;

	if (s->length == 'l') {
		return va_arg(*ap, unsigned long);
	}
	v = va_arg(*ap, unsigned int);
	return s->length == 'H'	  ? (unsigned char)v
	       : s->length == 'h' ? (unsigned short)v
				  : v;
}

/* False: the conversion is unknown and took no argument. */
static bool convert(struct out *o, const struct spec *s, va_list *ap)
{
	const char *text;
	char c;

	switch (s->conv) {
	case 'd':
	case 'i':
		put_signed(o, s, signed_arg(s, ap));
		return true;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_unsigned(o, s, unsigned_arg(s, ap));
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
	f = parse_flags(f, s);
	if (*f == '*') {
		s->width = va_arg(*ap, int);
		if (s->width < 0) {
			s->left = true;
			s->width = s->width < -100000 ? 100000 : -s->width;
		}
		f++;
	} else {
		f = parse_int(f, &s->width);
	}
	if (*f == '.') {
		f++;
		if (*f == '*') {
			s->precision = va_arg(*ap, int);
			f++;
		} else {
			f = parse_int(f, &s->precision);
		}
	}
	f = parse_length(f, s);
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
