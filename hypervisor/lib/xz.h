/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The .xz container (version 1.0.4 of its specification): one stream of
 * blocks with the filters LZMA2, or x86 and LZMA2; the checks none, CRC32 and
 * CRC64 are verified, SHA-256 is refused. See lib/decompress.h for errors.
 */
#ifndef LIB_XZ_H
#define LIB_XZ_H

#include "lib/crc.h"
#include "lib/lzma2.h"

struct xz_work {
	struct crc_table crc32, crc64;
	struct lzma2 lzma2;
};

bool xz_recognise(const void *in, size_t in_len);

int __must_check xz_decode(struct xz_work *work, const void *in, size_t in_len,
			   void *out, size_t out_len, size_t *produced,
			   const char **why);

#endif
