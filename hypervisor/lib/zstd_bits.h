/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backward bit stream of zstd (RFC 8878, 4.1 and 4.2.2): it is read from
 * the last byte's highest set bit, which is only a mark, towards the first
 * byte. Before its start there are zeros; `left` goes below 0 when these are
 * read, which is how the caller finds a stream that is too short.
 */
#ifndef LIB_ZSTD_BITS_H
#define LIB_ZSTD_BITS_H

#include "lib/string.h"
#include "lib/types.h"

struct zstd_bits {
	const uint8_t *start;
	int64_t left; /* bits not read yet */
	uint64_t buf; /* the next ones, at the top */
};

/* At least 57 bits are in `buf` afterwards (zeros behind the end). */
static __hot_inline void zstd_bits_fill(struct zstd_bits *b)
{
	int64_t bytes = (b->left + 7) / 8;

	if (likely(bytes >= 8)) {
		memcpy(&b->buf, b->start + bytes - 8, 8);
		b->buf <<= bytes * 8 - b->left;
		return;
	}
	b->buf = 0;
	if (b->left > 0) {
		for (int64_t i = 0; i < bytes; i++) {
			b->buf |= (uint64_t)b->start[i]
				  << (8 * (8 - bytes + i));
		}
		b->buf <<= bytes * 8 - b->left;
	}
}

/* 1 <= n <= 57 */
static __hot_inline uint64_t zstd_bits_peek(const struct zstd_bits *b,
					    unsigned int n)
{
	return b->buf >> (64 - n);
}

static __hot_inline void zstd_bits_drop(struct zstd_bits *b, unsigned int n)
{
	b->buf <<= n;
	b->left -= n;
}

/* 0 <= n <= 57 */
static __hot_inline uint64_t zstd_bits_take(struct zstd_bits *b, unsigned int n)
{
	uint64_t v = b->buf >> 1 >> (63 - n);

	zstd_bits_drop(b, n);
	return v;
}

static inline bool zstd_bits_open(struct zstd_bits *b, const uint8_t *in,
				  size_t len)
{
	if (!len || !in[len - 1]) {
		return false;
	}
	b->start = in;
	b->left = (int64_t)(len * 8) - __builtin_clz(in[len - 1]) + 24 - 1;
	zstd_bits_fill(b);
	return true;
}

#endif
