/* SPDX-License-Identifier: BSD-2-Clause */
/* One table: a format, how to know it, how to unpack it. */
#include "lib/decompress.h"

#include "lib/errno.h"
#include "lib/inflate.h"
#include "lib/lz4.h"
#include "lib/xz.h"
#include "lib/zstd.h"

static int unpack_gzip(const void *in, size_t in_len, void *out, size_t out_len,
		       size_t *produced, void *work, const char **why)
{
	return gzip_decode(work, in, in_len, out, out_len, produced, why);
}

static int unpack_zstd(const void *in, size_t in_len, void *out, size_t out_len,
		       size_t *produced, void *work, const char **why)
{
	return zstd_decode(work, in, in_len, out, out_len, produced, why);
}

static int unpack_lz4(const void *in, size_t in_len, void *out, size_t out_len,
		      size_t *produced, void *work, const char **why)
{
	(void)work;
	return lz4_decode(in, in_len, out, out_len, produced, why);
}

static int unpack_xz(const void *in, size_t in_len, void *out, size_t out_len,
		     size_t *produced, void *work, const char **why)
{
	return xz_decode(work, in, in_len, out, out_len, produced, why);
}

struct format {
	const char *name;
	bool (*recognise)(const void *in, size_t in_len);
	int (*unpack)(const void *in, size_t in_len, void *out, size_t out_len,
		      size_t *produced, void *work, const char **why);
	size_t work_size;
};

static const struct format formats[] = {
	[COMPRESSION_GZIP] = { "gzip", gzip_recognise, unpack_gzip,
			       sizeof(struct inflate_work) },
	[COMPRESSION_ZSTD] = { "zstd", zstd_recognise, unpack_zstd,
			       sizeof(struct zstd_work) },
	[COMPRESSION_LZ4] = { "lz4", lz4_recognise, unpack_lz4, 0 },
	[COMPRESSION_XZ] = { "xz", xz_recognise, unpack_xz,
			     sizeof(struct xz_work) },
};

static_assert(sizeof(struct xz_work) <= DECOMPRESS_WORK_SIZE, "work area");
static_assert(sizeof(struct zstd_work) <= DECOMPRESS_WORK_SIZE, "work area");
static_assert(sizeof(struct inflate_work) <= DECOMPRESS_WORK_SIZE, "work area");

enum compression compression_of(const void *in, size_t in_len)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (formats[i].recognise && formats[i].recognise(in, in_len)) {
			return (enum compression)i;
		}
	}
	return COMPRESSION_NONE;
}

const char *compression_name(enum compression c)
{
	return c == COMPRESSION_NONE ? "none" : formats[c].name;
}

int decompress(const void *in, size_t in_len, void *out, size_t out_len,
	       size_t *produced, void *work, size_t work_len, const char **why)
{
	enum compression c = compression_of(in, in_len);

	if (c == COMPRESSION_NONE) {
		*why = "compression is not known";
		return -ENOEXEC;
	}
	if (work_len < formats[c].work_size) {
		*why = "work area is too small";
		return -ENOMEM;
	}
	return formats[c].unpack(in, in_len, out, out_len, produced, work, why);
}
