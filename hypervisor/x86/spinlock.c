/* SPDX-License-Identifier: BSD-2-Clause */
/* See spinlock.h. */
#include "x86/spinlock.h"

#include "x86/atomic.h"

static void wait_for(spinlock_t *lock)
{
	uint16_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	/* Pairs with the release in spin_unlock(). */
	while (load_acquire(&lock->owner) != ticket) {
		cpu_relax();
	}
}

void spin_lock(spinlock_t *lock) LOCK_UNCHECKED
{
	lock_check_take(lock, __builtin_return_address(0), false);
	wait_for(lock);
}

void spin_unlock(spinlock_t *lock) LOCK_UNCHECKED
{
	lock_check_drop(lock);
	store_release(&lock->owner, (uint16_t)(lock->owner + 1));
}

bool spin_trylock(spinlock_t *lock) LOCK_UNCHECKED
{
	uint16_t owner = load_acquire(&lock->owner);
	uint16_t expected = owner;

	if (!atomic_cmpxchg(&lock->next, &expected, (uint16_t)(owner + 1))) {
		return false;
	}
	lock_check_take(lock, __builtin_return_address(0), true);
	return true;
}

void spin_lock_two(spinlock_t *a, spinlock_t *b) LOCK_UNCHECKED
{
	const void *at = __builtin_return_address(0);

	lock_check_take(a < b ? a : b, at, false);
	wait_for(a < b ? a : b);
	if (a != b) {
		lock_check_take(a < b ? b : a, at, true);
		wait_for(a < b ? b : a);
	}
}

void spin_unlock_two(spinlock_t *a, spinlock_t *b) LOCK_UNCHECKED
{
	spin_unlock(a);
	if (a != b) {
		spin_unlock(b);
	}
}
