/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the compressed ELF kernel inside a Linux bzImage (Linux:
 * Documentation/x86/boot.rst, protocol 2.08 and later).
 *
 * The file keeps the size of what it unpacks to in the last four bytes of the
 * payload: `unpacked_len`, a claim that the caller bounds before it allocates.
 */
#ifndef LIB_BZIMAGE_H
#define LIB_BZIMAGE_H

#include "lib/decompress.h"
#include "lib/types.h"

struct bzimage {
	uint16_t protocol; /* 0x020f is 2.15 */
	enum compression compression;
	const void *packed;
	size_t packed_len;
	uint32_t unpacked_len;
};

/*
 * -ENOEXEC: not a bzImage (it may be an ELF file); -EINVAL: one that is
 * broken or too old. *why then says what is wrong with it.
 */
int __must_check bzimage_open(struct bzimage *bz, const void *data, size_t len,
			      const char **why);

#endif
