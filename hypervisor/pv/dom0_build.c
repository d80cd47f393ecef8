/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dom0's start of day, as <xen/xen.h> draws it: kernel, [initrd], [p2m list],
 * start_info, page tables, boot stack, all mapped from virt_base on, the whole
 * rounded up to 4 MiB with at least 512 KiB to spare. A kernel that names
 * INIT_P2M has its p2m list (and the tables that map it) behind that, at an
 * address of its own; one that says MOD_START_PFN gets its initrd by frame
 * number, unmapped.
 *
 * Everything is written through the direct map; then the L4 is validated like
 * any guest's, which takes the references and checks our own work.
 */
#include "pv/dom0_build.h"

#include <xen/elfnote.h>
#include <xen/features.h>
#include <xen/xen.h>

#include "core/vcpu.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/bzimage.h"
#include "lib/decompress.h"
#include "lib/elf.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/ftype.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "pv/hypercall_entry.h"
#include "pv/pv.h"

#define SIZE_4M	   (4UL << 20)
#define SPARE	   (512UL << 10)
#define TABLE_BITS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PAGE_BITS  (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

/* All in pages and, unless named virt, pseudo-physical frame numbers. */
struct layout {
	uint64_t virt_base;
	uint64_t kernel_end;
	uint64_t initrd, initrd_pages;
	uint64_t p2m, p2m_pages;
	uint64_t start_info;
	uint64_t tables, table_count;
	uint64_t stack;
	uint64_t mapped_end; /* of the region at virt_base */
	uint64_t p2m_virt;
	uint64_t p2m_tables, p2m_table_count; /* INIT_P2M only */
	uint64_t end;
	bool p2m_apart, initrd_by_pfn;
};

struct build {
	struct domain *d;
	const struct dom0_image *image;
	struct elf_image elf;
	struct elf_xen_notes notes;
	struct layout l;
	uint64_t *frames; /* [image->pages] pfn -> mfn; the heap's */
	unsigned int frames_order;
	uint64_t next_table; /* pfn of the next unused table */
	uint64_t l4;	     /* pfn */
	void *unpacked;
	unsigned int unpacked_order;
	const char **why;
};

static unsigned int order_for(uint64_t bytes)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < bytes) {
		order++;
	}
	return order;
}

static uint64_t pages_for(uint64_t bytes)
{
	return DIV_ROUND_UP(bytes, PAGE_SIZE);
}

static void *pfn_virt(const struct build *b, uint64_t pfn)
{
	return mfn_to_virt(mfn(b->frames[pfn]));
}

/* ---- the kernel file ---- */

static int unpack(struct build *b, const struct bzimage *bz)
{
	unsigned int work_order = order_for(DECOMPRESS_WORK_SIZE);
	void *work = heap_alloc_virt(work_order, 0);
	size_t produced = 0;
	int rc;

	b->unpacked_order = order_for(bz->unpacked_len);
	b->unpacked = heap_alloc_virt(b->unpacked_order, 0);
	if (!work || !b->unpacked) {
		*b->why = "no memory to unpack the kernel";
		heap_free_virt(work, work_order);
		return -ENOMEM;
	}
	rc = decompress(bz->packed, bz->packed_len, b->unpacked,
			bz->unpacked_len, &produced, work, DECOMPRESS_WORK_SIZE,
			b->why);
	heap_free_virt(work, work_order);
	return rc ? rc : elf_open(&b->elf, b->unpacked, produced, b->why);
}

static int kernel_open(struct build *b)
{
	const struct dom0_image *i = b->image;
	struct bzimage bz;
	const char *ignored;
	int rc;

	if (!bzimage_open(&bz, i->kernel, i->kernel_len, &ignored)) {
		rc = unpack(b, &bz);
	} else {
		rc = elf_open(&b->elf, i->kernel, i->kernel_len, b->why);
	}
	if (!rc) {
		rc = elf_read_xen_notes(&b->elf, &b->notes, b->why);
	}
	/* A kernel without hypercall page makes its own SYSCALL stubs. */
	if (!rc && strncmp(b->notes.xen_version, "xen-3.0", 7)) {
		*b->why = "it has no ELF note XEN_VERSION \"xen-3.0\": not a "
			  "PV kernel";
		rc = -EINVAL;
	}
	return rc;
}

