/* SPDX-License-Identifier: BSD-2-Clause */
/* Type references of frames; see ftype.h. */
#include "mm/ftype.h"

#include "cpu/smp.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "mm/ftype_table.h"
#include "mm/upcalls.h"
#include "x86/atomic.h"
#include "x86/insn.h"

/* Empty every TLB that may still hold the frame's old mappings. */
static void flush_old_mappings(const struct page_info *page)
{
	cpumask_t mask = cpu_online;

	tlb_filter(&mask, page->tlb_stamp);
	if (!cpumask_empty(&mask)) {
		smp_flush_tlb(&mask, SMP_FLUSH_ALL);
	}
}

static int validate(struct page_info *page, uint64_t type, struct domain *d,
		    bool preemptible)
{
	if (type == PGT_WRITABLE) {
		return 0;
	}
	if (type == PGT_SEG_DESC) {
		return segment_page_check(page_to_virt(page));
	}
	return table_validate(page, pgt_level(type), d, preemptible);
}

/* We alone hold the word (no VALIDATED, no PARTIAL): leave it in state `to`. */
static void word_release(struct page_info *page, uint64_t clear, uint64_t set)
{
	uint64_t x = read_once(page->type_info);

	while (!atomic_cmpxchg(&page->type_info, &x, (x & ~clear) | set)) {
	}
}

/* Leave a half-done table to whoever comes next. */
static int leave_partial(struct page_info *page)
{
	/* The caller holds a general reference, so this cannot fail short of
	 * 2^32 of them. */
	BUG_ON(!page_get_again(page));
	word_release(page, 0, PGT_PARTIAL);
	return -ERESTART;
}

/* The word claims `type`: make it true. */
static int claim_finish(struct page_info *page, uint64_t type, struct domain *d,
			bool preemptible)
{
	int rc = validate(page, type, d, preemptible);

	if (rc == -ERESTART) {
		return leave_partial(page);
	}
	if (rc == -EINTR) {
		/* Refused; whoever wants the frame as something else takes the
		 * rest apart. */
		(void)leave_partial(page);
		return -EINVAL;
	}
	if (rc) {
		page->tlb_stamp = tlb_clock();
		word_release(page, PGT_TYPE_MASK | PGT_COUNT_MASK, 0);
		return rc;
	}
	word_release(page, 0, PGT_VALIDATED);
	return 0;
}

int ftype_get(struct page_info *page, uint64_t type, struct domain *d,
	      bool preemptible)
{
	for (;;) {
		uint64_t next, x = read_once(page->type_info);
		enum ftype_step step;
		bool flush;
		int rc;

		step = ftype_word_get(x, type, &next, &flush);
		if (step == FTYPE_WAIT) {
			cpu_relax();
			continue;
		}
		if (step == FTYPE_BUSY && x & PGT_PARTIAL && preemptible) {
			rc = ftype_finish(page, d, preemptible);
			if (rc) {
				return rc;
			}
			continue;
		}
		if (step == FTYPE_BUSY || step == FTYPE_OVERFLOW) {
			return ERR(-EINVAL);
		}
		if (!atomic_cmpxchg(&page->type_info, &x, next)) {
			continue;
		}
		if (step == FTYPE_DONE) {
			return 0;
		}
		if (step == FTYPE_RESUME) {
			/* The partial state's own; we hold ours. */
			page_put(page);
		} else {
			page->nr_entries = 0;
		}
		if (flush) {
			flush_old_mappings(page);
		}
		return claim_finish(page, type, d, preemptible);
	}
}

/* The word is ours and the table is to go. */
static int take_apart(struct page_info *page, struct domain *d,
		      bool preemptible)
{
	uint64_t type = page_type(page);
	int rc = table_invalidate(page, pgt_level(type), d, preemptible);

	if (rc) {
		return leave_partial(page);
	}
	page->tlb_stamp = tlb_clock();
	word_release(page, PGT_COUNT_MASK, 0);
	return 0;
}

int ftype_put(struct page_info *page, struct domain *d, bool preemptible)
{
	for (;;) {
		uint64_t next, x = read_once(page->type_info);

		switch (ftype_word_put(x, &next)) {
		case FTYPE_PUT_WAIT:
			cpu_relax();
			continue;
		case FTYPE_PUT_DONE:
			BUG_ON(!(x & PGT_COUNT_MASK));
			if ((x & PGT_COUNT_MASK) == 1) {
				page->tlb_stamp = tlb_clock();
			}
			if (atomic_cmpxchg(&page->type_info, &x, next)) {
				return 0;
			}
			continue;
		case FTYPE_PUT_INVALIDATE:
			if (atomic_cmpxchg(&page->type_info, &x, next)) {
				page->nr_entries = 512;
				return take_apart(page, d, preemptible);
			}
			continue;
		}
	}
}

int ftype_finish(struct page_info *page, struct domain *d, bool preemptible)
{
	uint64_t x = read_once(page->type_info);

	do {
		if (!(x & PGT_PARTIAL)) {
			return 0;
		}
	} while (!atomic_cmpxchg(&page->type_info, &x, x & ~PGT_PARTIAL));
	/* The partial state's general reference; the caller has its own. */
	page_put(page);
	return take_apart(page, d, preemptible);
}

int frame_get_typed(struct page_info *page, uint64_t type, struct domain *d,
		    bool preemptible)
{
	int rc;

	if (!page_get(page, d)) {
		return ERR(-EINVAL);
	}
	rc = ftype_get(page, type, d, preemptible);
	if (rc) {
		page_put(page);
	}
	return rc;
}

void frame_put_typed(struct page_info *page, struct domain *d)
{
	ftype_put(page, d, false);
	page_put(page);
}

int frame_put_typed_preemptible(struct page_info *page, struct domain *d)
{
	int rc = ftype_put(page, d, true);

	if (!rc) {
		page_put(page);
	}
	return rc;
}

int frame_put_finish(struct page_info *page, struct domain *d)
{
	int rc = ftype_finish(page, d, true);

	if (!rc) {
		page_put(page);
	}
	return rc;
}

void ftype_lock(struct page_info *page)
{
	uint64_t x = read_once(page->type_info);

	for (;;) {
		x &= ~PGT_LOCKED;
		if (atomic_cmpxchg(&page->type_info, &x, x | PGT_LOCKED)) {
			return;
		}
		if (x & PGT_LOCKED) {
			cpu_relax();
		}
	}
}

void ftype_unlock(struct page_info *page)
{
	atomic_fetch_and(&page->type_info, ~PGT_LOCKED);
}

int ftype_relinquish(struct page_info *page, struct domain *d)
{
	uint64_t x = atomic_fetch_and(&page->type_info, ~PGT_PINNED);
	int rc;

	if (x & PGT_PINNED) {
		rc = frame_put_typed_preemptible(page, d);
		if (rc) {
			/* What is left is PARTIAL and found again below. */
			page_put(page);
			return rc;
		}
	}
	return ftype_finish(page, d, true);
}
