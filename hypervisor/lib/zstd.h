/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zstandard frames (RFC 8878) without dictionaries. The output buffer is the
 * window, of any size. See lib/decompress.h for errors.
 */
#ifndef LIB_ZSTD_H
#define LIB_ZSTD_H

#include "lib/zstd_entropy.h"

#define ZSTD_BLOCK_MAX ((size_t)128 * 1024)

struct zstd_work {
	struct fse_table literal_lengths, offsets, match_lengths;
	struct huff_table huff;
	uint8_t literals[ZSTD_BLOCK_MAX + 8];
};

bool zstd_recognise(const void *in, size_t in_len);

int __must_check zstd_decode(struct zstd_work *work, const void *in,
			     size_t in_len, void *out, size_t out_len,
			     size_t *produced, const char **why);

#endif
