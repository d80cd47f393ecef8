/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_PV_LAYOUT_H
#define HOSPES_DOM0_PV_LAYOUT_H
/*
 * Where everything lies in a 64-bit PV guest at its first instruction, and
 * its first page tables. Pure: numbers in, numbers out, no hypervisor.
 *
 *   frame 0                                                   nr_pages
 *   | gap | kernel | [module] | [p2m] | start_info | store | console |
 *   | page tables | boot stack | [p2m with its tables] | [module] | free |
 *
 * The module goes to the first place if the kernel wants it mapped, to the
 * last if it takes a frame number. The p2m list goes to the first place if
 * the kernel wants it in the initial mapping, to the last if it names an
 * address of its own for it (Linux). The order of the last two matters to
 * Linux: it takes everything below the p2m list for mapped.
 *
 * The initial mapping is virt_base + frame * 4096, from frame 0, to the end
 * of the boot stack and 512 KiB beyond, rounded up to 4 MiB.
 */
#include <stdbool.h>
#include <stdint.h>

#define PV_NO_ADDR UINT64_MAX

struct pv_layout_input {
	uint64_t virt_base;
	uint64_t virt_end; /* of the kernel */
	uint64_t init_p2m; /* PV_NO_ADDR: in the initial mapping */
	uint64_t module_bytes;
	bool module_by_frame;
	uint64_t nr_pages;
};

struct pv_range {
	uint64_t frame;
	uint64_t count;
};

/* One page table: which frame, and the first address that it maps. */
struct pv_table {
	uint64_t frame;
	uint64_t va;
	unsigned int level; /* 4 is the root */
};

struct pv_layout {
	uint64_t virt_base;
	uint64_t map_end; /* frames [0, map_end) are mapped at virt_base */
	struct pv_range module;
	struct pv_range p2m; /* its own page tables follow the list */
	uint64_t p2m_va;
	uint64_t p2m_list_pages;
	uint64_t start_info;
	uint64_t store;
	uint64_t console;
	struct pv_range tables;
	uint64_t stack;
	uint64_t end; /* first frame that holds nothing */
	uint64_t nr_pages;

	struct pv_table *table; /* root first */
	uint64_t table_count;
};

/*
 * -ENOMEM: the guest is too small, `end` says how many pages it needs (also
 * when there is no memory for the tables' list). -EINVAL: contradicting
 * input. Free with pv_layout_free().
 */
int pv_layout_compute(const struct pv_layout_input *in,
		      struct pv_layout *layout);
void pv_layout_free(struct pv_layout *layout);

uint64_t pv_layout_va(const struct pv_layout *layout, uint64_t frame);

/* Gives the memory of a guest frame. */
typedef uint64_t *pv_page_fn(void *ctx, uint64_t frame);

/*
 * Writes the page tables through `page`, with the machine frames of p2m[].
 * Page tables are mapped read-only, everything else read-write.
 */
void pv_layout_write_tables(const struct pv_layout *layout, const uint64_t *p2m,
			    pv_page_fn *page, void *ctx);

#endif
