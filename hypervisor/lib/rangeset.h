/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of uint64_t numbers kept as sorted, disjoint, non-adjacent inclusive
 * ranges in an array that the caller gives (and bounds). Looking up is a
 * binary search. When add or remove needs one more range than fits, -ENOSPC
 * is returned and the set is as it was; the caller may then move it to larger
 * storage with rangeset_move() and ask again. The caller locks.
 */
#ifndef LIB_RANGESET_H
#define LIB_RANGESET_H

#include "lib/types.h"

struct range {
	uint64_t first, last; /* both included */
};

struct rangeset {
	struct range *ranges;
	size_t count, capacity;
};

void rangeset_init(struct rangeset *rs, struct range *storage, size_t capacity);

/* `capacity` must hold what is there now; returns the old storage. */
struct range *rangeset_move(struct rangeset *rs, struct range *storage,
			    size_t capacity);

/* -EINVAL if first > last; -ENOSPC: see above. */
int __must_check rangeset_add(struct rangeset *rs, uint64_t first,
			      uint64_t last);
int __must_check rangeset_remove(struct rangeset *rs, uint64_t first,
				 uint64_t last);

/* Is all of [first, last] in the set? */
bool rangeset_contains(const struct rangeset *rs, uint64_t first,
		       uint64_t last);
/* Is any of it? */

static inline bool rangeset_empty(const struct rangeset *rs)
{
	return rs->count == 0;
}

#endif
