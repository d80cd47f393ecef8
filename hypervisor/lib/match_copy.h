/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The copies that a decompressor makes, in words: they may write up to 7
 * bytes more than asked for (later output goes over these) where there is room
 * in the buffer for that, and go byte by byte near its end.
 */
#ifndef LIB_MATCH_COPY_H
#define LIB_MATCH_COPY_H

#include "lib/string.h"
#include "lib/types.h"

static __hot_inline void copy_word(uint8_t *to, const uint8_t *from)
{
	uint64_t w;

	memcpy(&w, from, 8);
	memcpy(to, &w, 8);
}

static __hot_inline void copy_bytes(uint8_t *to, const uint8_t *from,
				    const uint8_t *end)
{
	while (to < end) {
		*to++ = *from++;
	}
}

/*
 * Copies `len` >= 1 bytes that lie `dist` >= 1 before `to`; the two overlap
 * when dist < len, which repeats the pattern. `room` is the buffer's end, at
 * or behind to + len.
 *
 * When they are closer than a word, the first word is made byte by byte; from
 * then on the pattern also repeats at the smallest multiple of its length
 * that is a word or more.
 */
static __hot_inline void match_copy(uint8_t *to, size_t dist, size_t len,
				    const uint8_t *room)
{
	static const uint8_t multiple[8] = { 0, 8, 8, 9, 8, 10, 12, 14 };
	const uint8_t *from = to - dist, *end = to + len;

	if (unlikely(room - end < 8)) {
		copy_bytes(to, from, end);
		return;
	}
	if (dist < 8) {
		for (int i = 0; i < 8; i++) {
			to[i] = from[i];
		}
		to += 8;
		from = to - multiple[dist];
	}
	while (to < end) {
		copy_word(to, from);
		to += 8;
		from += 8;
	}
}

#endif
