/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout is settled by repeating: how many page tables there are depends
 * on where the mapping ends, which depends on how many page tables there
 * are. The count only grows from one round to the next and the mapping's end
 * is rounded to 4 MiB, so it settles after two or three.
 *
 * Example: a kernel that ends at frame 0x2c00, a guest of 32768 pages. Round
 * one has 0 tables and a mapping to frame 0x2c00 + 4 + 128 -> 0x3000: 24 L1,
 * 1 L2, 1 L3, 1 L4 = 27. Round two, with 27 tables, ends in the same 4 MiB:
 * settled.
 */
#include "dom0-tools/lib/pv_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE     4096ul
#define PAGE_SHIFT    12
#define SLACK_FRAMES  (512ul * 1024 / PAGE_SIZE)
#define ROUND_FRAMES  (4096ul * 1024 / PAGE_SIZE)
#define TABLE_ENTRIES 512ul
/* Of what one entry of a table maps: 12, 21, 30, 39. */
#define ADDRESS_SHIFT(level) (PAGE_SHIFT + 9 * ((level)-1))

#define PTE_PRESENT  0x01ul
#define PTE_WRITE    0x02ul
#define PTE_USER     0x04ul
#define PTE_ACCESSED 0x20ul
#define PTE_DIRTY    0x40ul
#define PTE_TABLE    (PTE_PAGE | PTE_WRITE | PTE_DIRTY)
#define PTE_PAGE     (PTE_PRESENT | PTE_ACCESSED | PTE_USER)

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

/* How many tables of a level it takes to map [va, va + pages). */
static uint64_t tables_at(uint64_t va, uint64_t pages, unsigned int level)
{
	unsigned int shift = ADDRESS_SHIFT(level) + 9;
	uint64_t last = va + (pages << PAGE_SHIFT) - 1;

	return pages ? (last >> shift) - (va >> shift) + 1 : 0;
}

static uint64_t tables_below_root(uint64_t va, uint64_t pages)
{
	return tables_at(va, pages, 1) + tables_at(va, pages, 2) +
	       tables_at(va, pages, 3);
}

static uint64_t take(uint64_t *at, uint64_t count)
{
	uint64_t frame = *at;

	*at += count;
	return frame;
}

/* One round: places everything, assuming this many tables. */
static void pv_layout_place(const struct pv_layout_input *in,
			    struct pv_layout *l, uint64_t tables)
{
	uint64_t at = pages_of(in->virt_end - in->virt_base);
	uint64_t list = pages_of(in->nr_pages * sizeof(uint64_t));

	l->module.count = pages_of(in->module_bytes);
	l->p2m_list_pages = list;
	if (!in->module_by_frame) {
		l->module.frame = take(&at, l->module.count);
	}
	if (in->init_p2m == PV_NO_ADDR) {
		l->p2m.count = list;
		l->p2m.frame = take(&at, list);
		l->p2m_va = pv_layout_va(l, l->p2m.frame);
	}
	l->start_info = take(&at, 1);
	l->store = take(&at, 1);
	l->console = take(&at, 1);
	l->tables.count = tables;
	l->tables.frame = take(&at, tables);
	l->stack = take(&at, 1);
	l->map_end = round_up(at + SLACK_FRAMES, ROUND_FRAMES);
	if (in->init_p2m != PV_NO_ADDR) {
		l->p2m_va = in->init_p2m;
		l->p2m.count = list + tables_below_root(in->init_p2m, list);
		l->p2m.frame = take(&at, l->p2m.count);
	}
	if (in->module_by_frame) {
		l->module.frame = take(&at, l->module.count);
	}
	l->end = at;
}

uint64_t pv_layout_va(const struct pv_layout *layout, uint64_t frame)
{
	return layout->virt_base + (frame << PAGE_SHIFT);
}

/* Appends the tables of one region; frames come from *frame on. */
static void pv_layout_list(struct pv_layout *l, uint64_t va, uint64_t pages,
			   uint64_t *frame)
{
	unsigned int level;

	for (level = 3; level >= 1; level--) {
		unsigned int shift = ADDRESS_SHIFT(level) + 9;
		uint64_t count = tables_at(va, pages, level);
		uint64_t i;

		for (i = 0; i < count; i++) {
			struct pv_table *table = &l->table[l->table_count++];

			table->frame = (*frame)++;
			table->level = level;
			table->va = ((va >> shift) + i) << shift;
		}
	}
}

static bool pv_layout_separate(const struct pv_layout_input *in,
			       const struct pv_layout *l)
{
	unsigned int shift = ADDRESS_SHIFT(4);
	uint64_t last = pv_layout_va(l, l->map_end) - 1;
	uint64_t p2m_last =
		in->init_p2m + (l->p2m_list_pages << PAGE_SHIFT) - 1;

	return p2m_last >> shift < in->virt_base >> shift ||
	       in->init_p2m >> shift > last >> shift;
}

int pv_layout_compute(const struct pv_layout_input *in,
		      struct pv_layout *layout)
{
	uint64_t tables = 0, wanted = 1, frame;

