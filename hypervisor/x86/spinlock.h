/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spin locks. A lock that is also taken in interrupt context is taken
 * with the _irqsave form everywhere. Debug builds keep, per CPU, the locks it
 * holds, and stop the machine on an inversion (debug/checks.c).
 */
#ifndef HOSPES_X86_SPINLOCK_H
#define HOSPES_X86_SPINLOCK_H

#include "lib/types.h"
#include "x86/insn.h"
#include "x86/lock_order.h"

#if defined(__clang__)
#define LOCK_TYPE	 __attribute__((capability("mutex")))
#define LOCK_REQUIRES(x) __attribute__((requires_capability(x)))
#define LOCK_ACQUIRES(x) __attribute__((acquire_capability(x)))
#define LOCK_RELEASES(x) __attribute__((release_capability(x)))
#define LOCK_UNCHECKED	 __attribute__((no_thread_safety_analysis))
#else
#define LOCK_TYPE
#define LOCK_REQUIRES(x)
#define LOCK_ACQUIRES(x)
#define LOCK_RELEASES(x)
#define LOCK_UNCHECKED
#endif

typedef struct LOCK_TYPE {
	uint16_t next;	/* ticket handed out next */
	uint16_t owner; /* ticket that holds the lock */
	uint8_t rank;
} spinlock_t;

#define SPINLOCK_INIT(r) ((spinlock_t){ .rank = (r) })

static inline void spin_lock_init(spinlock_t *lock, enum lock_rank rank)
{
	*lock = SPINLOCK_INIT((uint8_t)rank);
}

#ifdef HOSPES_DEBUG
/* `second`: of two of a rank. Before waiting; `at` is who takes it. */
void lock_check_take(const spinlock_t *lock, const void *at, bool second);
void lock_check_drop(const spinlock_t *lock);
#else
#define lock_check_take(lock, at, second) ((void)(at))
#define lock_check_drop(lock)		  ((void)(lock))
#endif

void spin_lock(spinlock_t *lock) LOCK_ACQUIRES(*lock);
void spin_unlock(spinlock_t *lock) LOCK_RELEASES(*lock);
bool spin_trylock(spinlock_t *lock);

/* Take two locks of one rank, lower address first; a == b takes one. */
void spin_lock_two(spinlock_t *a, spinlock_t *b);
void spin_unlock_two(spinlock_t *a, spinlock_t *b);

/* Returns the flags to hand to the matching unlock. */
static inline unsigned long spin_lock_irqsave(spinlock_t *lock)
	LOCK_ACQUIRES(*lock)
{
	unsigned long flags = irq_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
	LOCK_RELEASES(*lock)
{
	spin_unlock(lock);
	irq_restore(flags);
}

#endif
