/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frame types: what makes PV safe.
 *
 * type_info is one word: type, flags, count. Rules, all of them kept by the
 * functions here and nowhere else:
 *
 *  - The type changes only while the count is zero, and before it does, every
 *    TLB that could hold a mapping of the old kind has been flushed.
 *  - A page table counts as its type only when VALIDATED: each present entry
 * was checked and holds a reference to what it maps. While one CPU validates
 *    (count 1, not VALIDATED, not PARTIAL) others wait.
 *  - PARTIAL: (de)validation was interrupted. Entries [0, nr_entries) hold
 *    references, the rest do not. The state itself owns one type count and
 *    one general reference; whoever goes on, forward or back, takes these over.
 *  - A frame mapped writable (PGT_WRITABLE, count > 0) is no page table; so a
 *    guest can never write to a page-table frame but through us.
 *
 * Worked example. A guest pins L4 frame A: the word goes from (none, 0) to
 * (L4, 1); for entry 0 the L3 frame B goes from (writable, 0) to (L3, 1), and
 * so down. With all 512 entries done, VALIDATED is set in A. Should a softirq
 * be waiting after entry 7, A becomes (L4, 1, PARTIAL) with nr_entries 8; the
 * repeated hypercall finds it and goes on at entry 8. Should the domain die
 * instead, entries 7..0 are put, and A is (none, 0) again.
 */
#ifndef HOSPES_MM_FTYPE_H
#define HOSPES_MM_FTYPE_H

#include "mm/frame.h"

#define PGT_NONE      (0UL << 60)
#define PGT_L1	      (1UL << 60)
#define PGT_L2	      (2UL << 60)
#define PGT_L3	      (3UL << 60)
#define PGT_L4	      (4UL << 60)
#define PGT_SEG_DESC  (5UL << 60)
#define PGT_WRITABLE  (7UL << 60)
#define PGT_TYPE_MASK (7UL << 60)

#define PGT_VALIDATED  BIT(59)
#define PGT_PINNED     BIT(58) /* holds one count by MMUEXT_PIN_* */
#define PGT_PARTIAL    BIT(57)
#define PGT_LOCKED     BIT(56) /* an entry is being changed: ftype_lock() */
#define PGT_COUNT_MASK (BIT(32) - 1)

static inline uint64_t pgt_of_level(unsigned int level)
{
	return (uint64_t)level << 60;
}

static inline unsigned int pgt_level(uint64_t type)
{
	unsigned int n = (unsigned int)((type & PGT_TYPE_MASK) >> 60);

	return n <= 4 ? n : 0;
}

static inline bool pgt_is_table(uint64_t type)
{
	return pgt_level(type) != 0;
}

/* ---- the word: pure transitions (ftype_word.c) ---- */

enum ftype_step {
	FTYPE_DONE,	/* *next is the new word; nothing else to do */
	FTYPE_VALIDATE, /* *next claims the type; then validate */
	FTYPE_RESUME,	/* *next takes over a partial validation */
	FTYPE_WAIT,	/* somebody is validating: read the word again */
	FTYPE_BUSY,	/* in use as another type: refuse */
	FTYPE_OVERFLOW, /* the count is at its limit: refuse */
};

/* What taking a reference as `type` means for the word x. *flush: the type
 * changes, so old mappings must leave the TLBs before it is used. */
enum ftype_step ftype_word_get(uint64_t x, uint64_t type, uint64_t *next,
			       bool *flush);

enum ftype_put_step {
	FTYPE_PUT_DONE,
	FTYPE_PUT_INVALIDATE, /* *next: last reference, take the table apart */
	FTYPE_PUT_WAIT,
};

/* What dropping one means. */
enum ftype_put_step ftype_word_put(uint64_t x, uint64_t *next);

/* Every descriptor in a page is one that a guest may have: 0 or -EINVAL.
 * (mm/segment.c) */
int segment_page_check(const void *page);

/* ---- frames ---- */

/*
 * Take a type reference; the caller holds a general reference, which it keeps
 * for as long as the type reference. 0; -EINVAL: of another type, or a table
 * that does not validate; -ERESTART: only if `preemptible`, call again.
 */
__must_check int ftype_get(struct page_info *page, uint64_t type,
			   struct domain *d, bool preemptible);

/*
 * Drop one. 0, or -ERESTART if preemptible: the type reference is gone, but the
 * table is only partly taken apart. Keep the general reference and call
 * ftype_finish() until it says 0.
 */
int ftype_put(struct page_info *page, struct domain *d, bool preemptible);

/* Take a PARTIAL table apart; nothing to do when it is not. 0 or -ERESTART. */
int ftype_finish(struct page_info *page, struct domain *d, bool preemptible);

/* Both references at once: general, from owner d, and type. */
__must_check int frame_get_typed(struct page_info *page, uint64_t type,
				 struct domain *d, bool preemptible);
void frame_put_typed(struct page_info *page, struct domain *d);
/* -ERESTART: call frame_put_finish() until 0; it drops the general one. */
int frame_put_typed_preemptible(struct page_info *page, struct domain *d);
int frame_put_finish(struct page_info *page, struct domain *d);

/* Serialise changes of a table's entries. RANK_PAGETABLE. */
void ftype_lock(struct page_info *page);
void ftype_unlock(struct page_info *page);

/*
 * A dying domain's frame: drop the pin, and take a half-validated table apart.
 * 0 or -ERESTART.
 */
int ftype_relinquish(struct page_info *page, struct domain *d);

#endif
