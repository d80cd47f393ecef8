/* SPDX-License-Identifier: BSD-2-Clause */
/* mmu_update, update_va_mapping, mmuext_op: batches, preemptible between (and,
 * through v->pv.pending_put and partial tables, inside) elements. */
#include <xen/xen.h>

#include "core/domain.h"
#include "core/vcpu.h"
#include "cpu/smp.h"
#include "interface/guest_copy.h"
#include "interface/table.h"
#include "lib/string.h"
#include "mm/ftype.h"
#include "mm/upcalls.h"
#include "pv/descriptor.h"
#include "pv/mmu_update.h"
#include "pv/mmuext.h"
#include "pv/pv.h"
#include "x86/percpu.h"

/* In the count: elements before were done in an earlier go. No guest has a list
 * of 2^31. */
#define PREEMPTED (1U << 31)

/* One batch on its way. */
struct batch {
	guest_ptr_t list;
	uint32_t left, done; /* done: in all goes so far */
	guest_ptr_t done_ptr;
	size_t size;
};

static int batch_begin(struct hypercall *hc, size_t size, struct batch *b)
{
	*b = (struct batch){ .list = guest_ptr(hc->arg[0]),
			     .left = (uint32_t)hc->arg[1],
			     .done_ptr = guest_ptr(hc->arg[2]),
			     .size = size };
	if (!(b->left & PREEMPTED)) {
		return 0;
	}
	b->left &= ~PREEMPTED;
	/* The guest may have changed it; it is only reported. */
	return guest_ptr_is_null(b->done_ptr)
		       ? 0
		       : copy_from_guest(&b->done, b->done_ptr,
					 sizeof(b->done));
}

static long batch_end(struct hypercall *hc, struct batch *b, long rc)
{
	if (!guest_ptr_is_null(b->done_ptr) &&
	    copy_to_guest(b->done_ptr, &b->done, sizeof(b->done))) {
		return -EFAULT;
	}
	if (rc == -ERESTART) {
		hc->arg[0] = b->list.a;
		hc->arg[1] = b->left | PREEMPTED;
	}
	return rc;
}

/*
 * Owner of the frames named and of the tables, from the `foreigndom` word:
 * low half the frames' domain, high half the tables' domain + 1. With a
 * reference. Only a privileged domain may name others.
 */
static int owner_get(uint32_t word, struct domain **owner)
{
	domid_t id = (domid_t)word;

	*owner = NULL;
	if (word >> 16) {
		return -EOPNOTSUPP; /* tables of another domain */
	}
	if (id == DOMID_IO) {
		if (!current->domain->privileged) {
			return -EPERM;
		}
		id = DOMID_SELF; /* device frames need no owner */
	}
	if (id == DOMID_XEN) {
		return -EPERM;
	}
	if (id != DOMID_SELF && id != current->domain->id &&
	    !current->domain->privileged) {
		return -EPERM;
	}
	*owner = domain_get_by_id(id);
	return *owner ? 0 : -ESRCH;
}

union element {
	struct mmu_update update;
	struct mmuext_op ext;
};

typedef int (*element_fn)(struct vcpu *v, const union element *e,
			  struct domain *owner);

static long batch_loop(struct vcpu *v, struct batch *b, struct domain *owner,
		       element_fn fn)
{
	union element e;
	long rc = 0;

	for (bool first = true; b->left && !rc; first = false) {
		if (!first && preempt_wanted()) {
			return -ERESTART;
		}
		if (copy_from_guest(&e, b->list, b->size)) {
			return -EFAULT;
		}
		rc = fn(v, &e, owner);
		if (!rc) {
			b->list = guest_ptr_add(b->list, b->size);
			b->left--;
			b->done++;
			/* The element is done; its old table may not be. */
			rc = pv_finish_pending(v);
		}
	}
	return rc;
}

/* (list, count, where to say how many were done, foreigndom) */
static long batch_run(struct hypercall *hc, size_t size, element_fn fn)
{
	struct vcpu *v = current;
	struct domain *owner;
	struct batch b;
	long rc = pv_finish_pending(v);

	if (!rc) {
		rc = owner_get((uint32_t)hc->arg[3], &owner);
	}
	if (rc) {
		return rc;
	}
	rc = batch_begin(hc, size, &b);
	if (!rc) {
		rc = batch_loop(v, &b, owner, fn);
	}
	domain_put(owner);
	return batch_end(hc, &b, rc);
}

static int update_one(struct vcpu *v, const union element *e,
		      struct domain *owner)
{
	const struct mmu_update *u = &e->update;
	maddr_t where = maddr(u->ptr & ~7UL);

