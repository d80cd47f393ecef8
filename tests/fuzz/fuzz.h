/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzzers of hypervisor/lib share. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define OUT_MAX 70000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses how much room there is: an end is soon reached. */
static inline size_t fuzz_room(uint8_t choice)
{
	return choice < 128 ? choice * 3u : OUT_MAX - choice;
}

static inline void fuzz_check(int right)
{
	if (!right) {
		abort();
	}
}

#endif
