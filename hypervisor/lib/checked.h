/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic on numbers that a guest chose. checked_*() store the result and
 * return true if it is right, false if it overflowed the result's type:
 *
 *	if (!checked_add(gfn, count, &end)) return ERR(-EINVAL);
 *
 * array_index_nospec() clamps an index that has already been checked, so that
 * a CPU speculating past the check reads element 0 instead of memory that the
 * guest chose (Spectre v1).
 */
#ifndef LIB_CHECKED_H
#define LIB_CHECKED_H

#include "lib/types.h"

#define checked_add(a, b, result) (!__builtin_add_overflow(a, b, result))
#define checked_sub(a, b, result) (!__builtin_sub_overflow(a, b, result))
#define checked_mul(a, b, result) (!__builtin_mul_overflow(a, b, result))

/* Does [start, start + len) lie inside [0, limit)? Never overflows. */
static inline bool checked_range(uint64_t start, uint64_t len, uint64_t limit)
{
	return start <= limit && len <= limit - start;
}

/* All ones if index < size, else 0, without a branch to mispredict. */
static __always_inline uint64_t array_index_mask(uint64_t index, uint64_t size)
{
	uint64_t mask;

	__asm__ volatile("cmp %[size], %[index]\n\t"
			 "sbb %[mask], %[mask]"
			 : [mask] "=r"(mask)
			 : [size] "r"(size), [index] "r"(index)
			 : "cc");
	return mask;
}

static __always_inline uint64_t array_index_nospec(uint64_t index,
						   uint64_t size)
{
	return index & array_index_mask(index, size);
}

#endif
