/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/hv-lib/fuzz.h"

#include "lib/lz4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why;
	size_t room, n;
	uint8_t *out;

	if (!size) {
		return 0;
	}
	room = fuzz_room(data[0]);
	out = malloc(room ? room : 1);
	if (out && lz4_decode(data + 1, size - 1, out, room, &n, &why) == 0) {
		fuzz_check(n <= room);
	}
	free(out);
	return 0;
}
