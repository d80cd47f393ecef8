/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZ4 in its legacy frame (`lz4 -l`), which is how the kernel's build packs:
 * blocks of up to 8 MiB unpacked, each with its packed length before it, no
 * checksum and no end mark but the end of the input. See lib/decompress.h.
 */
#ifndef LIB_LZ4_H
#define LIB_LZ4_H

#include "lib/types.h"

bool lz4_recognise(const void *in, size_t in_len);

int __must_check lz4_decode(const void *in, size_t in_len, void *out,
			    size_t out_len, size_t *produced, const char **why);

#endif
