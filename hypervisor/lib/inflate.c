/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huffman codes are looked up by their first bits in a table; the few longer
 * ones are followed bit by bit through the canonical order: among codes of one
 * length, those in use are consecutive numbers.
 *
 * The bit buffer is filled once per symbol: the longest (length code, its extra
 * bits, distance code, its extra bits) is 15 + 5 + 15 + 13 = 48 of its 56 bits.
 * Behind the end of the input it is filled with zeros, which are counted: the
 * stream was cut if any of them has been used.
 */
#include "lib/inflate.h"

#include "lib/errno.h"
#include "lib/match_copy.h"
#include "lib/string.h"

#define FAST_MASK      ((1u << INFLATE_FAST_BITS) - 1)
#define END_OF_BLOCK   256
#define LENGTH_CODES   29
#define DISTANCE_CODES 30

#define GZIP_HEADER_CRC 0x02
#define GZIP_EXTRA	0x04
#define GZIP_NAME	0x08
#define GZIP_COMMENT	0x10
#define GZIP_RESERVED	0xe0

struct bits {
	uint64_t buf;
	unsigned int count;
	unsigned int invented; /* zero bytes from behind the end */
	const uint8_t *in, *end;
};

struct inflate {
	struct inflate_work *work;
	struct bits bits;
	uint8_t *start, *pos, *end;
	const char **why;
};

static const uint16_t length_base[LENGTH_CODES] = {
	3,  4,	5,  6,	7,  8,	9,  10, 11,  13,  15,  17,  19,	 23, 27,
	31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258
};
static const uint8_t length_extra[LENGTH_CODES] = { 0, 0, 0, 0, 0, 0, 0, 0,
						    1, 1, 1, 1, 2, 2, 2, 2,
						    3, 3, 3, 3, 4, 4, 4, 4,
						    5, 5, 5, 5, 0 };
static const uint16_t distance_base[DISTANCE_CODES] = {
	1,    2,    3,	  4,	5,    7,    9,	  13,	 17,	25,
	33,   49,   65,	  97,	129,  193,  257,  385,	 513,	769,
	1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577
};
static const uint8_t distance_extra[DISTANCE_CODES] = {
	0, 0, 0, 0, 1, 1, 2, 2,	 3,  3,	 4,  4,	 5,  5,	 6,
	6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13
};

