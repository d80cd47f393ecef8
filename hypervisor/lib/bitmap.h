/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bitmaps in arrays of 64-bit words, bit n in word n / 64. None of this is
 * atomic: the caller locks, or uses the atomic bit operations of the seam.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include "lib/types.h"

#define BITMAP_WORDS(nbits) (((nbits) + 63) / 64)

static inline bool bitmap_test(const uint64_t *map, size_t bit)
{
	return (map[bit / 64] >> (bit % 64)) & 1;
}

static inline void bitmap_set(uint64_t *map, size_t bit)
{
	map[bit / 64] |= BIT(bit % 64);
}

static inline void bitmap_clear(uint64_t *map, size_t bit)
{
	map[bit / 64] &= ~BIT(bit % 64);
}

static inline void bitmap_zero(uint64_t *map, size_t nbits)
{
	for (size_t i = 0; i < BITMAP_WORDS(nbits); i++) {
		map[i] = 0;
	}
}

void bitmap_clear_range(uint64_t *map, size_t first, size_t count);

#endif
