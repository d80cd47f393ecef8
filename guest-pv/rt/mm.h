/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of the guest: pseudo-physical = virtual below the end of the image
 * (the builder maps it so), the p2m list, the hypervisor's read-only m2p, a
 * pool of zeroed pages inside the image, and page-table editing by hypercall.
 *
 * All page tables of the guest stay readable through the identity map, so
 * mm_pte_read() walks them as data. A page handed to the page-table code must
 * be read-only first: mm_table_new() and mm_table_free() do both halves.
 */
#ifndef RT_MM_H
#define RT_MM_H

#include "rt/types.h"

#define PTE_P	1ull
#define PTE_W	2ull
#define PTE_U	4ull
#define PTE_PWT 8ull
#define PTE_PCD 0x10ull
#define PTE_A	0x20ull
#define PTE_D	0x40ull
#define PTE_PSE 0x80ull
#define PTE_G	0x100ull
#define PTE_NX	(1ull << 63)
#define PTE_RO	(PTE_P | PTE_U | PTE_A | PTE_D)
#define PTE_RW	(PTE_RO | PTE_W)

#define PTE_ADDR_MASK 0x000ffffffffff000ull

/* An address range of 1 GiB that no one else uses, for mm_map(). */
#define MM_WINDOW 0x0000010000000000ul

void mm_init(void);

void *mm_page_alloc(void);
void mm_page_free(void *page);

unsigned long mm_l4_mfn(void);
unsigned long *mm_p2m(void);

static inline unsigned long mm_virt_to_pfn(const void *va)
{
	return (unsigned long)va >> PAGE_SHIFT;
}

unsigned long mm_virt_to_mfn(const void *va);
/* The M2P entry, whatever it says. */
unsigned long mm_mfn_to_pfn(unsigned long mfn);
void *mm_mfn_to_virt(unsigned long mfn);

/*
 * The entry that maps va in the table of that level (4 to 1), and in *maddr
 * (if wanted) its machine address; 0 where a level above is not present.
 */
uint64_t mm_pte_read(const void *va, unsigned int level, uint64_t *maddr);

/* One checked mmu_update; what the hypercall said. */
long mm_pte_write(uint64_t maddr, uint64_t val);

/* update_va_mapping with a full local invalidation of that address. */
long mm_va_set(const void *va, uint64_t pte);
long mm_page_protect(const void *page, bool writable);

/* Maps a frame at va, making tables as needed. 0 or what was refused. */
long mm_map(unsigned long va, uint64_t pte);

/* A zeroed page, read-only to us and so fit to be a page table. */
uint64_t *mm_table_new(void);
void mm_table_free(void *table);

/* mmuext_op with one frame number. */
long mm_ext_mfn(unsigned int cmd, unsigned long mfn);
long mm_pin(unsigned int level, unsigned long mfn);
long mm_unpin(unsigned long mfn);

#endif
