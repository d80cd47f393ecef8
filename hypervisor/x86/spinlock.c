/* SPDX-License-Identifier: BSD-2-Clause */
/* See spinlock.h. */
#include "x86/spinlock.h"

#include "x86/atomic.h"

void spin_lock(spinlock_t *lock) LOCK_UNCHECKED
{
	uint16_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	/* Pairs with the release in spin_unlock(). */
	while (load_acquire(&lock->owner) != ticket) {
		cpu_relax();
	}
}

void spin_unlock(spinlock_t *lock) LOCK_UNCHECKED
{
	store_release(&lock->owner, (uint16_t)(lock->owner + 1));
}

bool spin_trylock(spinlock_t *lock) LOCK_UNCHECKED
{
	uint16_t owner = load_acquire(&lock->owner);
	uint16_t expected = owner;

	return atomic_cmpxchg(&lock->next, &expected, (uint16_t)(owner + 1));
}

void spin_lock_two(spinlock_t *a, spinlock_t *b) LOCK_UNCHECKED
{
	if (a == b) {
		spin_lock(a);
		return;
	}
	spin_lock(a < b ? a : b);
	spin_lock(a < b ? b : a);
}

void spin_unlock_two(spinlock_t *a, spinlock_t *b) LOCK_UNCHECKED
{
	spin_unlock(a);
	if (a != b) {
		spin_unlock(b);
	}
}
