/* SPDX-License-Identifier: BSD-2-Clause */
/* See mmuext.h. */
#include "pv/mmuext.h"

#include "core/domain.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/ftype.h"
#include "pv/pv.h"
#include "x86/atomic.h"
#include "x86/insn.h"
#include "x86/percpu.h"

void mmuext_vcpu_cpus(struct domain *d, const uint64_t *vcpus, cpumask_t *mask)
{
	struct vcpu *v;

	cpumask_zero(mask);
	for_each_vcpu(v, d) {
		int cpu = read_once(v->pv.loaded_cpu);

		if (vcpus[v->id / 64] >> v->id % 64 & 1 && cpu >= 0) {
			cpumask_set(mask, (unsigned int)cpu);
		}
	}
}

/* Pin a table: one lasting reference as its type. */
static int pin(struct domain *d, struct page_info *page, unsigned int level)
{
	uint64_t x;
	int rc = frame_get_typed(page, pgt_of_level(level), d, true);

	if (rc) {
		return rc;
	}
	x = atomic_fetch_or(&page->type_info, PGT_PINNED);
	if (x & PGT_PINNED) {
		frame_put_typed(page, d);
		return ERR(-EINVAL);
	}
	/* The domain may have begun to die and passed this frame already. */
	if (domain_is_dying(d)) {
		x = atomic_fetch_and(&page->type_info, ~PGT_PINNED);
		if (x & PGT_PINNED) {
			frame_put_typed(page, d);
		}
		return ERR(-EINVAL);
	}
	return 0;
}

static int unpin(struct vcpu *v, struct domain *d, struct page_info *page)
{
	uint64_t x = read_once(page->type_info);

	do {
		if (!(x & PGT_PINNED)) {
			return ERR(-EINVAL);
		}
	} while (!atomic_cmpxchg(&page->type_info, &x, x & ~PGT_PINNED));
	if (frame_put_typed_preemptible(page, d) == -ERESTART) {
		pv_pending_add(v, page); /* with the pin's reference */
	}
	return 0;
}

/* Give up the reference that the table in use until now stood for. */
static void drop_base(struct vcpu *v, mfn_t old)
{
	struct page_info *page = mfn_to_page(old);

	if (old.n &&
	    frame_put_typed_preemptible(page, v->domain) == -ERESTART) {
		pv_pending_add(v, page);
	}
}

int mmuext_set_kernel_base(struct vcpu *v, mfn_t m)
{
	mfn_t old = v->pv.guest_table;
	int rc;

	if (!mfn_valid(m)) {
		return ERR(-EINVAL);
	}
	if (mfn_equal(m, old)) {
		pv_load_cr3(v);
		return 0;
	}
	rc = frame_get_typed(mfn_to_page(m), PGT_L4, v->domain, true);
	if (rc) {
		return rc;
	}
	v->pv.guest_table = m;
	v->pv.cr3 = m.n << PAGE_SHIFT;
	pv_load_cr3(v);
	drop_base(v, old);
	return 0;
}

static int new_user_base(struct vcpu *v, mfn_t m)
{
	mfn_t old = v->pv.guest_table_user;
	int rc;

	if (mfn_equal(m, old)) {
		return 0;
	}
	if (m.n) {
		rc = mfn_valid(m) ? frame_get_typed(mfn_to_page(m), PGT_L4,
						    v->domain, true)
				  : -EINVAL;
		if (rc) {
			return rc;
		}
	}
	v->pv.guest_table_user = m;
	drop_base(v, old);
	return 0;
}

static int clear_frame(struct domain *d, struct page_info *page)
{
	if (!page_get_writable(page, d)) {
		return ERR(-EINVAL);
	}
	memset(page_to_virt(page), 0, PAGE_SIZE);
	page_put_writable(page);
	return 0;
}

static int copy_frame(struct domain *d, struct page_info *to, mfn_t from)
{
	struct page_info *source = mfn_to_page(from);

	if (!mfn_valid(from) || !page_get(source, d)) {
		return ERR(-EINVAL);
	}
	if (!page_get_writable(to, d)) {
		page_put(source);
		return ERR(-EINVAL);
	}
	memcpy(page_to_virt(to), page_to_virt(source), PAGE_SIZE);
	page_put_writable(to);
	page_put(source);
	return 0;
}

static int flush_cache(const struct domain *d)
{
	if (!d->privileged) {
		return ERR(-EACCES);
	}
	wbinvd();
	return 0;
}

int mmuext_frame_op(struct vcpu *v, const struct mmuext_op *op,
		    struct domain *owner)
{
	mfn_t m = mfn(op->arg1.mfn);
	struct page_info *page = mfn_to_page(m);
	bool foreign = owner != v->domain;

	switch (op->cmd) {
	case MMUEXT_NEW_USER_BASEPTR:
		return foreign ? -EPERM : new_user_base(v, m);
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL:
		return flush_cache(v->domain);
	case MMUEXT_MARK_SUPER:
	case MMUEXT_UNMARK_SUPER:
		return -EOPNOTSUPP;
	}
	if (op->cmd > MMUEXT_UNMARK_SUPER) {
		return -ENOSYS;
	}
	if (!mfn_valid(m)) {
		return ERR(-EINVAL);
	}
	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
	case MMUEXT_PIN_L2_TABLE:
	case MMUEXT_PIN_L3_TABLE:
	case MMUEXT_PIN_L4_TABLE:
		return pin(owner, page, op->cmd - MMUEXT_PIN_L1_TABLE + 1);
	case MMUEXT_UNPIN_TABLE:
		return unpin(v, owner, page);
	case MMUEXT_NEW_BASEPTR:
		return foreign ? -EPERM : mmuext_set_kernel_base(v, m);
	case MMUEXT_CLEAR_PAGE:
		return clear_frame(owner, page);
	case MMUEXT_COPY_PAGE:
		return copy_frame(owner, page, mfn(op->arg2.src_mfn));
	}
	return -ENOSYS;
}
