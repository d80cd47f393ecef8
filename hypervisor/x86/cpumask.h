/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of CPUs, MAX_CPUS bits. Not atomic unless the name says so. */
#ifndef HOSPES_X86_CPUMASK_H
#define HOSPES_X86_CPUMASK_H

#include "lib/types.h"
#include "x86/atomic.h"
#include "x86/layout.h"

#define CPUMASK_WORDS (MAX_CPUS / 64)

typedef struct {
	uint64_t bits[CPUMASK_WORDS];
} cpumask_t;

extern cpumask_t cpu_online; /* changes only during boot and power-off */

static inline bool cpumask_test(const cpumask_t *m, unsigned int cpu)
{
	return atomic_test_bit(cpu, m->bits);
}

static inline void cpumask_set(cpumask_t *m, unsigned int cpu)
{
	m->bits[cpu / 64] |= 1UL << (cpu % 64);
}

static inline void cpumask_clear(cpumask_t *m, unsigned int cpu)
{
	m->bits[cpu / 64] &= ~(1UL << (cpu % 64));
}

static inline void cpumask_set_atomic(cpumask_t *m, unsigned int cpu)
{
	atomic_set_bit(cpu, m->bits);
}

static inline void cpumask_clear_atomic(cpumask_t *m, unsigned int cpu)
{
	atomic_clear_bit(cpu, m->bits);
}

static inline void cpumask_zero(cpumask_t *m)
{
	*m = (cpumask_t){ { 0 } };
}

static inline bool cpumask_empty(const cpumask_t *m)
{
	uint64_t any = 0;

	for (unsigned int i = 0; i < CPUMASK_WORDS; i++) {
		any |= read_once(m->bits[i]);
	}
	return !any;
}

static inline void cpumask_and(cpumask_t *d, const cpumask_t *a,
			       const cpumask_t *b)
{
	for (unsigned int i = 0; i < CPUMASK_WORDS; i++) {
		d->bits[i] = read_once(a->bits[i]) & read_once(b->bits[i]);
	}
}

static inline unsigned int cpumask_weight(const cpumask_t *m)
{
	unsigned int n = 0;

	/* The builtin would call the compiler's library. */
	for (unsigned int i = 0; i < CPUMASK_WORDS; i++) {
		for (uint64_t w = read_once(m->bits[i]); w; w &= w - 1) {
			n++;
		}
	}
	return n;
}

/* First CPU in the set that is >= from, or MAX_CPUS. */
static inline unsigned int cpumask_next(const cpumask_t *m, unsigned int from)
{
	for (unsigned int w = from / 64; w < CPUMASK_WORDS; w++) {
		uint64_t bits = read_once(m->bits[w]);

		if (w == from / 64) {
			bits &= ~0UL << (from % 64);
		}
		if (bits) {
			return w * 64 + (unsigned int)__builtin_ctzl(bits);
		}
	}
	return MAX_CPUS;
}

#define for_each_cpu(cpu, mask)                                 \
	for ((cpu) = cpumask_next((mask), 0); (cpu) < MAX_CPUS; \
	     (cpu) = cpumask_next((mask), (cpu) + 1))

#endif
