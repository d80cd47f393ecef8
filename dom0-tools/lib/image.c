/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a file to an ELF in memory: bzImage, packed ELF, plain ELF.
 *
 * bzImage (Documentation/x86/boot): at 0x1fe the boot flag, at 0x202 "HdrS",
 * at 0x206 the protocol, from 2.08 on at 0x248 and 0x24c where the payload
 * stands behind the setup sectors, and how long it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0-tools/lib/image_private.h"

#define BZ_HEADER_END 0x250u
#define BZ_SECTOR     512u

static bool bzimage_is(const uint8_t *bytes, size_t size)
{
	return size >= BZ_HEADER_END && bytes[0x1fe] == 0x55 &&
	       bytes[0x1ff] == 0xaa && memcmp(bytes + 0x202, "HdrS", 4) == 0;
}

/* Narrows bytes and size to the payload. */
static int bzimage_payload(const uint8_t **bytes, size_t *size,
			   struct image_err *err)
{
	const uint8_t *header = *bytes;
	uint32_t protocol = (uint32_t)header[0x206] | (uint32_t)header[0x207]
							      << 8;
	uint64_t setup = header[0x1f1] ? header[0x1f1] : 4;
	uint64_t offset = image_u32(header + 0x248);
	uint64_t len = image_u32(header + 0x24c);

	if (protocol < 0x208) {
		return image_fail(err, -ENOEXEC,
				  "a bzImage of boot protocol %u.%02u, too old "
				  "to hold an ELF (2.08 is the first)",
				  protocol >> 8, protocol & 0xff);
	}
	offset += (setup + 1) * BZ_SECTOR;
	if (len < 4 || offset > *size || len > *size - offset) {
		return image_fail(err, -EINVAL,
				  "truncated: a bzImage with its payload from "
				  "%#llx to %#llx, the file ends at %#zx",
				  (unsigned long long)offset,
				  (unsigned long long)(offset + len), *size);
	}
	*bytes += offset;
	*size = (size_t)len;
	return 0;
}

static bool elf_is(const uint8_t *bytes, size_t size)
{
	return size >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
}

static int image_foreign(const uint8_t *bytes, size_t size,
			 struct image_err *err)
{
	char hex[64] = "";
	size_t i;

	if (size == 0) {
		return image_fail(err, -ENOEXEC, "is empty");
	}
	for (i = 0; i < size && i < 8; i++) {
		snprintf(hex + i * 3, sizeof(hex) - i * 3, " %02x", bytes[i]);
	}
	return image_fail(err, -ENOEXEC,
			  "neither a bzImage nor an ELF (begins with%s)", hex);
}

/* Sets image->elf, unpacking if need be; segments are read by the caller. */
static int image_open_bytes(const uint8_t *bytes, size_t size,
			    struct image *image, struct image_err *err)
{
	bool payload = bzimage_is(bytes, size);
	int rc = 0;

	image->compression = "none";
	if (payload) {
		rc = bzimage_payload(&bytes, &size, err);
	}
	if (rc == 0 && !elf_is(bytes, size)) {
		rc = image_unpack(bytes, size, payload, err, &image->elf,
				  &image->elf_size, &image->compression);
		if (rc == 0 && !image->elf) {
			return image_foreign(bytes, size, err);
		}
	}
	if (rc || image->elf) {
		return rc;
	}
	if (size > IMAGE_MAX_SIZE) {
		return image_fail(err, -EFBIG, "over %lu MiB",
				  IMAGE_MAX_SIZE >> 20);
	}
	image->elf = malloc(size);
	if (!image->elf) {
		return image_fail(err, -ENOMEM, "no memory for %zu bytes",
				  size);
	}
	memcpy(image->elf, bytes, size);
	image->elf_size = size;
	return 0;
}

static int image_finish(struct image *image, struct image_err *err)
{
	int rc;

	if (elf_is(image->elf, image->elf_size)) {
		rc = image_elf_read(image, err);
	} else {
		rc = image_foreign(image->elf, image->elf_size, err);
	}
	if (rc) {
		image_free(image);
	}
	return rc;
}

int image_parse(const char *name, const void *bytes, size_t size,
		struct image *image, char *err_text, size_t err_len)
{
	struct image_err err = { name, err_text, err_len };
	int rc;

	memset(image, 0, sizeof(*image));
	image->file_size = size;
	rc = image_open_bytes(bytes, size, image, &err);
	if (rc) {
		image_free(image);
		return rc;
	}
	return image_finish(image, &err);
}

static int image_load_fd(int fd, struct image *image, struct image_err *err)
{
	struct stat st;
	void *bytes;
	int rc;

	if (fstat(fd, &st)) {
		rc = -errno;
		return image_fail(err, rc, "%s", strerror(-rc));
	}
	if (!S_ISREG(st.st_mode)) {
		return image_fail(err, -ENOEXEC, "not an ordinary file");
	}
	if (st.st_size == 0 || (uint64_t)st.st_size > IMAGE_MAX_SIZE) {
		return image_fail(err, st.st_size ? -EFBIG : -ENOEXEC, "%s",
				  st.st_size ? "too big for a kernel"
					     : "is empty");
	}
	image->file_size = (size_t)st.st_size;
	if (image_plain_open(fd, image->file_size, image) ||
	    image_cache_get(fd, image)) {
		return image_finish(image, err);
	}
	/*
	 * Read, not mapped: a file cut short under a mapping is a SIGBUS,
	 * and one changed under it is checked data becoming unchecked.
	 */
	bytes = malloc(image->file_size);
	if (!bytes) {
		return image_fail(err, -ENOMEM, "no memory for %zu bytes",
				  image->file_size);
	}
	if (pread(fd, bytes, image->file_size, 0) !=
	    (ssize_t)image->file_size) {
		free(bytes);
		return image_fail(err, -EIO, "cannot be read in full");
	}
	rc = image_open_bytes(bytes, image->file_size, image, err);
	free(bytes);
	if (rc) {
		image_free(image);
		return rc;
	}
	rc = image_finish(image, err);
	if (rc == 0) {
		image_cache_put(fd, image);
	}
	return rc;
}

int image_load(const char *path, struct image *image, char *err_text,
	       size_t err_len)
{
	struct image_err err = { path, err_text, err_len };
	int fd, rc;

	memset(image, 0, sizeof(*image));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		rc = -errno;
		return image_fail(&err, rc, "%s", strerror(-rc));
	}
	rc = image_load_fd(fd, image, &err);
	close(fd);
	return rc;
}

void image_free(struct image *image)
{
	if (image->by_fd) {
		close(image->fd);
	}
	if (image->elf_mapped) {
		munmap(image->elf, image->elf_size);
	} else {
		free(image->elf);
	}
	memset(image, 0, sizeof(*image));
}
