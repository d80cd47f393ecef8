/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer over kernel images: what is accepted is read to its last byte. */
#include <stddef.h>
#include <stdint.h>

#include "dom0-tools/lib/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	volatile uint8_t sum = 0;
	struct image image;
	char err[128];
	uint64_t at;
	uint32_t i;

	if (image_parse("fuzz", data, size, &image, err, sizeof(err))) {
		return 0;
	}
	for (i = 0; i < image.segment_count; i++) {
		for (at = 0; at < image.segment[i].filesz; at++) {
			sum = (uint8_t)(sum + image.segment[i].data[at]);
		}
	}
	image_free(&image);
	return 0;
}