static int fail(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

/* At least 56 bits afterwards. */
static __hot_inline void bits_fill(struct bits *b)
{
	uint64_t w;

	if (likely(b->end - b->in >= 8)) {
		memcpy(&w, b->in, 8);
		b->buf |= w << b->count;
		b->in += (63 - b->count) >> 3;
		b->count |= 56;
		return;
	}
	while (b->count <= 56) {
		if (b->in < b->end) {
			b->buf |= (uint64_t)*b->in++ << b->count;
		} else {
			b->invented++;
		}
		b->count += 8;
	}
}

static __hot_inline unsigned int bits_take(struct bits *b, unsigned int n)
{
	unsigned int v = (unsigned int)b->buf & ((1u << n) - 1);

	b->buf >>= n;
	b->count -= n;
	return v;
}

static bool bits_overrun(const struct bits *b)
{
	return b->invented * 8 > b->count;
}

/* Drops what is left of a byte and gives whole bytes back to the input. */
static void bits_to_byte(struct bits *b)
{
	unsigned int bytes = b->count / 8;

	bytes -= min(bytes, b->invented);
	b->in -= bytes;
	b->buf = 0;
	b->count = 0;
	b->invented = 0;
}

/* The rest of what a code does when the table does not know it; -1: none. */
static int code_slow(struct bits *b, const struct inflate_code *c)
{
	unsigned int code = 0, first = 0, index = 0;

	for (unsigned int len = 1; len <= INFLATE_CODE_MAX; len++) {
		unsigned int count = c->count[len];

		code |= (unsigned int)(b->buf >> (len - 1)) & 1;
		if (code < first + count) {
			bits_take(b, len);
			return c->symbol[index + code - first];
		}
		index += count;
		first = (first + count) << 1;
		code <<= 1;
	}
	return -1;
}

static __hot_inline int code_next(struct bits *b, const struct inflate_code *c)
{
	unsigned int entry = c->fast[b->buf & FAST_MASK];

	if (unlikely(!entry)) {
		return code_slow(b, c);
	}
	bits_take(b, entry & 15);
	return (int)(entry >> 4);
}

static unsigned int reverse(unsigned int v, unsigned int bits)
{
	unsigned int r = 0;

	while (bits--) {
		r = (r << 1) | (v & 1);
		v >>= 1;
	}
	return r;
}

static void fill_fast(struct inflate_code *c, unsigned int code,
		      unsigned int len, unsigned int symbol)
{
	unsigned int at = reverse(code, len);

	for (; at <= FAST_MASK; at += 1u << len) {
		c->fast[at] = (uint16_t)(symbol << 4 | len);
	}
}

/*
 * Builds a code from the length of each symbol's. False if there are more codes
 * than numbers, or numbers without a code (a single code may be incomplete, as
 * the RFC allows it for distances).
 */
static bool code_build(struct inflate_code *c, const uint8_t *lengths,
		       unsigned int n)
{
	uint16_t next[INFLATE_CODE_MAX + 2] = { 0 };
	uint16_t index[INFLATE_CODE_MAX + 2] = { 0 };
	int left = 1;

	memset(c->fast, 0, sizeof(c->fast));
	memset(c->count, 0, sizeof(c->count));
	for (unsigned int i = 0; i < n; i++) {
		c->count[lengths[i]]++;
	}
	c->count[0] = 0;
	for (unsigned int len = 1; len <= INFLATE_CODE_MAX; len++) {
		left = left * 2 - c->count[len];
		if (left < 0) {
			return false;
		}
		next[len + 1] = (uint16_t)((next[len] + c->count[len]) << 1);
		index[len + 1] = (uint16_t)(index[len] + c->count[len]);
	}
	for (unsigned int i = 0; i < n; i++) {
		unsigned int len = lengths[i];

		if (!len) {
			continue;
		}
		c->symbol[index[len]++] = (uint16_t)i;
		if (len <= INFLATE_FAST_BITS) {
			fill_fast(c, next[len], len, i);
		}
		next[len]++;
	}
	return !left || index[INFLATE_CODE_MAX + 1] <= 1;
}

static void fixed_codes(struct inflate_work *w)
{
	memset(w->lengths, 8, 144);
	memset(w->lengths + 144, 9, 112);
	memset(w->lengths + 256, 7, 24);
	memset(w->lengths + 280, 8, 8);
	/* Complete by definition, so the answer is known. */
	(void)code_build(&w->literals, w->lengths, 288);
	memset(w->lengths, 5, 32);
	(void)code_build(&w->distances, w->lengths, 32);
}

/* Lengths are packed themselves: 16 repeats the last, 17 and 18 are zeros. */
static bool read_lengths(struct inflate *s, unsigned int n)
{
	struct inflate_work *w = s->work;
	unsigned int i = 0;

	while (i < n) {
		unsigned int repeat = 1;
		uint8_t value;
		int symbol;

		bits_fill(&s->bits);
		symbol = code_next(&s->bits, &w->literals);
		if (symbol < 0 || (symbol == 16 && !i)) {
			return false;
		}
		value = symbol < 16 ? (uint8_t)symbol : 0;
		if (symbol == 16) {
			value = w->lengths[i - 1];
			repeat = 3 + bits_take(&s->bits, 2);
		} else if (symbol == 17) {
			repeat = 3 + bits_take(&s->bits, 3);
		} else if (symbol == 18) {
			repeat = 11 + bits_take(&s->bits, 7);
		}
		if (repeat > n - i) {
			return false;
		}
		memset(w->lengths + i, value, repeat);
		i += repeat;
	}
	return true;
}

static bool dynamic_codes(struct inflate *s)
{
	static const uint8_t order[19] = { 16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
					   11, 4,  12, 3, 13, 2, 14, 1, 15 };
	struct inflate_work *w = s->work;
	unsigned int literals, distances, n;

	bits_fill(&s->bits);
	literals = 257 + bits_take(&s->bits, 5);
	distances = 1 + bits_take(&s->bits, 5);
	n = 4 + bits_take(&s->bits, 4);
	if (literals > 286) {
		return false;
	}
	memset(w->lengths, 0, 19);
	for (unsigned int i = 0; i < n; i++) {
		bits_fill(&s->bits);
		w->lengths[order[i]] = (uint8_t)bits_take(&s->bits, 3);
	}
	if (!code_build(&w->literals, w->lengths, 19) ||
	    !read_lengths(s, literals + distances) ||
	    !w->lengths[END_OF_BLOCK]) {
		return false;
	}
	return code_build(&w->literals, w->lengths, literals) &&
	       code_build(&w->distances, w->lengths + literals, distances);
}

/* The length symbol is taken off the bits; this takes the rest. */
static __hot_inline int read_match(struct inflate *s, unsigned int symbol)
{
	unsigned int len, dist;
	int code;

	if (symbol >= LENGTH_CODES) {
		return fail(s->why, -EINVAL, "gzip: bad length");
	}
	len = length_base[symbol] + bits_take(&s->bits, length_extra[symbol]);
	code = code_next(&s->bits, &s->work->distances);
	if (code < 0 || code >= DISTANCE_CODES) {
		return fail(s->why, -EINVAL, "gzip: bad distance");
	}
	dist = distance_base[code] + bits_take(&s->bits, distance_extra[code]);
	if (dist > (size_t)(s->pos - s->start)) {
		return fail(s->why, -EINVAL, "gzip: distance before start");
	}
	if (len > (size_t)(s->end - s->pos)) {
		return fail(s->why, -ENOSPC, "more data than expected");
	}
	match_copy(s->pos, dist, len, s->end);
	s->pos += len;
	return 0;
}

static int coded_block(struct inflate *outer)
{
	struct inflate s = *outer; /* in registers */
	int symbol, err = 0;

	while (!err) {
		bits_fill(&s.bits);
		symbol = code_next(&s.bits, &s.work->literals);
		if (symbol == END_OF_BLOCK) {
			break;
		}
		/* Invented input never ends by itself. */
		if (symbol < 0 || bits_overrun(&s.bits)) {
			err = fail(s.why, -EINVAL, "gzip: data is corrupt");
		} else if (symbol > END_OF_BLOCK) {
			err = read_match(&s, (unsigned int)symbol - 257);
		} else if (s.pos == s.end) {
			err = fail(s.why, -ENOSPC, "more data than expected");
		} else {
			*s.pos++ = (uint8_t)symbol;
		}
	}
	*outer = s;
	return err;
}

static int stored_block(struct inflate *s)
{
	struct bits *b = &s->bits;
	size_t len;

	bits_to_byte(b);
	if (b->end - b->in < 4) {
		return fail(s->why, -EINVAL, "gzip: data is cut");
	}
	len = b->in[0] | (size_t)b->in[1] << 8;
	if ((b->in[2] | (size_t)b->in[3] << 8) != (len ^ 0xffff)) {
		return fail(s->why, -EINVAL, "gzip: bad stored block");
	}
	b->in += 4;
	if (len > (size_t)(b->end - b->in)) {
		return fail(s->why, -EINVAL, "gzip: data is cut");
	}
	if (len > (size_t)(s->end - s->pos)) {
		return fail(s->why, -ENOSPC, "more data than expected");
	}
	memcpy(s->pos, b->in, len);
	s->pos += len;
	b->in += len;
	return 0;
}

static int read_block(struct inflate *s, unsigned int type)
{
	switch (type) {
	case 0:
		return stored_block(s);
	case 1:
		fixed_codes(s->work);
		return coded_block(s);
	case 2:
		if (!dynamic_codes(s)) {
			return fail(s->why, -EINVAL, "gzip: bad code lengths");
		}
		return coded_block(s);
	default:
		return fail(s->why, -EINVAL, "gzip: bad block type");
	}
}

static int inflate(struct inflate *s)
{
	bool last = false;
	int err = 0;

	while (!last && !err) {
		unsigned int type;

		bits_fill(&s->bits);
		last = bits_take(&s->bits, 1);
		type = bits_take(&s->bits, 2);
		err = read_block(s, type);
		if (!err && bits_overrun(&s->bits)) {
			err = fail(s->why, -EINVAL, "gzip: data is cut");
		}
	}
	bits_to_byte(&s->bits);
	return err;
}

/* Skips a text that ends with a NUL. */
static bool skip_text(const uint8_t *in, size_t in_len, size_t *at)
{
	while (*at < in_len && in[*at]) {
		(*at)++;
	}
	(*at)++;
	return *at <= in_len;
}

/* 0: the header is cut or has what no RFC says. */
static size_t header_len(const uint8_t *in, size_t in_len)
{
	size_t at = 10;

	if (in_len < at || (in[3] & GZIP_RESERVED)) {
		return 0;
	}
	if (in[3] & GZIP_EXTRA) {
		if (in_len - at < 2) {
			return 0;
		}
		at += 2 + (in[at] | (size_t)in[at + 1] << 8);
	}
	if ((in[3] & GZIP_NAME) && !skip_text(in, in_len, &at)) {
		return 0;
	}
	if ((in[3] & GZIP_COMMENT) && !skip_text(in, in_len, &at)) {
		return 0;
	}
	at += in[3] & GZIP_HEADER_CRC ? 2 : 0;
	return at <= in_len ? at : 0;
}

static int verify_trailer(const struct inflate *s)
{
	size_t len = (size_t)(s->pos - s->start);
	uint32_t trailer[2], crc;

	if (s->bits.end - s->bits.in < (ptrdiff_t)sizeof(trailer)) {
		return fail(s->why, -EINVAL, "gzip: data is cut");
	}
	memcpy(trailer, s->bits.in, sizeof(trailer));
	crc = (uint32_t)~crc_update(&s->work->crc32, CRC32_START, s->start,
				    len);
	if (crc != trailer[0] || (uint32_t)len != trailer[1]) {
		return fail(s->why, -EINVAL, "gzip: checksum does not match");
	}
	return 0;
}

bool gzip_recognise(const void *in, size_t in_len)
{
	static const uint8_t magic[3] = { 0x1f, 0x8b, 8 };

	return in_len >= sizeof(magic) && memcmp(in, magic, sizeof(magic)) == 0;
}

int gzip_decode(struct inflate_work *work, const void *in, size_t in_len,
		void *out, size_t out_len, size_t *produced, const char **why)
{
	const uint8_t *p = in;
	size_t skip = header_len(in, in_len);
	struct inflate s = {
		.work = work,
		.bits = { .in = p + skip, .end = p + in_len },
		.start = out,
		.pos = out,
		.end = (uint8_t *)out + out_len,
		.why = why,
	};
	int err;

	if (!skip) {
		return fail(why, -EINVAL, "gzip: bad header");
	}
	crc_init(&work->crc32, CRC32_POLY);
	err = inflate(&s);
	if (err) {
		return err;
	}
	*produced = (size_t)(s.pos - s.start);
	return verify_trailer(&s);
}
