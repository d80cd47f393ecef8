/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both changes are one splice: the ranges [lo, hi) of the array that the new
 * range touches are replaced by zero, one or two ranges.
 *
 *   add    [4,9] to {[1,4],[7,12],[20,30]}   ->  {[1,12],[20,30]}
 *   remove [5,6] from {[1,12]}               ->  {[1,4],[7,12]}
 */
#include "lib/rangeset.h"

#include "lib/errno.h"
#include "lib/string.h"

void rangeset_init(struct rangeset *rs, struct range *storage, size_t capacity)
{
	rs->ranges = storage;
	rs->count = 0;
	rs->capacity = capacity;
}

struct range *rangeset_move(struct rangeset *rs, struct range *storage,
			    size_t capacity)
{
	struct range *old = rs->ranges;

	memcpy(storage, old, rs->count * sizeof(*old));
	rs->ranges = storage;
	rs->capacity = capacity;
	return old;
}

/* Index of the first range whose last number is at or behind `n`. */
static size_t first_ending_at_or_after(const struct rangeset *rs, uint64_t n)
{
	size_t lo = 0, hi = rs->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (rs->ranges[mid].last < n) {
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	return lo;
}

static int splice(struct rangeset *rs, size_t lo, size_t hi,
		  const struct range *with, size_t n)
{
	size_t tail = rs->count - hi;

	if (rs->count - (hi - lo) + n > rs->capacity) {
		return -ENOSPC;
	}
	memmove(&rs->ranges[lo + n], &rs->ranges[hi], tail * sizeof(*with));
	memcpy(&rs->ranges[lo], with, n * sizeof(*with));
	rs->count = lo + n + tail;
	return 0;
}

int rangeset_add(struct rangeset *rs, uint64_t first, uint64_t last)
{
	struct range merged = { first, last };
	size_t lo, hi;

	if (first > last) {
		return -EINVAL;
	}
	/* Adjacent ranges merge too: look one number to each side. */
	lo = first_ending_at_or_after(rs, first ? first - 1 : 0);
	hi = lo;
	while (hi < rs->count &&
	       (last == UINT64_MAX || rs->ranges[hi].first <= last + 1)) {
		hi++;
	}
	if (hi > lo) {
		merged.first = min(first, rs->ranges[lo].first);
		merged.last = max(last, rs->ranges[hi - 1].last);
	}
	return splice(rs, lo, hi, &merged, 1);
}

int rangeset_remove(struct rangeset *rs, uint64_t first, uint64_t last)
{
	struct range rest[2];
	size_t lo, hi, n = 0;

	if (first > last) {
		return -EINVAL;
	}
	lo = first_ending_at_or_after(rs, first);
	hi = lo;
	while (hi < rs->count && rs->ranges[hi].first <= last) {
		hi++;
	}
	if (hi == lo) {
		return 0;
	}
	if (rs->ranges[lo].first < first) {
		rest[n++] = (struct range){ rs->ranges[lo].first, first - 1 };
	}
	if (rs->ranges[hi - 1].last > last) {
		rest[n++] = (struct range){ last + 1, rs->ranges[hi - 1].last };
	}
	return splice(rs, lo, hi, rest, n);
}

bool rangeset_contains(const struct rangeset *rs, uint64_t first, uint64_t last)
{
	size_t i = first_ending_at_or_after(rs, last);

	return first <= last && i < rs->count && rs->ranges[i].first <= first;
}
