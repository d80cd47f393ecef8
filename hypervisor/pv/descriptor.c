/* SPDX-License-Identifier: BSD-2-Clause */
/* See descriptor.h. */
#include "pv/descriptor.h"

#include "debug/panic.h"
#include "lib/errno.h"
#include "mm/ftype.h"
#include "mm/segment.h"
#include "pv/guest_walk.h"
#include "pv/pv.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

#define ENTRIES_PER_FRAME 512
#define GDT_ENTRIES_MAX	  (PV_GDT_FRAMES * ENTRIES_PER_FRAME)
#define LDT_ENTRIES_MAX	  (PV_LDT_FRAMES * ENTRIES_PER_FRAME)

#define WINDOW_DATA (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)

static void put_frames(struct domain *d, const mfn_t *frames, unsigned int n)
{
	while (n > 0) {
		frame_put_typed(mfn_to_page(frames[--n]), d);
	}
}

static int get_frame(struct domain *d, mfn_t m)
{
	if (!mfn_valid(m)) {
		return ERR(-EINVAL);
	}
	return frame_get_typed(mfn_to_page(m), PGT_SEG_DESC, d, false);
}

void pv_gdt_drop(struct vcpu *v)
{
	unsigned int n = DIV_ROUND_UP(v->pv.gdt_entries, ENTRIES_PER_FRAME);

	for (unsigned int i = 0; i < PV_GDT_FRAMES; i++) {
		*pv_window_pte(v, i) = pte(0);
	}
	put_frames(v->domain, v->pv.gdt_frames, n);
	v->pv.gdt_entries = 0;
}

int pv_gdt_set(struct vcpu *v, const uint64_t *frames, unsigned int entries)
{
	unsigned int n = DIV_ROUND_UP(entries, ENTRIES_PER_FRAME);
	mfn_t taken[PV_GDT_FRAMES];
	int rc;

	if (entries > GDT_ENTRIES_MAX) {
		return ERR(-EINVAL);
	}
	for (unsigned int i = 0; i < n; i++) {
		taken[i] = mfn(frames[i]);
		rc = get_frame(v->domain, taken[i]);
		if (rc) {
			put_frames(v->domain, taken, i);
			return rc;
		}
	}
	pv_gdt_drop(v);
	for (unsigned int i = 0; i < n; i++) {
		v->pv.gdt_frames[i] = taken[i];
		*pv_window_pte(v, i) = pte_make(taken[i], WINDOW_DATA);
	}
	v->pv.gdt_entries = entries;
	if (v == current) {
		pv_load_cr3(v);
	}
	return 0;
}

void pv_ldt_drop(struct vcpu *v)
{
	for (unsigned int i = 0; i < PV_LDT_FRAMES; i++) {
		*pv_window_pte(v, PERDOMAIN_LDT_PAGE + i) = pte(0);
	}
	put_frames(v->domain, v->pv.ldt_frames, v->pv.ldt_frame_count);
	v->pv.ldt_frame_count = 0;
	v->pv.ldt_entries = 0;
}

int pv_ldt_set(struct vcpu *v, uint64_t base, unsigned int entries)
{
	unsigned int n = DIV_ROUND_UP(entries, ENTRIES_PER_FRAME);
	mfn_t taken[PV_LDT_FRAMES];
	pte_t e;
	int rc = 0;

	if (entries > LDT_ENTRIES_MAX || base % PAGE_SIZE ||
	    !guest_range_ok(base, n * PAGE_SIZE)) {
		return ERR(-EINVAL);
	}
	for (unsigned int i = 0; i < n; i++) {
		if (!guest_walk(v, base + i * PAGE_SIZE, &e)) {
			rc = -EINVAL;
		} else {
			taken[i] = pte_mfn(e);
			rc = get_frame(v->domain, taken[i]);
		}
		if (rc) {
			put_frames(v->domain, taken, i);
			return rc;
		}
	}
	pv_ldt_drop(v);
	for (unsigned int i = 0; i < n; i++) {
		v->pv.ldt_frames[i] = taken[i];
		*pv_window_pte(v, PERDOMAIN_LDT_PAGE + i) =
			pte_make(taken[i], WINDOW_DATA);
	}
	v->pv.ldt_frame_count = n;
	v->pv.ldt_base = base;
	v->pv.ldt_entries = entries;
	pv_load_cr3(v);
	pv_load_descriptors(v);
	return 0;
}

int pv_descriptor_update(struct domain *d, maddr_t where, uint64_t desc)
{
	mfn_t m = maddr_to_mfn(where);
	struct page_info *page = mfn_to_page(m);
	uint64_t *slot;
	int rc;

	if (where.a % sizeof(uint64_t) || !mfn_valid(m) ||
	    !segment_descriptor_ok(&desc) || !page_get(page, d)) {
		return ERR(-EINVAL);
	}
	/* As what it is: a table that is in use, or a page it may write. */
	rc = ftype_get(page,
		       (page_type(page) & PGT_TYPE_MASK) == PGT_SEG_DESC
			       ? PGT_SEG_DESC
			       : PGT_WRITABLE,
		       d, false);
	if (!rc) {
		slot = (uint64_t *)((char *)page_to_virt(page) +
				    where.a % PAGE_SIZE);
		write_once(*slot, desc);
		ftype_put(page, d, false);
	}
	page_put(page);
	return rc;
}