/* ---- layout ---- */

/* Pages of tables that map [virt, virt + pages) below one L4 that exists. */
static uint64_t tables_for(uint64_t virt, uint64_t pages)
{
	uint64_t n = 0, last = virt + (pages << PAGE_SHIFT) - 1;

	for (unsigned int level = 1; level < 4; level++) {
		unsigned int shift = PAGE_SHIFT + 9 * level;

		n += (last >> shift) - (virt >> shift) + 1;
	}
	return n;
}

static int kernel_extent(struct build *b, uint64_t *end)
{
	struct elf_segment seg;
	unsigned int i = 0;

	*end = 0;
	while (elf_next_load(&b->elf, &i, &seg)) {
		uint64_t start = seg.paddr - b->notes.paddr_offset;
		uint64_t last = start + seg.memsz;

		if (start > last || last > b->image->pages << PAGE_SHIFT) {
			*b->why = "the kernel does not fit into dom0_mem";
			return -ENOMEM;
		}
		if (last > *end) {
			*end = last;
		}
	}
	if (!*end) {
		*b->why = "the kernel has no loadable segment";
		return -EINVAL;
	}
	return 0;
}

static void layout_tail(struct build *b, uint64_t at)
{
	struct layout *l = &b->l;
	uint64_t end;

	l->start_info = at++;
	l->tables = at;
	/* More tables make the region larger, which may need more tables. */
	l->table_count = 1;
	for (;;) {
		uint64_t need;

		l->stack = at + l->table_count;
		end = (l->stack + 1) << PAGE_SHIFT;
		end = ALIGN_UP(end + SPARE, SIZE_4M);
		need = 1 + tables_for(l->virt_base, end >> PAGE_SHIFT);
		if (need == l->table_count) {
			break;
		}
		l->table_count = need;
	}
	l->mapped_end = end >> PAGE_SHIFT;
}

static int layout_make(struct build *b)
{
	struct layout *l = &b->l;
	uint64_t end, at;
	int rc = kernel_extent(b, &end);

	if (rc) {
		return rc;
	}
	l->virt_base = b->notes.virt_base;
	l->p2m_apart = b->notes.present & BIT(XEN_ELFNOTE_INIT_P2M);
	l->initrd_by_pfn = b->notes.mod_start_pfn;
	l->initrd_pages = pages_for(b->image->initrd_len);
	l->p2m_pages = pages_for(b->image->pages * sizeof(uint64_t));
	l->kernel_end = at = pages_for(end);
	if (!l->initrd_by_pfn) {
		l->initrd = at;
		at += l->initrd_pages;
	}
	if (!l->p2m_apart) {
		l->p2m = at;
		l->p2m_virt = l->virt_base + (at << PAGE_SHIFT);
		at += l->p2m_pages;
	}
	layout_tail(b, at);
	at = l->mapped_end;
	if (l->initrd_by_pfn) {
		l->initrd = at;
		at += l->initrd_pages;
	}
	if (l->p2m_apart) {
		l->p2m = at;
		l->p2m_virt = b->notes.init_p2m;
		l->p2m_tables = at + l->p2m_pages;
		l->p2m_table_count = tables_for(l->p2m_virt, l->p2m_pages);
		at = l->p2m_tables + l->p2m_table_count;
	}
	l->end = at;
	if (l->end > b->image->pages) {
		*b->why = "kernel and initrd do not fit into dom0_mem";
		return -ENOMEM;
	}
	return 0;
}

/* ---- memory ---- */

