/* SPDX-License-Identifier: BSD-2-Clause */
/* See io_access.h. A set starts with room for a few ranges and doubles. */
#include "core/io_access.h"

#include "core/domain.h"
#include "lib/errno.h"
#include "lib/rangeset.h"
#include "mm/pool.h"
#include "x86/spinlock.h"

#define FIRST_CAPACITY 16
#define MAX_CAPACITY   4096

static spinlock_t lock = SPINLOCK_INIT(RANK_NONE);

static struct rangeset *make_set(void)
{
	struct rangeset *set = pool_alloc(sizeof(*set));
	struct range *storage =
		pool_alloc_array(FIRST_CAPACITY, sizeof(*storage));

	if (!set || !storage) {
		pool_free(set);
		pool_free(storage);
		return NULL;
	}
	rangeset_init(set, storage, FIRST_CAPACITY);
	return set;
}

/* Callers are serialised by the domain's ctl_lock, so the capacity seen outside
 * the lock is right. */
static int grow(struct rangeset *set)
{
	size_t capacity = set->capacity * 2;
	struct range *storage;

	if (capacity > MAX_CAPACITY) {
		return -ENOSPC;
	}
	storage = pool_alloc_array(capacity, sizeof(*storage));
	if (!storage) {
		return -ENOMEM;
	}
	spin_lock(&lock);
	storage = rangeset_move(set, storage, capacity);
	spin_unlock(&lock);
	pool_free(storage);
	return 0;
}

static int change(struct rangeset *set, uint64_t first, uint64_t last,
		  bool allow)
{
	for (;;) {
		int rc;

		spin_lock(&lock);
		rc = allow ? rangeset_add(set, first, last)
			   : rangeset_remove(set, first, last);
		spin_unlock(&lock);
		if (rc != -ENOSPC) {
			return rc;
		}
		rc = grow(set);
		if (rc) {
			return rc;
		}
	}
}

static int set_range(struct rangeset **set, uint64_t first, uint64_t last,
		     bool allow)
{
	if (first > last) {
		return -EINVAL;
	}
	if (!*set) {
		struct rangeset *made;

		if (!allow) {
			return 0;
		}
		made = make_set();
		if (!made) {
			return -ENOMEM;
		}
		spin_lock(&lock);
		*set = made;
		spin_unlock(&lock);
	}
	return change(*set, first, last, allow);
}

int io_access_set_ports(struct domain *d, uint64_t first, uint64_t last,
			bool allow)
{
	if (last > UINT16_MAX) {
		return -EINVAL;
	}
	return set_range(&d->io_ports, first, last, allow);
}

int io_access_set_frames(struct domain *d, uint64_t first, uint64_t last,
			 bool allow)
{
	if (last > PADDR_MASK >> PAGE_SHIFT) {
		return -EINVAL;
	}
	return set_range(&d->io_frames, first, last, allow);
}

static bool contains(struct rangeset *const *set, uint64_t first, uint64_t last)
{
	bool yes;

	spin_lock(&lock);
	yes = *set && rangeset_contains(*set, first, last);
	spin_unlock(&lock);
	return yes;
}

bool io_access_ports(const struct domain *d, uint64_t first, uint64_t last)
{
	return contains(&d->io_ports, first, last);
}

bool io_access_frames(const struct domain *d, uint64_t first, uint64_t last)
{
	return contains(&d->io_frames, first, last);
}

static void free_set(struct rangeset *set)
{
	if (set) {
		pool_free(set->ranges);
		pool_free(set);
	}
}

void io_access_free(struct domain *d)
{
	free_set(d->io_ports);
	free_set(d->io_frames);
	d->io_ports = NULL;
	d->io_frames = NULL;
}
