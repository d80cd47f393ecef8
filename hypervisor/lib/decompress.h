/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacking a kernel, from one buffer into another: xz, which Debian packs
 * them with; other formats are known by name only. The input is hostile: output
 * never exceeds out_len, the input is never read beyond in_len, time is bounded
 * by the two lengths, and what carries a checksum is checked. Bytes behind the
 * end of the packed stream are ignored.
 *
 * `work` is scratch memory of DECOMPRESS_WORK_SIZE bytes, aligned to 16; its
 * contents matter to nobody before or after.
 *
 * Errors: -ENOEXEC: no format that we know; -EOPNOTSUPP: a known one
 * that is not unpacked, or a feature of xz that is not supported; -EINVAL:
 * broken data; -ENOSPC: more output than out_len; -ENOMEM: work area too small.
 * *why is then a sentence for the log.
 */
#ifndef LIB_DECOMPRESS_H
#define LIB_DECOMPRESS_H

#include "lib/types.h"

#define DECOMPRESS_WORK_SIZE ((size_t)128 * 1024)

enum compression {
	COMPRESSION_NONE, /* not recognised */
	COMPRESSION_GZIP,
	COMPRESSION_XZ,
	COMPRESSION_ZSTD,
	COMPRESSION_LZ4,
};

/* By the magic number. */
enum compression compression_of(const void *in, size_t in_len);

int __must_check decompress(const void *in, size_t in_len, void *out,
			    size_t out_len, size_t *produced, void *work,
			    size_t work_len, const char **why);

#endif
