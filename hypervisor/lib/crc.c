/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CRC is linear: what a word does to it is the sum of what its eight bytes
 * do, and what a run of zeros does to it is the sum of what that does to each
 * of its own bytes.
 */
#include "lib/crc.h"

#include "lib/string.h"

static uint64_t load64(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, 8);
	return w;
}

/* The next 8 bytes, after they have been added to the CRC so far. */
static __hot_inline uint64_t take_word(const struct crc_table *table,
				       uint64_t w)
{
	return table->t[7][w & 0xff] ^ table->t[6][(w >> 8) & 0xff] ^
	       table->t[5][(w >> 16) & 0xff] ^ table->t[4][(w >> 24) & 0xff] ^
	       table->t[3][(w >> 32) & 0xff] ^ table->t[2][(w >> 40) & 0xff] ^
	       table->t[1][(w >> 48) & 0xff] ^ table->t[0][w >> 56];
}

static uint64_t take_zeros(const struct crc_table *table, uint64_t crc)
{
	uint64_t sum = 0;

	for (int k = 0; crc; k++, crc >>= 8) {
		sum ^= table->zeros[k][crc & 0xff];
	}
	return sum;
}

static bool all_zero(const uint8_t *p)
{
	const uint8_t *end = p + CRC_ZEROS;

	while (p < end &&
	       !(load64(p) | load64(p + 8) | load64(p + 16) | load64(p + 24))) {
		p += 32;
	}
	return p == end;
}

static void init_words(struct crc_table *table, uint64_t poly)
{
	for (unsigned int b = 0; b < 256; b++) {
		uint64_t crc = b;

		for (int bit = 0; bit < 8; bit++) {
			crc = (crc >> 1) ^ (poly & (0 - (crc & 1)));
		}
		table->t[0][b] = crc;
	}
	for (unsigned int k = 1; k < 8; k++) {
		for (unsigned int b = 0; b < 256; b++) {
			uint64_t crc = table->t[k - 1][b];

			table->t[k][b] = table->t[0][crc & 0xff] ^ (crc >> 8);
		}
	}
}

/* Each bit of the CRC alone through the zeros, then all sums of these. */
static void init_zeros(struct crc_table *table)
{
	for (unsigned int k = 0; k < 8; k++) {
		uint64_t *t = table->zeros[k];

		t[0] = 0;
		for (unsigned int b = 1; b < 256; b++) {
			uint64_t crc = (uint64_t)b << (8 * k);

			if (b & (b - 1)) {
				t[b] = t[b & (b - 1)] ^ t[b & (0 - b)];
				continue;
			}
			for (int n = 0; n < CRC_ZEROS; n += 8) {
				crc = take_word(table, crc);
			}
			t[b] = crc;
		}
	}
}

void crc_init(struct crc_table *table, uint64_t poly)
{
	init_words(table, poly);
	init_zeros(table);
}

uint64_t crc_update(const struct crc_table *table, uint64_t crc,
		    const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len >= 8) {
		uint64_t w = load64(p);

		if (!w && len >= CRC_ZEROS && all_zero(p)) {
			crc = take_zeros(table, crc);
			p += CRC_ZEROS;
			len -= CRC_ZEROS;
		} else {
			crc = take_word(table, w ^ crc);
			p += 8;
			len -= 8;
		}
	}
	for (; len; p++, len--) {
		crc = table->t[0][(crc ^ *p) & 0xff] ^ (crc >> 8);
	}
	return crc;
}