static int memory_fill(struct build *b)
{
	uint64_t pfn = 0, pages = b->image->pages;
	unsigned int order = HEAP_MAX_ORDER;

	b->frames_order = order_for(pages * sizeof(uint64_t));
	b->frames = heap_alloc_virt(b->frames_order, 0);
	if (!b->frames) {
		return -ENOMEM;
	}
	while (pfn < pages) {
		struct page_info *page;

		while (1UL << order > pages - pfn) {
			order--;
		}
		page = domain_alloc_pages(b->d, order, 0);
		if (!page) {
			if (!order) {
				*b->why = "not enough memory for dom0_mem";
				return -ENOMEM;
			}
			order--;
			continue;
		}
		for (uint64_t i = 0; i < 1UL << order; i++, pfn++) {
			b->frames[pfn] = page_to_mfn(page + i).n;
			m2p_set(mfn(b->frames[pfn]), pfn);
		}
	}
	return 0;
}

/* ---- contents ---- */

/* Copy to pseudo-physical byte address `to`; from NULL: zeroes. */
static void put(const struct build *b, uint64_t to, const void *from,
		uint64_t len)
{
	while (len) {
		uint64_t offset = to % PAGE_SIZE;
		uint64_t n = min(PAGE_SIZE - offset, len);
		char *page = pfn_virt(b, to >> PAGE_SHIFT);

		if (from) {
			memcpy(page + offset, from, n);
			from = (const char *)from + n;
		} else {
			memset(page + offset, 0, n);
		}
		to += n;
		len -= n;
	}
}

static int kernel_load(struct build *b)
{
	struct elf_segment seg;
	unsigned int i = 0;
	uint64_t page = b->notes.hypercall_page - b->l.virt_base;

	while (elf_next_load(&b->elf, &i, &seg)) {
		uint64_t at = seg.paddr - b->notes.paddr_offset;

		put(b, at, seg.data, seg.filesz);
		put(b, at + seg.filesz, NULL, seg.memsz - seg.filesz);
	}
	if (!(b->notes.present & BIT(XEN_ELFNOTE_HYPERCALL_PAGE))) {
		return 0;
	}
	if (page % PAGE_SIZE || page >> PAGE_SHIFT >= b->l.kernel_end) {
		*b->why = "the kernel's hypercall page is outside of it";
		return -EINVAL;
	}
	pv_hypercall_page_write(pfn_virt(b, page >> PAGE_SHIFT));
	return 0;
}

static pte_t *table_at(struct build *b, pte_t *entry)
{
	if (!pte_present(*entry)) {
		uint64_t pfn = b->next_table++;

		memset(pfn_virt(b, pfn), 0, PAGE_SIZE);
		*entry = pte_make(mfn(b->frames[pfn]), TABLE_BITS);
	}
	return mfn_to_virt(pte_mfn(*entry));
}

static void map_page(struct build *b, uint64_t virt, uint64_t pfn, bool ro)
{
	pte_t *t = pfn_virt(b, b->l4);

	for (unsigned int level = 4; level > 1; level--) {
		t = table_at(b, &t[pte_index(virt, level)]);
	}
	t[pte_index(virt, 1)] = pte_make(mfn(b->frames[pfn]),
					 ro ? PAGE_BITS & ~PTE_RW : PAGE_BITS);
}

static bool is_table(const struct layout *l, uint64_t pfn)
{
	return pfn >= l->tables && pfn < l->tables + l->table_count;
}

static void tables_make(struct build *b)
{
	struct layout *l = &b->l;

	b->l4 = b->next_table = l->tables;
	memset(pfn_virt(b, b->next_table++), 0, PAGE_SIZE);
	for (uint64_t pfn = 0; pfn < l->mapped_end; pfn++) {
		map_page(b, l->virt_base + (pfn << PAGE_SHIFT), pfn,
			 is_table(l, pfn));
	}
	BUG_ON(b->next_table > l->tables + l->table_count);
	/* Tables that were counted but not needed are plain zero pages,
	 * mapped read-only. */
	if (l->p2m_apart) {
		b->next_table = l->p2m_tables;
		for (uint64_t i = 0; i < l->p2m_pages; i++) {
			map_page(b, l->p2m_virt + (i << PAGE_SHIFT), l->p2m + i,
				 false);
		}
		BUG_ON(b->next_table > l->p2m_tables + l->p2m_table_count);
	}
}

