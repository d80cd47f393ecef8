/* SPDX-License-Identifier: BSD-2-Clause */
/* Page-table entries of 4-level paging (SDM 3A 4.5). */
#ifndef HOSPES_X86_PTE_H
#define HOSPES_X86_PTE_H

#include "x86/addr.h"

#define PTE_P	  BIT(0)
#define PTE_RW	  BIT(1)
#define PTE_US	  BIT(2)
#define PTE_PWT	  BIT(3)
#define PTE_PCD	  BIT(4)
#define PTE_A	  BIT(5)
#define PTE_D	  BIT(6)
#define PTE_PSE	  BIT(7) /* levels 2 and 3 */
#define PTE_PAT	  BIT(7) /* level 1 */
#define PTE_G	  BIT(8)
#define PTE_AVAIL (7UL << 9)
/* Free for the guest, bit 52 and up; the hypervisor keeps none for itself. */
#define PTE_AVAIL_HIGH (0x7ffUL << 52)
#define PTE_NX	       BIT(63)
#define PTE_ADDR_MASK  (PADDR_MASK & PAGE_MASK)

#define PTES_PER_TABLE 512

typedef struct {
	uint64_t raw;
} pte_t;

static inline pte_t pte(uint64_t raw)
{
	return (pte_t){ raw };
}

static inline pte_t pte_make(mfn_t m, uint64_t flags)
{
	return pte((m.n << PAGE_SHIFT & PTE_ADDR_MASK) | flags);
}

static inline mfn_t pte_mfn(pte_t p)
{
	return mfn((p.raw & PTE_ADDR_MASK) >> PAGE_SHIFT);
}

static inline bool pte_present(pte_t p)
{
	return p.raw & PTE_P;
}

/* Index into the table of `level` (1 to 4) that translates va. */
static inline unsigned int pte_index(uint64_t va, unsigned int level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & (PTES_PER_TABLE - 1);
}

/* Bits 63 to 47 all equal (SDM 1 3.3.7.1). */
static inline bool va_canonical(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

#endif
