/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A map from strings to pointers or numbers: an index (index.h) by a hash with
 * a secret seed, since the keys are chosen by guests. Keys are copied. No
 * locks; one owner. An empty map is all zeros.
 */
#ifndef XENSTORE_DAEMON_STRMAP_H
#define XENSTORE_DAEMON_STRMAP_H

#include <stddef.h>
#include <stdint.h>

#include "xenstore/daemon/index.h"

struct strmap_entry {
	struct index_entry index; /* first, so that it is found by it */
	uint32_t len;
	union {
		void *pointer;
		uintptr_t number;
	};
	char key[];
};

struct strmap {
	struct index index;
};

/* Set the secret once, before the first use; without, it is a constant. */
void strmap_seed(uint64_t a, uint64_t b);

/* The hash under which @key is filed. */
uint64_t strmap_hash(const char *key, size_t len);

/*
 * For keys that are the beginning of each other: what was read of a shorter
 * one is not read again. A new hasher has read nothing; @key is the one that
 * it was used with before, @len not less than then.
 */
struct strmap_hasher {
	uint64_t state[4];
	size_t done;
};

struct strmap_hasher strmap_hasher(void);
uint64_t strmap_hash_next(struct strmap_hasher *h, const char *key, size_t len);
/* Bytes read for hashes, ever: what paths cost, for tests. */
uint64_t strmap_hashed(void);

struct strmap_entry *strmap_find(const struct strmap *m, const char *key,
				 size_t len);
/* The same, with a hasher. */
struct strmap_entry *strmap_find_next(const struct strmap *m,
				      struct strmap_hasher *h, const char *key,
				      size_t len);
/* The entry of @key, new with number 0 if there was none; NULL: no memory. */
struct strmap_entry *strmap_insert(struct strmap *m, const char *key,
				   size_t len);
void strmap_remove(struct strmap *m, struct strmap_entry *entry);
/* Iterate: NULL first; the order means nothing; no changes meanwhile. */
struct strmap_entry *strmap_next(const struct strmap *m,
				 const struct strmap_entry *entry);
void strmap_clear(struct strmap *m);

#endif
