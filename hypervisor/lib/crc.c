/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/crc.h"

#include "lib/string.h"

void crc_init(struct crc_table *table, uint64_t poly)
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

uint64_t crc_update(const struct crc_table *table, uint64_t crc,
		    const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t w;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&w, p, 8);
		w ^= crc;
		crc = table->t[7][w & 0xff] ^ table->t[6][(w >> 8) & 0xff] ^
		      table->t[5][(w >> 16) & 0xff] ^
		      table->t[4][(w >> 24) & 0xff] ^
		      table->t[3][(w >> 32) & 0xff] ^
		      table->t[2][(w >> 40) & 0xff] ^
		      table->t[1][(w >> 48) & 0xff] ^ table->t[0][w >> 56];
	}
	for (; len; p++, len--) {
		crc = table->t[0][(crc ^ *p) & 0xff] ^ (crc >> 8);
	}
	return crc;
}
