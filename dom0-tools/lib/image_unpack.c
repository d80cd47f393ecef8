/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decompression with a limit. Each packing has one function that feeds a
 * struct outbuf; the buffer grows by doubling and refuses to pass
 * IMAGE_MAX_SIZE, so a bomb costs no more memory than the largest kernel.
 *
 * The kernel's build appends the unpacked size to xz, zstd and lz4 payloads:
 * bytes behind the end of the packed stream are allowed for, and the size is
 * only taken as a first guess.
 */
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "dom0-tools/lib/image_private.h"

#define LZ4_LEGACY_MAGIC 0x184c2102u
#define LZ4_BLOCK_MAX	 (8u << 20)
#define XZ_MEMORY_MAX	 (256u << 20)

struct outbuf {
	uint8_t *bytes;
	size_t used;
	size_t size;
	struct image_err *err;
	const char *how;
};

int image_fail(struct image_err *err, int rc, const char *format, ...)
{
	va_list args;
	int got;

	got = snprintf(err->text, err->len, "%s: ", err->name);
	if (got >= 0 && (size_t)got < err->len) {
		va_start(args, format);
		vsnprintf(err->text + got, err->len - (size_t)got, format,
			  args);
		va_end(args);
	}
	return rc;
}

static int outbuf_grow(struct outbuf *out, size_t size)
{
	uint8_t *bytes;

	if (size > IMAGE_MAX_SIZE) {
		size = IMAGE_MAX_SIZE;
	}
	if (size <= out->size) {
		return image_fail(out->err, -EFBIG,
				  "%s data unpack to more than %lu MiB",
				  out->how, IMAGE_MAX_SIZE >> 20);
	}
	bytes = realloc(out->bytes, size);
	if (!bytes) {
		return image_fail(out->err, -ENOMEM,
				  "no memory for %zu bytes of kernel", size);
	}
	out->bytes = bytes;
	out->size = size;
	return 0;
}

static int outbuf_room(struct outbuf *out)
{
	return out->used < out->size ? 0 : outbuf_grow(out, out->size * 2);
}

static int unpack_truncated(struct outbuf *out)
{
	return image_fail(out->err, -EINVAL,
			  "truncated: the %s data end after %zu unpacked bytes",
			  out->how, out->used);
}

static int unpack_corrupt(struct outbuf *out, const char *why)
{
	return image_fail(out->err, -EINVAL,
			  "corrupt %s data after %zu unpacked bytes: %s",
			  out->how, out->used, why);
}

static int unpack_gzip(const uint8_t *in, size_t size, struct outbuf *out)
{
	z_stream z = { 0 };
	int rc = 0, got = Z_OK;

	if (inflateInit2(&z, 15 + 16) != Z_OK) {
		return image_fail(out->err, -ENOMEM, "no memory for zlib");
	}
	z.next_in = (Bytef *)in;
	z.avail_in = (uInt)size;
	while (got != Z_STREAM_END && (rc = outbuf_room(out)) == 0) {
		z.next_out = out->bytes + out->used;
		z.avail_out = (uInt)(out->size - out->used);
		got = inflate(&z, Z_NO_FLUSH);
		out->used = out->size - z.avail_out;
		if (got == Z_BUF_ERROR ||
		    (got == Z_OK && z.avail_in == 0 && z.avail_out != 0)) {
			rc = unpack_truncated(out);
			break;
		}
		if (got != Z_OK && got != Z_STREAM_END) {
			rc = unpack_corrupt(out, z.msg ? z.msg : "no header");
			break;
		}
	}
	inflateEnd(&z);
	return rc;
}

static int unpack_xz(const uint8_t *in, size_t size, struct outbuf *out)
{
	lzma_stream xz = LZMA_STREAM_INIT;
	lzma_ret got = LZMA_OK;
	int rc = 0;

	if (lzma_stream_decoder(&xz, XZ_MEMORY_MAX, 0) != LZMA_OK) {
		return image_fail(out->err, -ENOMEM, "no memory for liblzma");
	}
	xz.next_in = in;
	xz.avail_in = size;
	while (got == LZMA_OK && (rc = outbuf_room(out)) == 0) {
		xz.next_out = out->bytes + out->used;
		xz.avail_out = out->size - out->used;
		got = lzma_code(&xz, LZMA_RUN);
		out->used = out->size - xz.avail_out;
		if (got == LZMA_OK && xz.avail_in == 0 && xz.avail_out != 0) {
			got = LZMA_BUF_ERROR;
		}
	}
	if (got == LZMA_BUF_ERROR) {
		rc = unpack_truncated(out);
	} else if (got == LZMA_MEMLIMIT_ERROR) {
		rc = image_fail(out->err, -EFBIG,
				"its xz dictionary needs "
				"more than 256 MiB");
	} else if (got != LZMA_OK && got != LZMA_STREAM_END) {
		rc = unpack_corrupt(out, "liblzma refuses them");
	}
	lzma_end(&xz);
	return rc;
}

