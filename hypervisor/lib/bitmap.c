/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole words at a time; the first and the last word go through a mask. */
#include "lib/bitmap.h"

/* Bits [from, to) of one word, 0 <= from < to <= 64. */
static uint64_t word_mask(size_t from, size_t to)
{
	return (~UINT64_C(0) << from) & (~UINT64_C(0) >> (64 - to));
}

/* The part of [first, end) that lies in word w. */
static uint64_t range_mask(size_t w, size_t first, size_t end)
{
	size_t from = w == first / 64 ? first % 64 : 0;
	size_t to = end - w * 64 < 64 ? end - w * 64 : 64;

	return word_mask(from, to);
}

void bitmap_fill_range(uint64_t *map, size_t first, size_t count)
{
	size_t end = first + count;

	for (size_t w = first / 64; count && w < BITMAP_WORDS(end); w++) {
		map[w] |= range_mask(w, first, end);
	}
}

void bitmap_clear_range(uint64_t *map, size_t first, size_t count)
{
	size_t end = first + count;

	for (size_t w = first / 64; count && w < BITMAP_WORDS(end); w++) {
		map[w] &= ~range_mask(w, first, end);
	}
}

/* Words are xored with `flip`, so that one loop finds ones and zeros. */
static size_t find_next(const uint64_t *map, size_t nbits, size_t from,
			uint64_t flip)
{
	size_t w = from / 64;
	uint64_t word;

	if (from >= nbits) {
		return nbits;
	}
	word = (map[w] ^ flip) & (~UINT64_C(0) << (from % 64));
	while (!word) {
		if (++w >= BITMAP_WORDS(nbits)) {
			return nbits;
		}
		word = map[w] ^ flip;
	}
	from = w * 64 + (size_t)__builtin_ctzll(word);
	return from < nbits ? from : nbits;
}

size_t bitmap_find_next_set(const uint64_t *map, size_t nbits, size_t from)
{
	return find_next(map, nbits, from, 0);
}

size_t bitmap_find_next_zero(const uint64_t *map, size_t nbits, size_t from)
{
	return find_next(map, nbits, from, ~UINT64_C(0));
}

/* Sums bits in parallel: without -mpopcnt the builtin would be a call. */
static size_t word_weight(uint64_t v)
{
	v -= (v >> 1) & UINT64_C(0x5555555555555555);
	v = (v & UINT64_C(0x3333333333333333)) +
	    ((v >> 2) & UINT64_C(0x3333333333333333));
	v = (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (v * UINT64_C(0x0101010101010101)) >> 56;
}

size_t bitmap_weight(const uint64_t *map, size_t nbits)
{
	size_t sum = 0;

	for (size_t w = 0; w < BITMAP_WORDS(nbits); w++) {
		sum += word_weight(map[w] & range_mask(w, 0, nbits));
	}
	return sum;
}
