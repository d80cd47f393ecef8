/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream = header, blocks, index, footer. Each block is decoded whole into the
 * output, then the x86 filter runs over it in place (it must not run before:
 * matches refer to what the filter has not yet touched), then the check.
 *
 * The index repeats the sizes of all blocks. It is verified as a whole: its
 * records must add up to what the blocks were, and its CRC must be right.
 */
#include "lib/xz.h"

#include "lib/bcj_x86.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "lib/string.h"

#define HEADER_SIZE 12
#define FOOTER_SIZE 12

#define FILTER_X86   0x04
#define FILTER_LZMA2 0x21

#define BLOCK_FILTERS	   0x03
#define BLOCK_RESERVED	   0x3c
#define BLOCK_HAS_PACKED   0x40
#define BLOCK_HAS_UNPACKED 0x80

enum xz_check {
	CHECK_NONE = 0,
	CHECK_CRC32 = 1,
	CHECK_CRC64 = 4
};

static const uint8_t xz_magic[6] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

struct xz {
	struct xz_work *work;
	const uint8_t *in;
	size_t in_len, at;
	uint8_t *out;
	size_t out_len, produced;
	enum xz_check check;
	/* Sums over the blocks, compared with the index. */
	uint64_t blocks, unpadded_sum, unpacked_sum;
	const char **why;
};

struct block {
	size_t header_len;
	uint64_t packed, unpacked; /* UINT64_MAX: the header does not say */
	bool x86;
	uint32_t x86_start;
};

static int fail(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t crc32(const struct xz *xz, const uint8_t *p, size_t len)
{
	return (uint32_t)~crc_update(&xz->work->crc32, CRC32_START, p, len);
}

/* Seven bits a byte, the lowest first, 63 bits at most, no needless zeros. */
static bool take_number(const uint8_t *in, size_t end, size_t *at, uint64_t *n)
{
	*n = 0;
	for (unsigned int shift = 0; shift < 63; shift += 7) {
		uint8_t b;

		if (*at >= end) {
			return false;
		}
		b = in[(*at)++];
		*n |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			return b || !shift;
		}
	}
	return false;
}

static int read_stream_header(struct xz *xz)
{
	const uint8_t *h = xz->in;

	if (xz->in_len < HEADER_SIZE || !xz_recognise(h, xz->in_len)) {
		return fail(xz->why, -EINVAL, "xz: header is cut");
	}
	if (crc32(xz, h + 6, 2) != get32(h + 8)) {
		return fail(xz->why, -EINVAL, "xz: header is corrupt");
	}
	if (h[6] || (h[7] != CHECK_NONE && h[7] != CHECK_CRC32 &&
		     h[7] != CHECK_CRC64)) {
		return fail(xz->why, -EOPNOTSUPP, "xz: unknown kind of check");
	}
	xz->check = h[7];
	xz->at = HEADER_SIZE;
	return 0;
}

/* The filter chain: nothing but LZMA2, or the x86 filter and then LZMA2. */
static int read_filters(struct xz *xz, struct block *b, const uint8_t *h,
			size_t end, size_t *at, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		uint64_t id, size;
		bool last = i + 1 == count;

		if (!take_number(h, end, at, &id) ||
		    !take_number(h, end, at, &size) || size > end - *at) {
			return fail(xz->why, -EINVAL, "xz: bad filter");
		}
		if (id == FILTER_X86 && !last && i == 0) {
			b->x86 = true;
			b->x86_start = size == 4 ? get32(h + *at) : 0;
			if (size != 0 && size != 4) {
				return fail(xz->why, -EINVAL, "xz: bad filter");
			}
		} else if (id != FILTER_LZMA2 || !last || size != 1) {
			return fail(xz->why, -EOPNOTSUPP,
				    "xz: filter other than LZMA2 and x86");
		}
		*at += size;
	}
	return 0;
}

static int read_block_header(struct xz *xz, struct block *b)
{
	const uint8_t *h = xz->in + xz->at;
	size_t left = xz->in_len - xz->at;
	size_t end, at = 2;
	unsigned int flags;
	int err;

	*b = (struct block){ .packed = UINT64_MAX, .unpacked = UINT64_MAX };
	b->header_len = ((size_t)h[0] + 1) * 4;
	if (b->header_len < 8 || b->header_len > left) {
		return fail(xz->why, -EINVAL, "xz: block header is cut");
	}
	end = b->header_len - 4;
	if (crc32(xz, h, end) != get32(h + end)) {
		return fail(xz->why, -EINVAL, "xz: block header is corrupt");
	}
	flags = h[1];
	if (((flags & BLOCK_HAS_PACKED) &&
	     !take_number(h, end, &at, &b->packed)) ||
	    ((flags & BLOCK_HAS_UNPACKED) &&
	     !take_number(h, end, &at, &b->unpacked))) {
		return fail(xz->why, -EINVAL, "xz: bad block header");
	}
	err = read_filters(xz, b, h, end, &at, (flags & BLOCK_FILTERS) + 1);
	if (err) {
		return err;
	}
	while (at < end) {
		if (h[at++]) {
			flags |= BLOCK_RESERVED;
		}
	}
	if (flags & BLOCK_RESERVED) {
		return fail(xz->why, -EOPNOTSUPP, "xz: unknown block option");
	}
	return 0;
}

