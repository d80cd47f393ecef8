/* SPDX-License-Identifier: BSD-2-Clause */
/* See paging.h. Tables are built through the boot loader's identity map of the
 * low 4 GiB until the direct map is loaded, so early frames lie below 4 GiB. */
#include "mm/paging.h"

#include "cpu/upcalls.h"
#include "debug/panic.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/insn.h"
#include "x86/spinlock.h"

#define SIZE_2M	  (1UL << 21)
#define FIRST_MIB (1UL << (20 - PAGE_SHIFT))

#define RO_DATA (PTE_P | PTE_A | PTE_NX)
#define RW_DATA (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)
#define RX_CODE (PTE_P | PTE_A)
#define TABLE	(PTE_P | PTE_RW | PTE_A)
#define DEVICE	(RW_DATA | PTE_PCD | PTE_PWT)

pte_t *idle_l4;
mfn_t idle_l4_mfn;
uint64_t max_page, total_pages;

static mfn_t (*take_frames)(unsigned int frames);
static bool direct_map_loaded;
static uint64_t ioremap_next = IOREMAP_VIRT;
static spinlock_t ioremap_lock = SPINLOCK_INIT(RANK_NONE);

extern char image_start[], image_text_end[], image_rodata_end[], image_end[];

static pte_t *table_virt(mfn_t m)
{
	return direct_map_loaded ? mfn_to_virt(m)
				 : (pte_t *)(m.n << PAGE_SHIFT);
}

/* The table below *entry, made when there is none. */
static pte_t *table_below(pte_t *entry, uint64_t extra)
{
	if (!pte_present(*entry)) {
		*entry = pte_make(take_frames(1), TABLE | extra);
	}
	return table_virt(pte_mfn(*entry));
}

/* Entry for va in the table of `level`, with the tables above it. */
static pte_t *entry_for(uint64_t va, unsigned int level, uint64_t extra)
{
	pte_t *table = table_virt(idle_l4_mfn);

	for (unsigned int l = 4; l > level; l--) {
		table = table_below(&table[pte_index(va, l)], extra);
	}
	return &table[pte_index(va, level)];
}

/* Map [va, va + len) to physical pa with the largest pages that fit. */
static void map_range(uint64_t va, uint64_t pa, uint64_t len, uint64_t flags)
{
	uint64_t extra = flags & PTE_US;

	while (len) {
		bool large = !((va | pa) & (SIZE_2M - 1)) && len >= SIZE_2M;
		uint64_t step = large ? SIZE_2M : PAGE_SIZE;
		pte_t *e = entry_for(va, large ? 2 : 1, extra);

		*e = pte_make(maddr_to_mfn(maddr(pa)),
			      flags | (large ? PTE_PSE : 0));
		va += step;
		pa += step;
		len -= step;
	}
}

static void map_image(void)
{
	uint64_t text = (uint64_t)image_start, ro = (uint64_t)image_text_end;
	uint64_t data = (uint64_t)image_rodata_end, end = (uint64_t)image_end;

	map_range(text, text - IMAGE_VIRT, ro - text, RX_CODE);
	map_range(ro, ro - IMAGE_VIRT, data - ro, RO_DATA);
	map_range(data, data - IMAGE_VIRT, end - data, RW_DATA);
}

static void map_direct(const struct memory_range *r)
{
	uint64_t start = r->start & PAGE_MASK;
	uint64_t end = ALIGN_UP(r->end, PAGE_SIZE);

	map_range(DIRECTMAP_VIRT + start, start, end - start, RW_DATA);
}

static bool range_is_memory(const struct memory_range *r)
{
	return r->type == E820_RAM || r->type == E820_ACPI ||
	       r->type == E820_NVS;
}

void paging_init(const struct memory_range *map, unsigned int n,
		 mfn_t (*early_alloc)(unsigned int frames))
{
	take_frames = early_alloc;
	idle_l4_mfn = take_frames(1);
	map_image();
	for (unsigned int i = 0; i < n; i++) {
		if (range_is_memory(&map[i]) &&
		    map[i].end <= DIRECTMAP_END - DIRECTMAP_VIRT) {
			map_direct(&map[i]);
		}
		if (map[i].type == E820_RAM &&
		    map[i].end >> PAGE_SHIFT > max_page) {
			max_page = map[i].end >> PAGE_SHIFT;
		}
	}
	/* APs come through the trampoline, which lies at its own address. */
	write_cr3(idle_l4_mfn.n << PAGE_SHIFT);
	direct_map_loaded = true;
	idle_l4 = mfn_to_virt(idle_l4_mfn);
}

/* One bit for each frame-table page; a page describes CHUNK frames. */
#define CHUNK (PAGE_SIZE / sizeof(struct page_info))
static uint64_t *valid_chunks;

static void valid_init(void)
{
	unsigned int pages =
		(unsigned int)DIV_ROUND_UP(max_page / CHUNK / 8 + 1, PAGE_SIZE);

	valid_chunks = mfn_to_virt(take_frames(pages));
}

static void chunk_added(uint64_t chunk)
{
	valid_chunks[chunk / 64] |= 1UL << chunk % 64;
	for (unsigned int i = 0; i < CHUNK; i++) {
		frame_table[chunk * CHUNK + i].owner = DOMID_IO;
	}
}

