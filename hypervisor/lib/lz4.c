/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block is a chain of sequences: a token with two 4-bit lengths, literals,
 * a 2-byte distance, and a match of at least 4 bytes; the last sequence ends
 * after its literals. Blocks do not refer to each other.
 */
#include "lib/lz4.h"

#include "lib/errno.h"
#include "lib/match_copy.h"
#include "lib/string.h"

#define LZ4_MAGIC    UINT32_C(0x184c2102)
#define LZ4_BLOCK    ((size_t)8 << 20)
#define LZ4_MIN_COPY 4

struct lz4 {
	const uint8_t *in, *in_end;
	uint8_t *start, *out, *out_end;
	const char **why;
};

static int fail(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* A length of 15 goes on in bytes, until one is not 255. */
static __hot_inline bool take_length(struct lz4 *s, size_t *len)
{
	uint8_t b;

	if (*len < 15) {
		return true;
	}
	do {
		if (s->in == s->in_end) {
			return false;
		}
		b = *s->in++;
		*len += b;
	} while (b == 255);
	return true;
}

static __hot_inline int take_literals(struct lz4 *s, size_t len)
{
	size_t in_left = (size_t)(s->in_end - s->in);
	size_t out_left = (size_t)(s->out_end - s->out);

	if (len > in_left) {
		return fail(s->why, -EINVAL, "lz4: data is cut");
	}
	if (len > out_left) {
		return fail(s->why, -ENOSPC, "more data than expected");
	}
	literal_copy(s->out, s->in, len, s->out_end, s->in_end);
	s->in += len;
	s->out += len;
	return 0;
}

static __hot_inline int take_match(struct lz4 *s, size_t len, size_t dist)
{
	size_t out_left = (size_t)(s->out_end - s->out);

	if (!dist || dist > (size_t)(s->out - s->start)) {
		return fail(s->why, -EINVAL, "lz4: distance before start");
	}
	if (len > out_left) {
		return fail(s->why, -ENOSPC, "more data than expected");
	}
	match_copy(s->out, dist, len, s->out_end);
	s->out += len;
	return 0;
}

static int decode_block(struct lz4 *outer)
{
	struct lz4 s = *outer;
	int err = 0;

	while (!err) {
		size_t literals, len, dist;

		if (s.in == s.in_end) {
			err = fail(s.why, -EINVAL, "lz4: block has no end");
			break;
		}
		literals = *s.in >> 4;
		len = *s.in++ & 15;
		if (!take_length(&s, &literals)) {
			err = fail(s.why, -EINVAL, "lz4: data is cut");
			break;
		}
		err = take_literals(&s, literals);
		if (err || s.in == s.in_end) {
			break;
		}
		if (s.in_end - s.in < 2) {
			err = fail(s.why, -EINVAL, "lz4: data is cut");
			break;
		}
		dist = s.in[0] | (size_t)s.in[1] << 8;
		s.in += 2;
		if (!take_length(&s, &len)) {
			err = fail(s.why, -EINVAL, "lz4: data is cut");
			break;
		}
		err = take_match(&s, len + LZ4_MIN_COPY, dist);
	}
	*outer = s;
	return err;
}

bool lz4_recognise(const void *in, size_t in_len)
{
	return in_len >= 4 && get32(in) == LZ4_MAGIC;
}

int lz4_decode(const void *in, size_t in_len, void *out, size_t out_len,
	       size_t *produced, const char **why)
{
	const uint8_t *p = in, *end = p + in_len;
	struct lz4 s = { .out = out, .why = why };
	uint8_t *room = s.out + out_len;
	bool whole = true; /* only a last block is shorter than 8 MiB */

	if (in_len < 4) {
		return fail(why, -EINVAL, "lz4: data is cut");
	}
	p += 4;
	while (whole && end - p >= 4) {
		size_t packed = get32(p);
		int err;

		p += 4;
		if (packed > (size_t)(end - p)) {
			return fail(why, -EINVAL, "lz4: data is cut");
		}
		s.in = p;
		s.in_end = p + packed;
		s.start = s.out;
		s.out_end = s.out + min((size_t)(room - s.out), LZ4_BLOCK);
		err = decode_block(&s);
		if (err) {
			return err;
		}
		whole = s.out - s.start == (ptrdiff_t)LZ4_BLOCK;
		p += packed;
	}
	*produced = (size_t)(s.out - (uint8_t *)out);
	return 0;
}
