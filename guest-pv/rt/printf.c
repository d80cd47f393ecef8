/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vsnprintf, as small as the runtime's own messages allow. The output is
 * always terminated when size is not 0, and the result is the length that the
 * whole text would have had.
 */
#include "rt/string.h"

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero;
	int width, precision, longs;
};

static void out_char(struct out *o, char c)
{
	if (o->len + 1 < o->size) {
		o->buf[o->len] = c;
	}
	o->len++;
}

static void out_padded(struct out *o, const struct spec *s, const char *text,
		       int len, char fill)
{
	int pad = s->width - len;
	int i;

	for (i = 0; !s->left && i < pad; i++) {
		out_char(o, fill);
	}
	for (i = 0; i < len; i++) {
		out_char(o, text[i]);
	}
	for (i = 0; s->left && i < pad; i++) {
		out_char(o, ' ');
	}
}

static void out_number(struct out *o, const struct spec *s, uint64_t v,
		       unsigned int base, bool negative)
{
	char tmp[24];
	int n = sizeof(tmp);

	do {
		tmp[--n] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (negative) {
		tmp[--n] = '-';
	}
	out_padded(o, s, tmp + n, (int)sizeof(tmp) - n, s->zero ? '0' : ' ');
}

static void out_string(struct out *o, const struct spec *s, const char *text)
{
	int len = 0;

	if (!text) {
		text = "(null)";
	}
	while ((s->precision < 0 || len < s->precision) && text[len]) {
		len++;
	}
	out_padded(o, s, text, len, ' ');
}

static const char *spec_parse(struct spec *s, const char *f)
{
	*s = (struct spec){ .precision = -1 };
	for (; *f == '-' || *f == '0'; f++) {
		s->left |= *f == '-';
		s->zero |= *f == '0';
	}
	for (; *f >= '0' && *f <= '9'; f++) {
		s->width = s->width * 10 + (*f - '0');
	}
	if (*f == '.') {
		s->precision = 0;
		for (f++; *f >= '0' && *f <= '9'; f++) {
			s->precision = s->precision * 10 + (*f - '0');
		}
	}
	for (; *f == 'l' || *f == 'z'; f++) {
		s->longs++;
	}
	return f;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size };
	struct spec s;
	int64_t v;
	char c;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			out_char(&o, *fmt);
			continue;
		}
		fmt = spec_parse(&s, fmt + 1);
		switch (*fmt) {
		case 'd':
		case 'i':
			v = s.longs ? va_arg(ap, long) : va_arg(ap, int);
			out_number(&o, &s, v < 0 ? -(uint64_t)v : (uint64_t)v,
				   10, v < 0);
			break;
		case 'u':
		case 'x':
			out_number(&o, &s,
				   s.longs ? va_arg(ap, unsigned long)
					   : va_arg(ap, unsigned int),
				   *fmt == 'x' ? 16 : 10, false);
			break;
		case 'p':
			out_string(&o, &(struct spec){ .precision = -1 }, "0x");
			out_number(&o, &s, va_arg(ap, unsigned long), 16,
				   false);
			break;
		case 's':
			out_string(&o, &s, va_arg(ap, const char *));
			break;
		case 'c':
			c = (char)va_arg(ap, int);
			out_padded(&o, &s, &c, 1, ' ');
			break;
		case '\0':
			fmt--;
			break;
		default:
			out_char(&o, *fmt);
			break;
		}
	}
	if (size) {
		buf[o.len < size ? o.len : size - 1] = '\0';
	}
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
