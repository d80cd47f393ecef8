/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this page-table entry exist? The decision alone, pure: what is known
 * about entry and frame goes in, what must be held comes out. mm/ftype_table
 * takes the references.
 */
#ifndef HOSPES_MM_PTE_POLICY_H
#define HOSPES_MM_PTE_POLICY_H

#include "x86/pte.h"

enum pte_verdict {
	PTE_EMPTY, /* not present: anything may stand there */
	PTE_REFUSED,
	PTE_IO,	   /* L1: a device frame, no reference */
	PTE_READ,  /* L1: needs a general reference */
	PTE_WRITE, /* L1: needs a reference as PGT_WRITABLE too */
	PTE_TABLE, /* L2-L4: needs a reference as the next lower level */
};

/* What the machine says of the frame that the entry names. */
struct pte_frame {
	bool is_ram;	 /* has a frame-table entry */
	bool io_allowed; /* !is_ram: this domain may map the device frame */
};

/*
 * `level` 1 to 4. Refused: bits that the hardware or the ABI reserves (PSE at
 * level 2 and up: XSA-148; address bits beyond the machine), device frames that
 * the domain has no right to, tables outside RAM.
 */
enum pte_verdict pte_policy_check(pte_t e, unsigned int level,
				  struct pte_frame frame,
				  unsigned int paddr_bits);

/*
 * The entry as it is put in the table: US set, since the guest's kernel runs in
 * ring 3 as well; global cleared; RAM always cached write-back, so that nobody
 * sees contents other than what we validated (XSA-402).
 */
pte_t pte_policy_adjust(pte_t e, unsigned int level, bool is_ram);

/*
 * Whether a change from `from` to `to` touches only bits that matter to nobody
 * else, so that no reference changes hands: accessed, dirty, available, and
 * (L1) NX, cache bits. Everything not listed here is a full update (XSA-182).
 */
bool pte_policy_is_minor(pte_t from, pte_t to, unsigned int level);

#endif