/* Back the part of the frame table for the frames [first, last). */
static void back_frame_table(uint64_t first, uint64_t last)
{
	const uint64_t base = FRAMETABLE_VIRT;
	const size_t entry = sizeof(struct page_info);
	uint64_t va = (base + first * entry) & PAGE_MASK;
	uint64_t end = ALIGN_UP(base + last * entry, PAGE_SIZE);

	for (; va < end; va += PAGE_SIZE) {
		pte_t *e = entry_for(va, 1, 0);

		if (!pte_present(*e)) {
			*e = pte_make(take_frames(1), RW_DATA);
			chunk_added((va - base) / PAGE_SIZE);
		}
	}
}

/* RAM is ours until the heap gets it; the first MiB stays the firmware's, which
 * dom0 may look at. */
static void withhold_frames(uint64_t first, uint64_t last)
{
	for (uint64_t i = first; i < last; i++) {
		if (i >= FIRST_MIB) {
			frame_table[i].owner = DOMID_XEN;
		}
	}
}

/* The M2P in 2 MiB pieces, each one seen twice: ours and the guests'. */
static void back_m2p(uint64_t first, uint64_t last)
{
	uint64_t off = (first * 8) & ~(SIZE_2M - 1);

	for (; off < last * 8; off += SIZE_2M) {
		pte_t *rw = entry_for(M2P_RW_VIRT + off, 2, 0);
		mfn_t m;

		if (pte_present(*rw)) {
			continue;
		}
		m = take_frames(512);
		*rw = pte_make(m, RW_DATA | PTE_PSE);
		*entry_for(M2P_RO_VIRT + off, 2, PTE_US) =
			pte_make(m, RO_DATA | PTE_US | PTE_PSE);
		memset(mfn_to_virt(m), 0xff, SIZE_2M);
	}
}

void paging_frames(const struct memory_range *map, unsigned int n,
		   mfn_t (*early_alloc)(unsigned int frames))
{
	take_frames = early_alloc;
	valid_init();
	for (unsigned int i = 0; i < n; i++) {
		if (map[i].type == E820_RAM) {
			uint64_t first = map[i].start >> PAGE_SHIFT;
			uint64_t last = map[i].end >> PAGE_SHIFT;

			back_frame_table(first, last);
			back_m2p(first, last);
			withhold_frames(first, last);
		}
	}
	/* Slots that exist now are shared by all guests; they must not come
	 * into being later. */
	entry_for(IOREMAP_VIRT, 1, 0);
	for (unsigned int s = HV_FIRST_SLOT; s <= HV_LAST_SLOT; s++) {
		if (s != PERDOMAIN_SLOT) {
			table_below(&idle_l4[s], s == M2P_RO_SLOT ? PTE_US : 0);
		}
	}
}

bool mfn_valid(mfn_t m)
{
	uint64_t chunk = m.n / CHUNK;

	/* Frames of a backed chunk that are no RAM have owner DOMID_IO. */
	return m.n < max_page && valid_chunks[chunk / 64] >> chunk % 64 & 1 &&
	       frame_table[m.n].owner != DOMID_IO;
}

mfn_t m2p_chunk_mfn(unsigned int i)
{
	uint64_t va = M2P_RO_VIRT + (uint64_t)i * SIZE_2M;
	pte_t *table = idle_l4;

	for (unsigned int l = 4; l > 2; l--) {
		pte_t e = table[pte_index(va, l)];

		if (!pte_present(e)) {
			return INVALID_MFN;
		}
		table = mfn_to_virt(pte_mfn(e));
	}
	if (!pte_present(table[pte_index(va, 2)])) {
		return INVALID_MFN;
	}
	return pte_mfn(table[pte_index(va, 2)]);
}

void paging_fill_l4(pte_t *l4, const pte_t *perdomain_l3)
{
	memcpy(&l4[HV_FIRST_SLOT], &idle_l4[HV_FIRST_SLOT],
	       (HV_LAST_SLOT - HV_FIRST_SLOT + 1) * sizeof(pte_t));
	l4[PERDOMAIN_SLOT] =
		perdomain_l3 ? pte_make(virt_to_mfn(perdomain_l3), TABLE)
			     : pte(0);
}

static mfn_t heap_frame(unsigned int frames)
{
	struct page_info *page = heap_alloc(0, HEAP_ZERO);

	if (!page || frames != 1) {
		panic("no memory for page tables");
	}
	return page_to_mfn(page);
}

void *mm_ioremap(maddr_t base, size_t len)
{
	uint64_t offset = base.a & ~PAGE_MASK;
	uint64_t size = ALIGN_UP(len + offset, PAGE_SIZE);
	unsigned long flags = spin_lock_irqsave(&ioremap_lock);
	uint64_t va = ioremap_next;

	if (va + size > IMAGE_VIRT) {
		va = 0;
	} else {
		ioremap_next += size;
		take_frames = heap_frame;
		for (uint64_t o = 0; o < size; o += PAGE_SIZE) {
			*entry_for(va + o, 1, 0) = pte_make(
				maddr_to_mfn(maddr((base.a & PAGE_MASK) + o)),
				DEVICE);
		}
	}
	spin_unlock_irqrestore(&ioremap_lock, flags);
	return va ? (void *)(va + offset) : NULL;
}

mfn_t mm_virt_to_mfn(const void *p)
{
	uint64_t va = (uint64_t)p;

	if (va >= IMAGE_VIRT && va < (uint64_t)image_end) {
		return mfn((va - IMAGE_VIRT) >> PAGE_SHIFT);
	}
	return virt_to_mfn(p);
}

void *mm_phys_to_virt(maddr_t a)
{
	return (void *)(DIRECTMAP_VIRT + a.a);
}
