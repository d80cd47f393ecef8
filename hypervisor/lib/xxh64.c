/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four lanes take 8 bytes each of every 32; they are then folded into one
 * number, which takes the rest of the data and is stirred.
 */
#include "lib/xxh64.h"

#include "lib/string.h"

#define P1 UINT64_C(0x9e3779b185ebca87)
#define P2 UINT64_C(0xc2b2ae3d27d4eb4f)
#define P3 UINT64_C(0x165667b19e3779f9)
#define P4 UINT64_C(0x85ebca77c2b2ae63)
#define P5 UINT64_C(0x27d4eb2f165667c5)

static inline uint64_t rotate(uint64_t v, unsigned int n)
{
	return (v << n) | (v >> (64 - n));
}

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t lane(uint64_t acc, uint64_t word)
{
	return rotate(acc + word * P2, 31) * P1;
}

static inline uint64_t fold(uint64_t hash, uint64_t acc)
{
	return (hash ^ lane(0, acc)) * P1 + P4;
}

static uint64_t lanes(const uint8_t *p, const uint8_t *end)
{
	uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1, hash;

	for (; end - p >= 32; p += 32) {
		a = lane(a, load64(p));
		b = lane(b, load64(p + 8));
		c = lane(c, load64(p + 16));
		d = lane(d, load64(p + 24));
	}
	hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
	return fold(fold(fold(fold(hash, a), b), c), d);
}

uint64_t xxh64(const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;
	uint64_t hash = P5;

	if (len >= 32) {
		hash = lanes(p, end);
		p += len & ~(size_t)31;
	}
	hash += len;
	for (; end - p >= 8; p += 8) {
		hash = rotate(hash ^ lane(0, load64(p)), 27) * P1 + P4;
	}
	if (end - p >= 4) {
		uint32_t half;

		memcpy(&half, p, sizeof(half));
		hash = rotate(hash ^ (half * P1), 23) * P2 + P3;
		p += 4;
	}
	for (; p < end; p++) {
		hash = rotate(hash ^ (*p * P5), 11) * P1;
	}
	hash = (hash ^ (hash >> 33)) * P2;
	hash = (hash ^ (hash >> 29)) * P3;
	return hash ^ (hash >> 32);
}
