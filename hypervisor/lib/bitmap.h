/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bitmaps in arrays of 64-bit words, bit n in word n / 64. None of this is
 * atomic: the caller locks, or uses the atomic bit operations of the seam.
 * The find functions return `nbits` when there is nothing to find, and never
 * look at bits at or beyond `nbits`.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include "lib/types.h"

#define BITMAP_WORDS(nbits)	(((nbits) + 63) / 64)
#define DECLARE_BITMAP(name, n) uint64_t name[BITMAP_WORDS(n)]
#define for_each_set_bit(bit, map, nbits)                                  \
	for ((bit) = bitmap_find_next_set(map, nbits, 0); (bit) < (nbits); \
	     (bit) = bitmap_find_next_set(map, nbits, (bit) + 1))

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

/* Returns the old value. */
static inline bool bitmap_test_and_set(uint64_t *map, size_t bit)
{
	bool was = bitmap_test(map, bit);

	bitmap_set(map, bit);
	return was;
}

static inline bool bitmap_test_and_clear(uint64_t *map, size_t bit)
{
	bool was = bitmap_test(map, bit);

	bitmap_clear(map, bit);
	return was;
}

static inline void bitmap_zero(uint64_t *map, size_t nbits)
{
	for (size_t i = 0; i < BITMAP_WORDS(nbits); i++) {
		map[i] = 0;
	}
}

void bitmap_fill_range(uint64_t *map, size_t first, size_t count);
void bitmap_clear_range(uint64_t *map, size_t first, size_t count);
size_t bitmap_find_next_set(const uint64_t *map, size_t nbits, size_t from);
size_t bitmap_find_next_zero(const uint64_t *map, size_t nbits, size_t from);
size_t bitmap_weight(const uint64_t *map, size_t nbits);

static inline bool bitmap_empty(const uint64_t *map, size_t nbits)
{
	return bitmap_find_next_set(map, nbits, 0) >= nbits;
}

#endif
