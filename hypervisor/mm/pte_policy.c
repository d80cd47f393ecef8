/* SPDX-License-Identifier: BSD-2-Clause */
/* See pte_policy.h. Entry formats: SDM 3A 4.5. */
#include "mm/pte_policy.h"

#define CACHE_BITS_L1 (PTE_PWT | PTE_PCD | PTE_PAT)

static bool has_reserved_bits(pte_t e, unsigned int level,
			      unsigned int paddr_bits)
{
	uint64_t too_high = PTE_ADDR_MASK & ~(BIT(paddr_bits) - 1);

	if (e.raw & too_high) {
		return true;
	}
	/* Superpages are not for PV guests; in an L4 the bit is reserved. */
	return level > 1 && (e.raw & PTE_PSE);
}

enum pte_verdict pte_policy_check(pte_t e, unsigned int level,
				  struct pte_frame frame,
				  unsigned int paddr_bits)
{
	if (!pte_present(e)) {
		return PTE_EMPTY;
	}
	if (has_reserved_bits(e, level, paddr_bits)) {
		return PTE_REFUSED;
	}
	if (level > 1) {
		return frame.is_ram ? PTE_TABLE : PTE_REFUSED;
	}
	if (!frame.is_ram) {
		return frame.io_allowed ? PTE_IO : PTE_REFUSED;
	}
	return e.raw & PTE_RW ? PTE_WRITE : PTE_READ;
}

pte_t pte_policy_adjust(pte_t e, unsigned int level, bool is_ram)
{
	if (!pte_present(e)) {
		return e;
	}
	e.raw |= PTE_US;
	if (level == 1) {
		e.raw &= ~PTE_G;
		if (is_ram) {
			e.raw &= ~CACHE_BITS_L1;
		}
	} else {
		e.raw &= ~(PTE_PWT | PTE_PCD);
	}
	return e;
}

bool pte_policy_is_minor(pte_t from, pte_t to, unsigned int level)
{
	uint64_t minor = PTE_A | PTE_AVAIL | PTE_AVAIL_HIGH | PTE_US;

	if (level == 1) {
		minor |= PTE_D | PTE_NX | PTE_G;
	}
	return pte_present(from) && pte_present(to) &&
	       !((from.raw ^ to.raw) & ~minor);
}
