/* SPDX-License-Identifier: BSD-2-Clause */
/* See vcpu.h. */
#include "core/vcpu.h"

#include "core/domain.h"
#include "core/upcalls.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/pool.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

/* For vCPUs beyond those that shared_info has room for, until they register
 * theirs. Nobody reads it. */
static struct vcpu_info dummy_info;

int vcpu_create(struct domain *d, unsigned int id, struct vcpu **out)
{
	struct vcpu *v;
	int rc;

	if (id >= d->max_vcpus) {
		return ERR(-EINVAL);
	}
	if (d->vcpu[id]) {
		return ERR(-EEXIST);
	}
	v = pool_alloc(sizeof(*v));
	if (!v) {
		return ERR(-ENOMEM);
	}
	v->domain = d;
	v->id = (uint16_t)id;
	v->info = id < XEN_LEGACY_MAX_VCPUS
			  ? (struct vcpu_info *)&d->shared_info->vcpu_info[id]
			  : &dummy_info;
	v->info->evtchn_upcall_mask = 1;
	sched_vcpu_init(v);
	guest_time_vcpu_init(v);
	rc = evtchn_vcpu_init(v);
	if (!rc) {
		rc = pv_vcpu_create(v);
	}
	if (rc) {
		vcpu_destroy(v);
		return rc;
	}
	store_release(&d->vcpu[id], v);
	if (out) {
		*out = v;
	}
	return 0;
}

void vcpu_destroy(struct vcpu *v)
{
	guest_time_vcpu_destroy(v);
	sched_vcpu_destroy(v);
	pv_vcpu_destroy(v);
	evtchn_vcpu_free(v);
	pool_free(v);
}

int vcpu_register_info(struct vcpu *v, gfn_t frame, uint32_t offset)
{
	struct page_info *page = mfn_to_page(mfn(frame.n));
	struct domain *d = v->domain;
	struct vcpu_info *info;

	if (offset > PAGE_SIZE - sizeof(struct vcpu_info) ||
	    offset % sizeof(uint64_t)) {
		return ERR(-EINVAL);
	}
	if (v->info_page) {
		return ERR(-EINVAL);
	}
	if (!mfn_valid(mfn(frame.n)) || !page_get(page, d)) {
		return ERR(-EINVAL);
	}
	if (!page_get_writable_held(page, d)) {
		page_put(page);
		return ERR(-EINVAL);
	}
	info = (struct vcpu_info *)((char *)page_to_virt(page) + offset);
	if (v->info == &dummy_info) {
		memset(info, 0, sizeof(*info));
		info->evtchn_upcall_mask = 1;
	} else {
		memcpy(info, v->info, sizeof(*info));
	}
	v->info_page = page;
	smp_wmb();
	write_once(v->info, info);
	/* What came in between, in the old place, must not be lost. */
	write_once(info->evtchn_pending_sel, ~0UL);
	evtchn_mark_pending(v);
	guest_time_update(v);
	return 0;
}

void vcpu_drop_info(struct vcpu *v)
{
	struct page_info *page = v->info_page;

	if (page) {
		v->info = &dummy_info;
		v->info_page = NULL;
		page_put_writable(page);
	}
}

struct cpu_user_regs *vcpu_regs(struct vcpu *v)
{
	return v == current ? &cpu_info()->regs : &v->regs;
}
