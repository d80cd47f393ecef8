/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds what is kept elsewhere by a hash: the entries lie in the things
 * themselves, so adding one cannot fail. Without memory for more buckets it
 * only gets slower. One owner.
 */
#ifndef XENSTORE_DAEMON_INDEX_H
#define XENSTORE_DAEMON_INDEX_H

#include <stdint.h>

struct index_entry {
	struct index_entry *next;
	uint64_t hash;
};

#define INDEX_FEW 16u

struct index {
	struct index_entry *few[INDEX_FEW]; /* the first buckets */
	struct index_entry **more;	    /* NULL: those */
	uint32_t buckets;		    /* of more; a power of two */
	uint32_t count;
};

/*
 * Two numbers that nobody chooses freely, as one hash; with the same @b it
 * differs for each @a.
 */
uint64_t index_hash(uint64_t a, uint64_t b);

void index_add(struct index *x, struct index_entry *e, uint64_t hash);
void index_remove(struct index *x, struct index_entry *e);

/* Entries with @hash, one after the other: NULL first, NULL at the end. */
struct index_entry *index_next(const struct index *x, uint64_t hash,
			       const struct index_entry *e);
/* The same for all entries; the order means nothing; no changes meanwhile. */
struct index_entry *index_walk(const struct index *x,
			       const struct index_entry *e);

/* Entries looked at in all indexes, ever: what looking costs, for tests. */
uint64_t index_steps(void);

/* Free the buckets of an empty index. */
void index_clear(struct index *x);

#endif