static int unpack_zstd(const uint8_t *in, size_t size, struct outbuf *out)
{
	ZSTD_DStream *zstd = ZSTD_createDStream();
	ZSTD_inBuffer from = { .src = in, .size = size };
	ZSTD_outBuffer to;
	size_t got = 1;
	int rc = 0;

	if (!zstd) {
		return image_fail(out->err, -ENOMEM, "no memory for libzstd");
	}
	while (got != 0 && (rc = outbuf_room(out)) == 0) {
		to = (ZSTD_outBuffer){ .dst = out->bytes,
				       .size = out->size,
				       .pos = out->used };
		got = ZSTD_decompressStream(zstd, &to, &from);
		out->used = to.pos;
		if (ZSTD_isError(got)) {
			rc = unpack_corrupt(out, ZSTD_getErrorName(got));
			break;
		}
		if (got != 0 && from.pos == size && to.pos < to.size) {
			rc = unpack_truncated(out);
			break;
		}
	}
	ZSTD_freeDStream(zstd);
	return rc;
}

/*
 * The legacy frame: the magic, then blocks of a 32-bit size and the packed
 * bytes, each unpacking to 8 MiB (the last to less). Nothing marks the end;
 * behind the last block stand at most the four bytes of the trailer.
 */
static int unpack_lz4(const uint8_t *in, size_t size, struct outbuf *out)
{
	size_t at = 4, block;
	int rc, got;

	while (size - at > 4) {
		block = image_u32(in + at);
		at += 4;
		if (block == LZ4_LEGACY_MAGIC) {
			continue;
		}
		if (block == 0 ||
		    block > (size_t)LZ4_compressBound((int)LZ4_BLOCK_MAX)) {
			return unpack_corrupt(out, "impossible block size");
		}
		if (block > size - at) {
			return unpack_truncated(out);
		}
		if (out->size - out->used < LZ4_BLOCK_MAX) {
			rc = outbuf_grow(out, out->used + LZ4_BLOCK_MAX);
			if (rc) {
				return rc;
			}
		}
		got = LZ4_decompress_safe((const char *)in + at,
					  (char *)out->bytes + out->used,
					  (int)block, (int)LZ4_BLOCK_MAX);
		if (got < 0) {
			return unpack_corrupt(out, "liblz4 refuses them");
		}
		out->used += (size_t)got;
		at += block;
	}
	return 0;
}

struct packing {
	const char *how;
	uint8_t magic[6];
	uint8_t magic_len;
	int (*unpack)(const uint8_t *in, size_t size, struct outbuf *out);
};

/* Those without a function are known by name only. */
static const struct packing packings[] = {
	{ "gzip", { 0x1f, 0x8b, 0x08 }, 3, unpack_gzip },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
	{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
	{ "lzma", { 0x5d, 0, 0 }, 3, NULL },
	{ "bzip2", { 'B', 'Z', 'h' }, 3, NULL },
	{ "lzo", { 0x89, 'L', 'Z', 'O', 0 }, 5, NULL },
	{ NULL, { 0 }, 0, NULL },
};

static const struct packing *packing_find(const uint8_t *bytes, size_t size)
{
	const struct packing *packing;

	for (packing = packings; packing->how; packing++) {
		if (size >= packing->magic_len &&
		    memcmp(bytes, packing->magic, packing->magic_len) == 0) {
			return packing;
		}
	}
	return NULL;
}

int image_unpack(const uint8_t *bytes, size_t size, bool trailer,
		 struct image_err *err, uint8_t **out_bytes, size_t *out_size,
		 const char **how)
{
	const struct packing *packing = packing_find(bytes, size);
	struct outbuf out = { .err = err };
	size_t guess = size * 5;
	int rc;

	if (!packing) {
		return 0;
	}
	if (!packing->unpack) {
		return image_fail(err, -ENOEXEC,
				  "packed with %s, which is not supported "
				  "(gzip, xz, zstd and lz4 are)",
				  packing->how);
	}
	if (trailer && size > 4 && image_u32(bytes + size - 4) <= guess * 4) {
		guess = (size_t)image_u32(bytes + size - 4) + 1;
	}
	out.how = packing->how;
	rc = outbuf_grow(&out, guess > 65536 ? guess : 65536);
	if (rc == 0) {
		rc = packing->unpack(bytes, size, &out);
	}
	if (rc) {
		free(out.bytes);
		return rc;
	}
	*out_bytes = out.bytes;
	*out_size = out.used;
	*how = packing->how;
	return 0;
}