/* Zeros up to a multiple of four bytes, counted from the stream's start. */
static int skip_padding(struct xz *xz)
{
	while (xz->at % 4) {
		if (xz->at >= xz->in_len || xz->in[xz->at++]) {
			return fail(xz->why, -EINVAL, "xz: bad padding");
		}
	}
	return 0;
}

static size_t check_size(enum xz_check check)
{
	return check == CHECK_NONE ? 0 : check == CHECK_CRC32 ? 4 : 8;
}

static int verify_check(struct xz *xz, const uint8_t *data, size_t len)
{
	size_t size = check_size(xz->check);
	uint64_t stored = 0, crc = 0;

	if (size > xz->in_len - xz->at) {
		return fail(xz->why, -EINVAL, "xz: data is cut");
	}
	memcpy(&stored, xz->in + xz->at, size);
	xz->at += size;
	if (xz->check == CHECK_CRC32) {
		crc = crc32(xz, data, len);
	} else if (xz->check == CHECK_CRC64) {
		crc = ~crc_update(&xz->work->crc64, CRC64_START, data, len);
	}
	if (crc != stored) {
		return fail(xz->why, -EINVAL, "xz: checksum does not match");
	}
	return 0;
}

static int read_block(struct xz *xz)
{
	uint8_t *out = xz->out + xz->produced;
	size_t packed, unpacked;
	struct block b;
	int err = read_block_header(xz, &b);

	if (err) {
		return err;
	}
	xz->at += b.header_len;
	err = lzma2_decode(&xz->work->lzma2, xz->in + xz->at,
			   xz->in_len - xz->at, &packed, out,
			   xz->out_len - xz->produced, &unpacked, xz->why);
	if (err) {
		return err;
	}
	xz->at += packed;
	xz->produced += unpacked;
	if ((b.packed != UINT64_MAX && b.packed != packed) ||
	    (b.unpacked != UINT64_MAX && b.unpacked != unpacked)) {
		return fail(xz->why, -EINVAL, "xz: block size does not match");
	}
	xz->blocks++;
	xz->unpadded_sum += b.header_len + packed + check_size(xz->check);
	xz->unpacked_sum += unpacked;
	if (b.x86) {
		bcj_x86_decode(out, unpacked, b.x86_start);
	}
	err = skip_padding(xz);
	return err ? err : verify_check(xz, out, unpacked);
}

static int read_index(struct xz *xz)
{
	size_t start = xz->at++;
	uint64_t records, unpadded, unpacked;
	int err;

	if (!take_number(xz->in, xz->in_len, &xz->at, &records) ||
	    records != xz->blocks) {
		return fail(xz->why, -EINVAL, "xz: bad index");
	}
	while (records--) {
		if (!take_number(xz->in, xz->in_len, &xz->at, &unpadded) ||
		    !take_number(xz->in, xz->in_len, &xz->at, &unpacked)) {
			return fail(xz->why, -EINVAL, "xz: bad index");
		}
		xz->unpadded_sum -= unpadded;
		xz->unpacked_sum -= unpacked;
	}
	err = skip_padding(xz);
	if (err) {
		return err;
	}
	if (xz->unpadded_sum || xz->unpacked_sum || xz->in_len - xz->at < 4 ||
	    crc32(xz, xz->in + start, xz->at - start) !=
		    get32(xz->in + xz->at)) {
		return fail(xz->why, -EINVAL, "xz: index does not match");
	}
	xz->at += 4;
	return 0;
}

static int read_footer(struct xz *xz, size_t index_len)
{
	const uint8_t *f = xz->in + xz->at;

	if (xz->in_len - xz->at < FOOTER_SIZE || f[10] != 'Y' || f[11] != 'Z' ||
	    crc32(xz, f + 4, 6) != get32(f) ||
	    ((uint64_t)get32(f + 4) + 1) * 4 != index_len || f[8] ||
	    f[9] != (uint8_t)xz->check) {
		return fail(xz->why, -EINVAL, "xz: footer is corrupt");
	}
	return 0;
}

bool xz_recognise(const void *in, size_t in_len)
{
	return in_len >= sizeof(xz_magic) &&
	       memcmp(in, xz_magic, sizeof(xz_magic)) == 0;
}

int xz_decode(struct xz_work *work, const void *in, size_t in_len, void *out,
	      size_t out_len, size_t *produced, const char **why)
{
	struct xz xz = {
		.work = work,
		.in = in,
		.in_len = in_len,
		.out = out,
		.out_len = out_len,
		.why = why,
	};
	size_t index;
	int err;

	crc_init(&work->crc32, CRC32_POLY);
	err = read_stream_header(&xz);
	if (!err && xz.check == CHECK_CRC64) {
		crc_init(&work->crc64, CRC64_POLY);
	}
	/* A block's header size is never 0: that byte starts the index. */
	while (!err && xz.at < in_len && xz.in[xz.at]) {
		err = read_block(&xz);
	}
	if (err) {
		return err;
	}
	index = xz.at;
	if (index >= in_len) {
		return fail(why, -EINVAL, "xz: data is cut");
	}
	err = read_index(&xz);
	if (!err) {
		err = read_footer(&xz, xz.at - index);
	}
	*produced = xz.produced;
	return err;
}
