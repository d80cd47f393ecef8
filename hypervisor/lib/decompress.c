/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debian packs its kernels with xz. The other packings are recognised so that
 * the refusal can name them: a decoder for each would be six hundred lines of
 * ring 0 that read a file, and dom0 or the boot loader can unpack it instead.
 */
#include "lib/decompress.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "lib/xz.h"

#define WHY(name)                                                             \
	"it is " name "-compressed; the hypervisor unpacks xz only: give it " \
	"the unpacked vmlinux"

static const struct {
	const char *name;
	const char *why; /* not unpacked; NULL: it is */
	size_t magic_len;
	uint8_t magic[6];
} formats[] = {
	[COMPRESSION_GZIP] = { "gzip", WHY("gzip"), 3, { 0x1f, 0x8b, 8 } },
	[COMPRESSION_XZ] = { "xz", NULL, 6, { 0xfd, '7', 'z', 'X', 'Z' } },
	[COMPRESSION_ZSTD] = { "zstd",
			       WHY("zstd"),
			       4,
			       { 0x28, 0xb5, 0x2f, 0xfd } },
	[COMPRESSION_LZ4] = { "lz4", WHY("lz4"), 4, { 2, 0x21, 0x4c, 0x18 } },
};

static_assert(sizeof(struct xz_work) <= DECOMPRESS_WORK_SIZE, "work area");

enum compression compression_of(const void *in, size_t in_len)
{
	for (size_t i = COMPRESSION_NONE + 1; i < ARRAY_SIZE(formats); i++) {
		if (in_len >= formats[i].magic_len &&
		    !memcmp(in, formats[i].magic, formats[i].magic_len)) {
			return (enum compression)i;
		}
	}
	return COMPRESSION_NONE;
}

int decompress(const void *in, size_t in_len, void *out, size_t out_len,
	       size_t *produced, void *work, size_t work_len, const char **why)
{
	enum compression c = compression_of(in, in_len);

	if (c == COMPRESSION_NONE) {
		*why = "compression is not known";
		return -ENOEXEC;
	}
	if (formats[c].why) {
		*why = formats[c].why;
		return -EOPNOTSUPP;
	}
	if (work_len < sizeof(struct xz_work)) {
		*why = "work area is too small";
		return -ENOMEM;
	}
	return xz_decode(work, in, in_len, out, out_len, produced, why);
}
