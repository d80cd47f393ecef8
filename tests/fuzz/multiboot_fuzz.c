// SPDX-License-Identifier: BSD-2-Clause
/*
 * The second form of the boot loader's information, from any bytes: copied to
 * a block of just their size, so that ASan sees each step beyond it. The map
 * that comes out is put in order as well.
 */
#include <stdlib.h>
#include <string.h>

#include "boot/bootinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot_info info;
	const char *why;
	uint32_t total = (uint32_t)size;
	uint8_t *copy;

	if (size < 8) {
		return 0;
	}
	copy = malloc(size);
	if (!copy) {
		abort();
	}
	memcpy(copy, data, size);
	memcpy(copy, &total, sizeof(total));
	memset(&info, 0, sizeof(info));
	if (!multiboot2_parse((uint64_t)(uintptr_t)copy, &info, &why)) {
		memory_map_tidy(info.map, &info.ranges);
	}
	free(copy);
	return 0;
}
