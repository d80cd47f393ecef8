/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip: what we accept is what zlib makes of the same input. */
#include <string.h>
#include <zlib.h>

#include "lib/inflate.h"
#include "tests/fuzz/hv-lib/fuzz.h"

static void compare(const uint8_t *in, size_t len, const uint8_t *out,
		    size_t produced)
{
	static uint8_t theirs[OUT_MAX + 1];
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in,
		       .avail_in = (uInt)len,
		       .next_out = theirs,
		       .avail_out = sizeof(theirs) };

	fuzz_check(inflateInit2(&z, 31) == Z_OK);
	if (inflate(&z, Z_FINISH) == Z_STREAM_END) {
		fuzz_check(z.total_out == produced &&
			   memcmp(out, theirs, produced) == 0);
	}
	inflateEnd(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct inflate_work work;
	const char *why;
	size_t room, n;
	uint8_t *out;

	if (!size) {
		return 0;
	}
	room = fuzz_room(data[0]);
	out = malloc(room ? room : 1);
	if (out &&
	    gzip_decode(&work, data + 1, size - 1, out, room, &n, &why) == 0) {
		compare(data + 1, size - 1, out, n);
	}
	free(out);
	return 0;
}
