/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reflected CRCs of up to 64 bits, eight bytes at a time ("slicing by 8"). A
 * 32-bit CRC runs through the same code with the upper half of its state 0.
 *
 *	crc_init(&table, CRC32_POLY);
 *	crc = (uint32_t)~crc_update(&table, CRC32_START, data, len);
 *
 * Half of an unpacked kernel is zeros, so long runs of these have a table of
 * their own.
 */
#ifndef LIB_CRC_H
#define LIB_CRC_H

#include "lib/types.h"

#define CRC32_POLY  UINT64_C(0xedb88320)
#define CRC32_START UINT64_C(0xffffffff)
#define CRC64_POLY  UINT64_C(0xc96c5795d7870f42)
#define CRC64_START UINT64_C(0xffffffffffffffff)

#define CRC_ZEROS 256

struct crc_table {
	/* [k][b]: what byte b does to the CRC, k more bytes behind it */
	uint64_t t[8][256];
	/* [k][b]: what byte k of the CRC, of value b, is after so many zeros */
	uint64_t zeros[8][256];
};

void crc_init(struct crc_table *table, uint64_t poly);
uint64_t crc_update(const struct crc_table *table, uint64_t crc,
		    const void *data, size_t len);

#endif
