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

void bitmap_clear_range(uint64_t *map, size_t first, size_t count)
{
	size_t end = first + count;

	for (size_t w = first / 64; count && w < BITMAP_WORDS(end); w++) {
		map[w] &= ~range_mask(w, first, end);
	}
}