static void start_info_make(struct build *b)
{
	struct layout *l = &b->l;
	struct start_info *si = pfn_virt(b, l->start_info);

	memset(si, 0, PAGE_SIZE);
	strlcpy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = b->image->pages;
	si->shared_info = virt_to_mfn(b->d->shared_info).n << PAGE_SHIFT;
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = l->virt_base + (l->tables << PAGE_SHIFT);
	si->nr_pt_frames = l->table_count;
	si->mfn_list = l->p2m_virt;
	if (l->p2m_apart) {
		si->first_p2m_pfn = l->p2m;
		si->nr_p2m_frames = l->p2m_pages + l->p2m_table_count;
	}
	if (b->image->initrd_len) {
		si->mod_len = b->image->initrd_len;
		si->mod_start =
			l->initrd_by_pfn
				? l->initrd
				: l->virt_base + (l->initrd << PAGE_SHIFT);
		if (l->initrd_by_pfn) {
			si->flags |= SIF_MOD_START_PFN;
		}
	}
	strlcpy((char *)si->cmd_line, b->image->cmdline, sizeof(si->cmd_line));
}

static int context_make(struct build *b)
{
	struct layout *l = &b->l;
	struct vcpu *v = b->d->vcpu[0];
	struct page_info *l4 = mfn_to_page(mfn(b->frames[b->l4]));
	int rc;

	/* Once for the pin that kernels expect, once for CR3. */
	rc = frame_get_typed(l4, PGT_L4, b->d, false);
	if (!rc) {
		atomic_fetch_or(&l4->type_info, PGT_PINNED);
		rc = frame_get_typed(l4, PGT_L4, b->d, false);
	}
	if (rc) {
		*b->why = "its first page tables do not validate";
		return rc;
	}
	v->pv.guest_table = mfn(b->frames[b->l4]);
	v->pv.cr3 = v->pv.guest_table.n << PAGE_SHIFT;
	v->pv.kernel_mode = true;
	v->regs.rip = b->notes.present & BIT(XEN_ELFNOTE_ENTRY) ? b->notes.entry
								: b->elf.entry;
	v->regs.rsp = l->virt_base + ((l->stack + 1) << PAGE_SHIFT);
	v->regs.rsi = l->virt_base + (l->start_info << PAGE_SHIFT);
	v->regs.cs = GUEST_CS64;
	v->regs.ss = GUEST_DS;
	v->regs.rflags = RFLAGS_IF | 2;
	v->is_initialised = true;
	return 0;
}

static void release(struct build *b)
{
	heap_free_virt(b->unpacked, b->unpacked_order);
	b->unpacked = NULL;
	heap_free_virt(b->frames, b->frames_order);
	b->frames = NULL;
}

static int build_steps(struct build *b)
{
	int rc = kernel_open(b);

	if (!rc) {
		rc = layout_make(b);
	}
	if (!rc) {
		rc = memory_fill(b);
	}
	if (!rc) {
		rc = kernel_load(b);
	}
	if (rc) {
		return rc;
	}
	put(b, b->l.initrd << PAGE_SHIFT, b->image->initrd,
	    b->image->initrd_len);
	put(b, b->l.p2m << PAGE_SHIFT, b->frames,
	    b->image->pages * sizeof(uint64_t));
	tables_make(b);
	start_info_make(b);
	put(b, b->l.stack << PAGE_SHIFT, NULL, PAGE_SIZE);
	b->d->shared_info->arch.max_pfn = b->image->pages;
	return context_make(b);
}

int dom0_build(struct domain *d, const struct dom0_image *image,
	       const char **why)
{
	struct build b = { .d = d, .image = image, .why = why };
	int rc;

	*why = "no memory";
	rc = build_steps(&b);
	if (!rc) {
		log_info("dom0: entry %016lx, %lu pages, p2m at %016lx\n",
			 d->vcpu[0]->regs.rip, image->pages, b.l.p2m_virt);
	}
	release(&b);
	return rc;
}
