/* SPDX-License-Identifier: BSD-2-Clause */
/* zstd: what we accept is what the library makes of the same input. */
#include <string.h>
#include <zstd.h>

#include "lib/zstd.h"
#include "tests/fuzz/hv-lib/fuzz.h"

static void compare(const uint8_t *in, size_t len, const uint8_t *out,
		    size_t produced)
{
	static uint8_t theirs[OUT_MAX + 1];
	size_t n = ZSTD_decompress(theirs, sizeof(theirs), in, len);

	if (!ZSTD_isError(n)) {
		fuzz_check(n == produced && memcmp(out, theirs, n) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zstd_work work;
	const char *why;
	size_t room, n;
	uint8_t *out;

	if (!size) {
		return 0;
	}
	room = fuzz_room(data[0]);
	out = malloc(room ? room : 1);
	if (out &&
	    zstd_decode(&work, data + 1, size - 1, out, room, &n, &why) == 0) {
		compare(data + 1, size - 1, out, n);
	}
	free(out);
	return 0;
}
