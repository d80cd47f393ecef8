/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout: (setup_sects + 1) sectors of real-mode code, which hold the header
 * at 0x1f1, then the 32-bit kernel; payload_offset counts from there.
 */
#include "lib/bzimage.h"

#include "lib/checked.h"
#include "lib/errno.h"
#include "lib/string.h"

#define OFF_SETUP_SECTS	   0x1f1
#define OFF_BOOT_FLAG	   0x1fe
#define OFF_MAGIC	   0x202
#define OFF_VERSION	   0x206
#define OFF_PAYLOAD_OFFSET 0x248
#define OFF_PAYLOAD_LENGTH 0x24c
#define HEADER_END	   0x250

#define SECTOR		    512
#define SETUP_SECTS_IF_ZERO 4
#define PROTOCOL_PAYLOAD    0x0208

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static int fail(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

int bzimage_open(struct bzimage *bz, const void *data, size_t len,
		 const char **why)
{
	const uint8_t *file = data;
	uint64_t offset, payload_len;

	if (len < HEADER_END || get16(file + OFF_BOOT_FLAG) != 0xaa55 ||
	    memcmp(file + OFF_MAGIC, "HdrS", 4) != 0) {
		return fail(why, -ENOEXEC, "not a bzImage");
	}
	bz->protocol = get16(file + OFF_VERSION);
	if (bz->protocol < PROTOCOL_PAYLOAD) {
		return fail(why, -EINVAL, "bzImage protocol before 2.08");
	}
	offset = file[OFF_SETUP_SECTS];
	offset = ((offset ? offset : SETUP_SECTS_IF_ZERO) + 1) * SECTOR +
		 get32(file + OFF_PAYLOAD_OFFSET);
	payload_len = get32(file + OFF_PAYLOAD_LENGTH);
	if (!checked_range(offset, payload_len, len)) {
		return fail(why, -EINVAL, "bzImage is cut: payload beyond end");
	}
	if (payload_len < 8) {
		return fail(why, -EINVAL, "bzImage without a payload");
	}
	bz->packed = file + offset;
	bz->unpacked_len = get32(file + offset + payload_len - 4);
	bz->compression = compression_of(bz->packed, payload_len);
	bz->packed_len = payload_len - 4;
	if (bz->compression == COMPRESSION_NONE) {
		return fail(why, -EINVAL, "bzImage compression is not known");
	}
	return 0;
}