	memset(layout, 0, sizeof(*layout));
	if (in->virt_end <= in->virt_base || (in->virt_base & ~-PAGE_SIZE) ||
	    (in->init_p2m != PV_NO_ADDR && (in->init_p2m & ~-PAGE_SIZE))) {
		return -EINVAL;
	}
	layout->virt_base = in->virt_base;
	layout->nr_pages = in->nr_pages;
	while (tables != wanted) {
		tables = wanted;
		pv_layout_place(in, layout, tables);
		if (layout->end > in->nr_pages) {
			return -ENOMEM;
		}
		wanted = 1 + tables_below_root(in->virt_base, layout->map_end);
	}
	/* The two regions must not share a table below the root. */
	if (in->init_p2m != PV_NO_ADDR && !pv_layout_separate(in, layout)) {
		return -EINVAL;
	}
	layout->table =
		calloc(tables + layout->p2m.count - layout->p2m_list_pages,
		       sizeof(*layout->table));
	if (!layout->table) {
		return -ENOMEM;
	}
	frame = layout->tables.frame;
	layout->table[layout->table_count++] =
		(struct pv_table){ .frame = frame++, .level = 4 };
	pv_layout_list(layout, in->virt_base, layout->map_end, &frame);
	if (in->init_p2m != PV_NO_ADDR) {
		frame = layout->p2m.frame + layout->p2m_list_pages;
		pv_layout_list(layout, in->init_p2m, layout->p2m_list_pages,
			       &frame);
	}
	return 0;
}

void pv_layout_free(struct pv_layout *layout)
{
	free(layout->table);
	layout->table = NULL;
	layout->table_count = 0;
}

static bool in_range(uint64_t frame, uint64_t first, uint64_t count)
{
	return frame >= first && frame - first < count;
}

static bool pv_layout_is_table(const struct pv_layout *l, uint64_t frame)
{
	return in_range(frame, l->tables.frame, l->tables.count) ||
	       in_range(frame, l->p2m.frame + l->p2m_list_pages,
			l->p2m.count - l->p2m_list_pages);
}

/* The guest frame that an address shows, or PV_NO_ADDR. */
static uint64_t pv_layout_frame_at(const struct pv_layout *l, uint64_t va)
{
	uint64_t frame = (va - l->virt_base) >> PAGE_SHIFT;

	if (va >= l->virt_base && frame < l->map_end && frame < l->nr_pages) {
		return frame;
	}
	frame = (va - l->p2m_va) >> PAGE_SHIFT;
	if (va >= l->p2m_va && frame < l->p2m_list_pages) {
		return l->p2m.frame + frame;
	}
	return PV_NO_ADDR;
}

static void pv_layout_fill_leaf(const struct pv_layout *l,
				const struct pv_table *table,
				const uint64_t *p2m, uint64_t *entry)
{
	uint64_t i;

	for (i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t frame =
			pv_layout_frame_at(l, table->va + (i << PAGE_SHIFT));

		entry[i] = 0;
		if (frame == PV_NO_ADDR) {
			continue;
		}
		entry[i] = p2m[frame] << PAGE_SHIFT | PTE_PAGE;
		if (!pv_layout_is_table(l, frame)) {
			entry[i] |= PTE_WRITE | PTE_DIRTY;
		}
	}
}

/*
 * The table that holds table i's entry. It comes before i in the list, and
 * never before the parent of the table of this level that came last.
 */
static uint64_t pv_layout_parent(const struct pv_layout *l, uint64_t i,
				 uint64_t from)
{
	const struct pv_table *t = &l->table[i];
	unsigned int shift = ADDRESS_SHIFT(t->level + 1) + 9;
	uint64_t j;

	if (t->level == 3) {
		return 0;
	}
	for (j = from; j < i; j++) {
		if (l->table[j].level == t->level + 1 &&
		    l->table[j].va >> shift == t->va >> shift) {
			break;
		}
	}
	return j;
}

void pv_layout_write_tables(const struct pv_layout *l, const uint64_t *p2m,
			    pv_page_fn *page, void *ctx)
{
	uint64_t parent[4] = { 0 };
	uint64_t i;

	for (i = 0; i < l->table_count; i++) {
		memset(page(ctx, l->table[i].frame), 0, PAGE_SIZE);
	}
	for (i = 0; i < l->table_count; i++) {
		const struct pv_table *t = &l->table[i];
		uint64_t *entry, slot;

		if (t->level == 1) {
			pv_layout_fill_leaf(l, t, p2m, page(ctx, t->frame));
		}
		if (t->level == 4) {
			continue;
		}
		parent[t->level] = pv_layout_parent(l, i, parent[t->level]);
		entry = page(ctx, l->table[parent[t->level]].frame);
		slot = t->va >> ADDRESS_SHIFT(t->level + 1);
		entry[slot & (TABLE_ENTRIES - 1)] =
			p2m[t->frame] << PAGE_SHIFT | PTE_TABLE;
	}
}
