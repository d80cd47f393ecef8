// SPDX-License-Identifier: BSD-2-Clause
/* Chains in buckets, as many buckets as there are entries; see index.h. */
#include "xenstore/daemon/index.h"

#include <stdlib.h>

static uint64_t steps;

uint64_t index_steps(void)
{
	return steps;
}

uint64_t index_hash(uint64_t a, uint64_t b)
{
	uint64_t h = (a + 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;

	h = (h ^ h >> 29 ^ b) * 0x94d049bb133111ebull;
	return h ^ h >> 32;
}

static uint32_t bucket_count(const struct index *x)
{
	return x->more ? x->buckets : INDEX_FEW;
}

static struct index_entry *first_in(const struct index *x, uint32_t i)
{
	return x->more ? x->more[i] : x->few[i];
}

static struct index_entry **slot_of(struct index *x, uint64_t hash)
{
	uint64_t i = hash & (bucket_count(x) - 1);

	return x->more ? &x->more[i] : &x->few[i];
}

static void put(struct index_entry **slot, struct index_entry *e)
{
	e->next = *slot;
	*slot = e;
}

static void grow(struct index *x)
{
	uint32_t old = bucket_count(x);
	struct index_entry **from = x->more ? x->more : x->few;
	struct index_entry **to = calloc(2u * old, sizeof(*to));

	if (!to) {
		return;
	}
	for (uint32_t i = 0; i < old; i++) {
		while (from[i]) {
			struct index_entry *e = from[i];

			from[i] = e->next;
			put(&to[e->hash & (2u * old - 1)], e);
		}
	}
	free(x->more);
	x->more = to;
	x->buckets = 2u * old;
}

void index_add(struct index *x, struct index_entry *e, uint64_t hash)
{
	if (x->count >= bucket_count(x)) {
		grow(x);
	}
	e->hash = hash;
	put(slot_of(x, hash), e);
	x->count++;
}

void index_remove(struct index *x, struct index_entry *e)
{
	struct index_entry **slot = slot_of(x, e->hash);

	while (*slot != e) {
		slot = &(*slot)->next;
		steps++;
	}
	*slot = e->next;
	x->count--;
}

struct index_entry *index_next(const struct index *x, uint64_t hash,
			       const struct index_entry *e)
{
	struct index_entry *at =
		e ? e->next
		  : first_in(x, (uint32_t)hash & (bucket_count(x) - 1));

	while (at && at->hash != hash) {
		at = at->next;
		steps++;
	}
	steps++;
	return at;
}

struct index_entry *index_walk(const struct index *x,
			       const struct index_entry *e)
{
	uint32_t i = 0;

	if (e && e->next) {
		return e->next;
	}
	if (e) {
		i = (uint32_t)(e->hash & (bucket_count(x) - 1)) + 1;
	}
	while (i < bucket_count(x) && !first_in(x, i)) {
		i++;
	}
	return i < bucket_count(x) ? first_in(x, i) : NULL;
}

void index_clear(struct index *x)
{
	free(x->more);
	x->more = NULL;
}
