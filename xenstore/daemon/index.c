// SPDX-License-Identifier: BSD-2-Clause
/* Chains in buckets, as many buckets as there are entries; see index.h. */
#include "xenstore/daemon/index.h"

#include <stdlib.h>

uint64_t index_hash(uint64_t a, uint64_t b)
{
	uint64_t h = (a + 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;

	h = (h ^ h >> 29 ^ b) * 0x94d049bb133111ebull;
	return h ^ h >> 32;
}

static struct index_entry **slot_of(struct index *x, uint64_t hash)
{
	return x->more ? &x->more[hash & (x->buckets - 1)]
		       : &x->few[hash & (INDEX_FEW - 1)];
}

static void put(struct index_entry **slot, struct index_entry *e)
{
	e->next = *slot;
	*slot = e;
}

static void grow(struct index *x)
{
	uint32_t old = x->more ? x->buckets : INDEX_FEW;
	struct index_entry **from = x->more ? x->more : x->few;
	struct index_entry **bucket = calloc(2u * old, sizeof(*bucket));

	if (!bucket) {
		return;
	}
	for (uint32_t i = 0; i < old; i++) {
		while (from[i]) {
			struct index_entry *e = from[i];

			from[i] = e->next;
			put(&bucket[e->hash & (2u * old - 1)], e);
		}
	}
	free(x->more);
	x->more = bucket;
	x->buckets = 2u * old;
}

void index_add(struct index *x, struct index_entry *e, uint64_t hash)
{
	if (x->count >= (x->more ? x->buckets : INDEX_FEW)) {
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
		x->steps++;
	}
	*slot = e->next;
	x->count--;
}

struct index_entry *index_next(struct index *x, uint64_t hash,
			       const struct index_entry *e)
{
	struct index_entry *at = e ? e->next : *slot_of(x, hash);

	while (at && at->hash != hash) {
		at = at->next;
		x->steps++;
	}
	x->steps++;
	return at;
}

void index_clear(struct index *x)
{
	free(x->more);
	x->more = NULL;
}
