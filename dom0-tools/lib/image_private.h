/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_IMAGE_PRIVATE_H
#define HOSPES_DOM0_IMAGE_PRIVATE_H
/* Between the image_*.c files: unpacking, then reading the ELF. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0-tools/lib/image.h"

/* Where a message goes; the name of the file stands before it. */
struct image_err {
	const char *name;
	char *text;
	size_t len;
};

/* Writes the message and gives rc back, so that it can be returned. */
int image_fail(struct image_err *err, int rc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline uint32_t image_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/*
 * *out = the bytes unpacked (malloc), *how = "gzip" and so on. If the bytes
 * are no known packing *out stays NULL and 0 is returned. trailer: the last
 * four bytes are the unpacked size, as in a bzImage's payload.
 */
int image_unpack(const uint8_t *bytes, size_t size, bool trailer,
		 struct image_err *err, uint8_t **out, size_t *out_size,
		 const char **how);

/* Fills segments, notes and addresses from image->elf. */
int image_elf_read(struct image *image, struct image_err *err);

/*
 * Opens an ELF that is not packed, without reading its segments. False: it
 * is something else, or has to be read in full.
 */
bool image_plain_open(int fd, size_t size, struct image *image);

/*
 * What was unpacked from a file is kept for the next time (image_cache.c).
 * get: image->elf and elf_size are set and true returned, or false.
 */
bool image_cache_get(int fd, struct image *image);
void image_cache_put(int fd, const struct image *image);

#endif
