/* SPDX-License-Identifier: BSD-2-Clause */
/* Tidying the firmware's memory map; see bootinfo.h. */
#include "boot/bootinfo.h"

static void sort(struct memory_range *map, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++) {
		struct memory_range r = map[i];
		unsigned int j = i;

		for (; j > 0 && map[j - 1].start > r.start; j--) {
			map[j] = map[j - 1];
		}
		map[j] = r;
	}
}

/* RAM loses to whatever overlaps it. */
static void cut_ram(struct memory_range *map, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		for (unsigned int j = 0; j < n; j++) {
			struct memory_range *ram = &map[i], *o = &map[j];

			if (i == j || ram->type != E820_RAM ||
			    o->type == E820_RAM || o->start >= ram->end ||
			    o->end <= ram->start) {
				continue;
			}
			if (o->start > ram->start) {
				ram->end = o->start;
			} else {
				ram->start =
					o->end < ram->end ? o->end : ram->end;
			}
		}
	}
}

void memory_map_tidy(struct memory_range *map, unsigned int *n)
{
	unsigned int kept = 0;

	cut_ram(map, *n);
	sort(map, *n);
	for (unsigned int i = 0; i < *n; i++) {
		struct memory_range r = map[i];

		if (r.type == E820_RAM) {
			r.start = ALIGN_UP(r.start, PAGE_SIZE);
			r.end &= PAGE_MASK;
			if (kept && map[kept - 1].type == E820_RAM &&
			    map[kept - 1].end > r.start) {
				r.start = map[kept - 1].end;
			}
		}
		if (r.start < r.end) {
			map[kept++] = r;
		}
	}
	*n = kept;
}
