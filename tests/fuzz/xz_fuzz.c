/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xz. Checksums stand before everything in the container, so the first byte
 * also says whether what follows is a whole file or bare LZMA2, and then the
 * x86 filter runs over the result. What we take of bare LZMA2, liblzma takes,
 * with the same result.
 */
#include <lzma.h>
#include <string.h>

#include "lib/bcj_x86.h"
#include "lib/xz.h"
#include "tests/fuzz/fuzz.h"

static void compare(const uint8_t *in, size_t len, const uint8_t *out,
		    size_t produced)
{
	static uint8_t theirs[OUT_MAX + 1];
	lzma_options_lzma lzma = { .dict_size = 1 << 20 };
	lzma_filter filters[2] = { { LZMA_FILTER_LZMA2, &lzma },
				   { LZMA_VLI_UNKNOWN, NULL } };
	size_t in_at = 0, n = 0;

	fuzz_check(lzma_raw_buffer_decode(filters, NULL, in, &in_at, len,
					  theirs, &n,
					  sizeof(theirs)) == LZMA_OK);
	fuzz_check(n == produced && memcmp(out, theirs, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct xz_work work;
	size_t room, used, n;
	const char *why;
	uint8_t *out;
	int err;

	if (!size) {
		return 0;
	}
	room = fuzz_room(data[0]);
	out = malloc(room ? room : 1);
	if (!out) {
		return 0;
	}
	data++;
	size--;
	if (xz_recognise(data, size)) {
		err = xz_decode(&work, data, size, out, room, &n, &why);
		(void)err;
	} else if (lzma2_decode(&work.lzma2, data, size, &used, out, room, &n,
				&why) == 0) {
		fuzz_check(used <= size && n <= room);
		compare(data, size, out, n);
		bcj_x86_decode(out, n, (uint32_t)n);
	}
	free(out);
	return 0;
}