	switch (u->ptr & 7) {
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_NO_TRANSLATE:
		return mmu_update_entry(v, where, u->val, false, owner);
	case MMU_PT_UPDATE_PRESERVE_AD:
		return mmu_update_entry(v, where, u->val, true, owner);
	case MMU_MACHPHYS_UPDATE:
		return mmu_update_m2p(owner, maddr_to_mfn(where), u->val);
	}
	return -ENOSYS;
}

long do_mmu_update(struct hypercall *hc)
{
	return batch_run(hc, sizeof(struct mmu_update), update_one);
}

/* ---- update_va_mapping ---- */

/* A set of vCPUs as the guest gives it: as many words as it has vCPUs for. */
static int vcpu_bitmap(const struct domain *d, guest_ptr_t from, uint64_t *bits)
{
	size_t words = DIV_ROUND_UP(d->max_vcpus, 64);

	memset(bits, 0, MAX_VCPUS / 8);
	return copy_from_guest(bits, from, words * sizeof(*bits));
}

static long flush_after(struct vcpu *v, uint64_t va, uint64_t flags)
{
	cpumask_t mask;
	uint64_t bits[MAX_VCPUS / 64];

	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_NONE:
		return 0;
	case UVMF_TLB_FLUSH:
		va = SMP_FLUSH_ALL;
		break;
	case UVMF_INVLPG:
		break;
	default:
		return -EINVAL;
	}
	switch (flags & ~UVMF_FLUSHTYPE_MASK) {
	case UVMF_LOCAL:
		cpumask_zero(&mask);
		cpumask_set(&mask, smp_cpu_id());
		break;
	case UVMF_ALL:
		mask = v->domain->dirty_cpus;
		break;
	default:
		if (vcpu_bitmap(v->domain,
				guest_ptr(flags & ~UVMF_FLUSHTYPE_MASK),
				bits)) {
			return -EFAULT;
		}
		mmuext_vcpu_cpus(v->domain, bits, &mask);
		break;
	}
	smp_flush_tlb(&mask, va);
	return 0;
}

static long va_mapping(struct hypercall *hc, struct domain *owner)
{
	struct vcpu *v = current;
	long rc = pv_finish_pending(v);

	if (!rc) {
		rc = mmu_update_va(v, hc->arg[0], hc->arg[1], owner);
	}
	return rc ? rc : flush_after(v, hc->arg[0], hc->arg[2]);
}

long do_update_va_mapping(struct hypercall *hc)
{
	return va_mapping(hc, current->domain);
}

long do_update_va_mapping_otherdomain(struct hypercall *hc)
{
	struct domain *owner;
	long rc = owner_get((uint32_t)(uint16_t)hc->arg[3], &owner);

	if (rc) {
		return rc;
	}
	rc = va_mapping(hc, owner);
	domain_put(owner);
	return rc;
}

/* ---- mmuext_op ---- */

/* The vCPU set that an operation names by address. */
static int flush_set(struct vcpu *v, const struct mmuext_op *op,
		     cpumask_t *mask)
{
	uint64_t bits[MAX_VCPUS / 64];

	if (vcpu_bitmap(v->domain, guest_handle_ptr(op->arg2.vcpumask), bits)) {
		return -EFAULT;
	}
	mmuext_vcpu_cpus(v->domain, bits, mask);
	return 0;
}

static int mmuext_one(struct vcpu *v, const union element *e,
		      struct domain *owner)
{
	const struct mmuext_op *op = &e->ext;
	cpumask_t mask;
	int rc;

	switch (op->cmd) {
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_INVLPG_LOCAL:
		cpumask_zero(&mask);
		cpumask_set(&mask, smp_cpu_id());
		break;
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_INVLPG_MULTI:
		rc = flush_set(v, op, &mask);
		if (rc) {
			return rc;
		}
		break;
	case MMUEXT_TLB_FLUSH_ALL:
	case MMUEXT_INVLPG_ALL:
		mask = v->domain->dirty_cpus;
		break;
	case MMUEXT_SET_LDT:
		return pv_ldt_set(v, op->arg1.linear_addr, op->arg2.nr_ents);
	default:
		return mmuext_frame_op(v, op, owner);
	}
	switch (op->cmd) {
	case MMUEXT_INVLPG_LOCAL:
	case MMUEXT_INVLPG_MULTI:
	case MMUEXT_INVLPG_ALL:
		if (!va_is_hypervisor(op->arg1.linear_addr) &&
		    va_canonical(op->arg1.linear_addr)) {
			smp_flush_tlb(&mask, op->arg1.linear_addr);
		}
		break;
	default:
		smp_flush_tlb(&mask, SMP_FLUSH_ALL);
		break;
	}
	return 0;
}

long do_mmuext_op(struct hypercall *hc)
{
	return batch_run(hc, sizeof(struct mmuext_op), mmuext_one);
}
