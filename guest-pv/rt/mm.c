/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See mm.h. The pool lies in the image's .bss: a builder maps all of the
 * image, whereas what it maps beyond is its own affair.
 */
#include "rt/mm.h"

#include "rt/hypercall.h"
#include "rt/rt.h"
#include "rt/string.h"

#define POOL_PAGES 512

union page {
	union page *next;
	char bytes[PAGE_SIZE];
};

static union page pool[POOL_PAGES] __page_aligned;
static union page *pool_free;
static unsigned long *p2m;

void mm_init(void)
{
	unsigned int i;

	p2m = (unsigned long *)start_info->mfn_list;
	for (i = POOL_PAGES; i-- > 0;) {
		mm_page_free(&pool[i]);
	}
}

void *mm_page_alloc(void)
{
	union page *p = pool_free;

	if (!p) {
		rt_panic("page pool empty\n");
	}
	pool_free = p->next;
	return memset(p, 0, sizeof(*p));
}

void mm_page_free(void *page)
{
	union page *p = page;

	p->next = pool_free;
	pool_free = p;
}

unsigned long *mm_p2m(void)
{
	return p2m;
}

unsigned long mm_virt_to_mfn(const void *va)
{
	return p2m[mm_virt_to_pfn(va)];
}

unsigned long mm_mfn_to_pfn(unsigned long mfn)
{
	return ((unsigned long *)MACH2PHYS_VIRT_START)[mfn];
}

void *mm_mfn_to_virt(unsigned long mfn)
{
	return (void *)(mm_mfn_to_pfn(mfn) << PAGE_SHIFT);
}

unsigned long mm_l4_mfn(void)
{
	return mm_virt_to_mfn((void *)start_info->pt_base);
}

uint64_t mm_pte_read(const void *va, unsigned int level, uint64_t *maddr)
{
	const uint64_t *table = (void *)start_info->pt_base;
	unsigned int l, index;

	for (l = 4;; l--) {
		index = ((unsigned long)va >> (12 + 9 * (l - 1))) & 511;
		if (l == level) {
			break;
		}
		if (!(table[index] & PTE_P)) {
			if (maddr) {
				*maddr = 0;
			}
			return 0;
		}
		table = mm_mfn_to_virt((table[index] & PTE_ADDR_MASK) >>
				       PAGE_SHIFT);
	}
	if (maddr) {
		*maddr = mm_virt_to_mfn(table) * PAGE_SIZE + index * 8ull;
	}
	return table[index];
}

long mm_pte_write(uint64_t maddr, uint64_t val)
{
	struct mmu_update u = { .ptr = maddr | MMU_NORMAL_PT_UPDATE,
				.val = val };

	return hypercall_mmu_update(&u, 1, NULL, DOMID_SELF);
}

long mm_va_set(const void *va, uint64_t pte)
{
	return hypercall_update_va_mapping((unsigned long)va, pte,
					   UVMF_INVLPG | UVMF_ALL);
}

long mm_page_protect(const void *page, bool writable)
{
	uint64_t frame = (uint64_t)mm_virt_to_mfn(page) << PAGE_SHIFT;

	return mm_va_set(page, frame | (writable ? PTE_RW : PTE_RO));
}

uint64_t *mm_table_new(void)
{
	void *page = mm_page_alloc();
	long ret = mm_page_protect(page, false);

	if (ret) {
		rt_panic("page %p cannot be made read-only: %ld\n", page, ret);
	}
	return page;
}

void mm_table_free(void *table)
{
	long ret = mm_page_protect(table, true);

	if (ret) {
		rt_panic("page %p cannot be made writable: %ld\n", table, ret);
	}
	mm_page_free(table);
}

static long map_level(unsigned long va, unsigned int level)
{
	uint64_t entry, maddr = 0;
	uint64_t *table;

	entry = mm_pte_read((void *)va, level, &maddr);
	if (entry & PTE_P) {
		return 0;
	}
	table = mm_table_new();
	return mm_pte_write(maddr, mm_virt_to_mfn(table) * PAGE_SIZE | PTE_RW);
}

long mm_map(unsigned long va, uint64_t pte)
{
	unsigned int level;
	uint64_t maddr = 0;
	long ret;

	for (level = 4; level > 1; level--) {
		ret = map_level(va, level);
		if (ret) {
			return ret;
		}
	}
	mm_pte_read((void *)va, 1, &maddr);
	ret = mm_pte_write(maddr, pte);
	if (!ret) {
		struct mmuext_op op = { .cmd = MMUEXT_INVLPG_LOCAL,
					.arg1.linear_addr = va };

		ret = hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
	}
	return ret;
}

long mm_ext_mfn(unsigned int cmd, unsigned long mfn)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = mfn };

	return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long mm_pin(unsigned int level, unsigned long mfn)
{
	return mm_ext_mfn(MMUEXT_PIN_L1_TABLE + level - 1, mfn);
}

long mm_unpin(unsigned long mfn)
{
	return mm_ext_mfn(MMUEXT_UNPIN_TABLE, mfn);
}
