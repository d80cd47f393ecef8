/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug builds: the order of x86/lock_order.h, checked at every acquisition
 * against the locks that this CPU holds, those of what an interrupt came into
 * included. Locks without a rank are only looked at for being taken twice. And
 * the torture of whatever can be preempted.
 */
#include "debug/panic.h"
#include "debug/symbols.h"
#include "lib/printf.h"
#include "x86/percpu.h"
#include "x86/spinlock.h"

#define HELD_MAX 16

struct held {
	const spinlock_t *lock;
	uintptr_t at; /* who took it */
};

static PERCPU_DATA struct {
	struct held held[HELD_MAX];
	unsigned int count;
} locks;

static const char *const names[] = { LOCK_RANKS(LOCK_RANK_NAME) };

static void complain(const char *what, const struct held *new,
		     const struct held *old)
{
	size_t new_off = 0, old_off = 0;
	const char *new_name = symbol_lookup(new->at - 1, &new_off);
	const char *old_name = symbol_lookup(old->at - 1, &old_off);

	panic("%s: a lock of %s taken at %s+%#lx, one of %s held since "
	      "%s+%#lx",
	      what, names[new->lock->rank], new_name ? new_name : "?",
	      new_off + 1, names[old->lock->rank], old_name ? old_name : "?",
	      old_off + 1);
}

void lock_check_take(const spinlock_t *lock, const void *at, bool second)
{
	unsigned long flags = irq_save();
	struct held new = { lock, (uintptr_t)at };
	unsigned int n = this_cpu(locks).count;

	for (unsigned int i = 0; i < n; i++) {
		const struct held *old = &this_cpu(locks).held[i];

		if (old->lock == lock) {
			complain("lock taken twice", &new, old);
		}
		if (lock->rank &&
		    (lock->rank < old->lock->rank ||
		     (lock->rank == old->lock->rank && !second))) {
			complain("lock order", &new, old);
		}
	}
	BUG_ON(n == HELD_MAX);
	this_cpu(locks).held[n] = new;
	this_cpu(locks).count = n + 1;
	irq_restore(flags);
}

void lock_check_drop(const spinlock_t *lock)
{
	unsigned long flags = irq_save();
	struct held *held = this_cpu(locks).held;
	unsigned int i = 0, n = this_cpu(locks).count;

	while (i < n && held[i].lock != lock) {
		i++;
	}
	BUG_ON(i == n);
	for (; i + 1 < n; i++) {
		held[i] = held[i + 1];
	}
	this_cpu(locks).count = n - 1;
	irq_restore(flags);
}

/* By chance, for in a pattern nothing might ever come further. */
bool preempt_torture(void)
{
	static PERCPU_DATA uint32_t state;
	uint32_t x = this_cpu(state) * 1103515245 + 12345;

	this_cpu(state) = x;
	return x >> 16 & 3;
}
