/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only atomics in the hypervisor. Names say the ordering: plain names are
 * fully ordered, `_relaxed` orders nothing. They compile the same on the host,
 * where TSan understands them.
 */
#ifndef HOSPES_X86_ATOMIC_H
#define HOSPES_X86_ATOMIC_H

#include "lib/types.h"

#define read_once(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define write_once(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define atomic_xchg(p, v)	__atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_add(p, v)	__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_sub(p, v)	__atomic_fetch_sub((p), (v), __ATOMIC_SEQ_CST)
#define atomic_add_return(p, v) __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)
#define atomic_sub_return(p, v) __atomic_sub_fetch((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_or(p, v)	__atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define atomic_fetch_and(p, v)	__atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)

/* Compare *p with *expected; equal: store `desired`, true; else load it into
 * *expected, false. */
#define atomic_cmpxchg(p, expected, desired)                           \
	__atomic_compare_exchange_n((p), (expected), (desired), false, \
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#define smp_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define barrier() __asm__ volatile("" ::: "memory")

/* Bit operations on words shared with other CPUs or with a guest. `nr` counts
 * from bit 0 of *base and may reach beyond the first word. */
static inline bool atomic_test_and_set_bit(unsigned int nr, void *base)
{
	uint64_t *word = (uint64_t *)base + nr / 64;

	return __atomic_fetch_or(word, 1UL << (nr % 64), __ATOMIC_SEQ_CST) >>
		       (nr % 64) &
	       1;
}

static inline bool atomic_test_and_clear_bit(unsigned int nr, void *base)
{
	uint64_t *word = (uint64_t *)base + nr / 64;

	return __atomic_fetch_and(word, ~(1UL << (nr % 64)),
				  __ATOMIC_SEQ_CST) >>
		       (nr % 64) &
	       1;
}

static inline void atomic_set_bit(unsigned int nr, void *base)
{
	atomic_test_and_set_bit(nr, base);
}

static inline void atomic_clear_bit(unsigned int nr, void *base)
{
	atomic_test_and_clear_bit(nr, base);
}

static inline bool atomic_test_bit(unsigned int nr, const void *base)
{
	const uint64_t *word = (const uint64_t *)base + nr / 64;

	return __atomic_load_n(word, __ATOMIC_RELAXED) >> (nr % 64) & 1;
}

#endif
