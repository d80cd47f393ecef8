// SPDX-License-Identifier: BSD-2-Clause
/*
 * The second form of the boot loader's information, from any bytes: copied to
 * a block of just their size, so that ASan sees each step beyond it. The fifth
 * byte says how often the tags come, for there is a most of ranges and modules.
 * The map that comes out is put in order as well.
 */
#include <stdlib.h>
#include <string.h>

#include "boot/bootinfo.h"

#define HEAD 8u /* the size of all, and a word that nobody reads */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok) {
		abort();
	}
}

/* Each at a multiple of eight, as tags are; the last ends where the block does.
 */
static uint8_t *make_block(const uint8_t *data, size_t size, unsigned int times)
{
	size_t tags = size - HEAD;
	size_t step = ALIGN_UP(tags, 8UL);
	uint32_t total = (uint32_t)(HEAD + (times - 1) * step + tags);
	uint8_t *block = calloc(1, total);

	must(block);
	memcpy(block, &total, sizeof(total));
	for (unsigned int i = 0; i < times; i++) {
		memcpy(block + HEAD + i * step, data + HEAD, tags);
	}
	return block;
}

static void check(const struct boot_info *info)
{
	must(memchr(info->cmdline, 0, sizeof(info->cmdline)) &&
	     memchr(info->loader, 0, sizeof(info->loader)));
	must(info->ranges <= BOOT_MAX_RANGES &&
	     info->module_count <= BOOT_MAX_MODULES);
	for (unsigned int i = 0; i < info->module_count; i++) {
		const struct boot_module *m = &info->modules[i];

		must(m->start <= m->end &&
		     memchr(m->cmdline, 0, sizeof(m->cmdline)));
	}
}

/* No RAM overlaps anything: it would be given out. */
static void check_map(const struct memory_range *map, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		must(map[i].start < map[i].end);
		must(i == 0 || map[i - 1].start <= map[i].start);
		for (unsigned int j = 0; j < i; j++) {
			must((map[i].type != E820_RAM &&
			      map[j].type != E820_RAM) ||
			     map[j].end <= map[i].start);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot_info info;
	const char *why;
	uint8_t *block;

	if (size < HEAD) {
		return 0;
	}
	block = make_block(data, size, 1 + data[4] % 32);
	memset(&info, 0, sizeof(info));
	if (!multiboot2_parse((uint64_t)(uintptr_t)block, &info, &why)) {
		check(&info);
		memory_map_tidy(info.map, &info.ranges);
		check_map(info.map, info.ranges);
	}
	free(block);
	return 0;
}
