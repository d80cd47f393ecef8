/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deflate (RFC 1951) in a gzip member (RFC 1952). The output buffer is the
 * window. See lib/decompress.h for errors.
 */
#ifndef LIB_INFLATE_H
#define LIB_INFLATE_H

#include "lib/crc.h"

#define INFLATE_FAST_BITS 10
#define INFLATE_CODE_MAX  15
#define INFLATE_SYMBOLS	  288

struct inflate_code {
	/* By the next 10 bits: symbol << 4 | length; 0: a longer code, or none.
	 */
	uint16_t fast[1 << INFLATE_FAST_BITS];
	uint16_t count[INFLATE_CODE_MAX + 1]; /* codes of each length */
	uint16_t symbol[INFLATE_SYMBOLS];     /* in the order of their codes */
};

struct inflate_work {
	struct crc_table crc32;
	struct inflate_code literals, distances;
	uint8_t lengths[INFLATE_SYMBOLS + 32];
};

bool gzip_recognise(const void *in, size_t in_len);

int __must_check gzip_decode(struct inflate_work *work, const void *in,
			     size_t in_len, void *out, size_t out_len,
			     size_t *produced, const char **why);

#endif
