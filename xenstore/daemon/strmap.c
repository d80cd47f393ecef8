// SPDX-License-Identifier: BSD-2-Clause
/*
 * SipHash-1-3 over the key, so that a guest cannot choose paths that fall
 * into one bucket.
 */
#include "xenstore/daemon/strmap.h"

#include <stdlib.h>
#include <string.h>

static uint64_t seed[2] = { 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull };

void strmap_seed(uint64_t a, uint64_t b)
{
	seed[0] = a;
	seed[1] = b;
}

static uint64_t rotl(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static void sip_absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

struct strmap_hasher strmap_hasher(void)
{
	return (struct strmap_hasher){
		.state = { seed[0] ^ 0x736f6d6570736575ull,
			   seed[1] ^ 0x646f72616e646f6dull,
			   seed[0] ^ 0x6c7967656e657261ull,
			   seed[1] ^ 0x7465646279746573ull }
	};
}

static uint64_t hashed;

uint64_t strmap_hashed(void)
{
	return hashed;
}

uint64_t strmap_hash_next(struct strmap_hasher *h, const char *key, size_t len)
{
	uint64_t last = (uint64_t)len << 56;
	uint64_t word;
	uint64_t v[4];

	hashed += len - h->done;
	for (; h->done + 8 <= len; h->done += 8) {
		memcpy(&word, key + h->done, 8);
		sip_absorb(h->state, word);
	}
	memcpy(v, h->state, sizeof(v));
	word = 0;
	memcpy(&word, key + h->done, len - h->done);
	sip_absorb(v, last | word);
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t strmap_hash(const char *key, size_t len)
{
	struct strmap_hasher h = strmap_hasher();

	return strmap_hash_next(&h, key, len);
}

static struct strmap_entry *find(const struct strmap *m, uint64_t hash,
				 const char *key, size_t len)
{
	struct index_entry *i = NULL;

	while ((i = index_next(&m->index, hash, i))) {
		struct strmap_entry *e = (struct strmap_entry *)i;

		if (e->len == len && memcmp(e->key, key, len) == 0) {
			return e;
		}
	}
	return NULL;
}

struct strmap_entry *strmap_find_next(const struct strmap *m,
				      struct strmap_hasher *h, const char *key,
				      size_t len)
{
	if (m->index.count == 0) {
		return NULL;
	}
	return find(m, strmap_hash_next(h, key, len), key, len);
}

struct strmap_entry *strmap_find(const struct strmap *m, const char *key,
				 size_t len)
{
	struct strmap_hasher h = strmap_hasher();

	return strmap_find_next(m, &h, key, len);
}

struct strmap_entry *strmap_insert(struct strmap *m, const char *key,
				   size_t len)
{
	uint64_t hash = strmap_hash(key, len);
	struct strmap_entry *e = find(m, hash, key, len);

	if (e) {
		return e;
	}
	e = malloc(sizeof(*e) + len + 1);
	if (!e) {
		return NULL;
	}
	e->len = (uint32_t)len;
	e->pointer = NULL;
	memcpy(e->key, key, len);
	e->key[len] = '\0';
	index_add(&m->index, &e->index, hash);
	return e;
}

void strmap_remove(struct strmap *m, struct strmap_entry *entry)
{
	index_remove(&m->index, &entry->index);
	free(entry);
}

struct strmap_entry *strmap_next(const struct strmap *m,
				 const struct strmap_entry *entry)
{
	return (struct strmap_entry *)index_walk(&m->index,
						 entry ? &entry->index : NULL);
}

void strmap_clear(struct strmap *m)
{
	struct strmap_entry *e = strmap_next(m, NULL);

	while (e) {
		struct strmap_entry *next = strmap_next(m, e);

		free(e);
		e = next;
	}
	index_clear(&m->index);
	memset(m, 0, sizeof(*m));
}
