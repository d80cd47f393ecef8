/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See early.h. Early frames come from the top of one stretch of RAM downwards,
 * so they stay together; what is left of it goes to the heap with the rest. The
 * first MiB stays out: firmware, and the trampoline of other CPUs.
 */
#include "boot/early.h"

#include "debug/panic.h"
#include "lib/string.h"
#include "mm/heap.h"

#define LOW_END	  (1UL << 20)
#define EARLY_MAX (1UL << 32)
#define MAX_USED  (BOOT_MAX_MODULES + 3)

struct range {
	uint64_t start, end;
};

extern char image_start[], image_end[];

static uint64_t early_bottom, early_top, early_next;
static bool direct_map;

/* What is in use already: image, modules; sorted by nothing. */
static unsigned int used_ranges(const struct boot_info *b, struct range *out)
{
	unsigned int n = 0;

	out[n++] = (struct range){ 0, LOW_END };
	out[n++] = (struct range){ (uint64_t)image_start - IMAGE_VIRT,
				   (uint64_t)image_end - IMAGE_VIRT };
	for (unsigned int i = 0; i < b->module_count; i++) {
		out[n++] = (struct range){ b->modules[i].start & PAGE_MASK,
					   ALIGN_UP(b->modules[i].end,
						    PAGE_SIZE) };
	}
	if (early_top) {
		out[n++] = (struct range){ early_next, early_top };
	}
	return n;
}

/* Call fn for each piece of [start, end) that no used range touches. */
static void for_free_pieces(const struct range *used, unsigned int n,
			    uint64_t start, uint64_t end,
			    void (*fn)(uint64_t start, uint64_t end))
{
	while (start < end) {
		uint64_t stop = end;
		bool inside = false;

		for (unsigned int i = 0; i < n; i++) {
			if (used[i].start <= start && start < used[i].end) {
				start = used[i].end;
				inside = true;
				break;
			}
			if (used[i].start > start && used[i].start < stop) {
				stop = used[i].start;
			}
		}
		if (!inside) {
			fn(start, stop);
			start = stop;
		}
	}
}

static void consider(uint64_t start, uint64_t end)
{
	if (end - start > early_top - early_bottom) {
		early_bottom = start;
		early_top = end;
	}
}

static void for_ram(const struct boot_info *b, uint64_t limit,
		    void (*fn)(uint64_t start, uint64_t end))
{
	struct range used[MAX_USED];
	unsigned int n = used_ranges(b, used);

	for (unsigned int i = 0; i < b->ranges; i++) {
		const struct memory_range *r = &b->map[i];

		if (r->type == E820_RAM && r->start < limit) {
			for_free_pieces(used, n, r->start, min(r->end, limit),
					fn);
		}
	}
}

void early_init(const struct boot_info *b)
{
	for_ram(b, EARLY_MAX, consider);
	if (!early_top) {
		panic("no RAM below 4 GiB");
	}
	early_next = early_top;
}

void early_use_direct_map(void)
{
	direct_map = true;
}

mfn_t early_alloc(unsigned int frames)
{
	uint64_t size = (uint64_t)frames << PAGE_SHIFT;
	/* Large pieces are aligned to themselves, for large pages. */
	uint64_t align = frames & (frames - 1) ? PAGE_SIZE : size;
	uint64_t at = (early_next - size) & ~(align - 1);

	if (early_next < size || at < early_bottom) {
		panic("not enough RAM to describe the RAM");
	}
	early_next = at;
	memset(direct_map ? (void *)(DIRECTMAP_VIRT + at) : (void *)at, 0,
	       size);
	return maddr_to_mfn(maddr(at));
}

static void give(uint64_t start, uint64_t end)
{
	heap_add_range(maddr_to_mfn(maddr(start)), maddr_to_mfn(maddr(end)));
}

void early_give_to_heap(const struct boot_info *b)
{
	for_ram(b, ~0UL, give);
}

void early_free_modules(const struct boot_info *b)
{
	for (unsigned int i = 0; i < b->module_count; i++) {
		give(b->modules[i].start & PAGE_MASK,
		     ALIGN_UP(b->modules[i].end, PAGE_SIZE));
	}
}

uint64_t early_low_page(const struct boot_info *b)
{
	uint64_t best = 0;

	for (unsigned int i = 0; i < b->ranges; i++) {
		const struct memory_range *r = &b->map[i];
		uint64_t end = min(r->end, 0xa0000UL) & PAGE_MASK;

		if (r->type == E820_RAM && r->start < end &&
		    end - r->start >= PAGE_SIZE && end > 0x1000) {
			best = end - PAGE_SIZE;
		}
	}
	return best;
}
