/* SPDX-License-Identifier: BSD-2-Clause */
/* Domctls about vCPUs: context, state, where they run, and how much. */
#include "core/domain.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "interface/control.h"
#include "interface/guest_copy.h"
#include "lib/errno.h"
#include "mm/pool.h"
#include "pv/context_abi.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

/* ctx is the guest's context copied in, or NULL. */
static int set_context(struct domain *d, struct vcpu *v,
		       const struct vcpu_guest_context *ctx)
{
	int rc;

	domain_pause(d);
	rc = pv_vcpu_set_context(v, ctx);
	if (!rc) {
		if (!(ctx->flags & VGCF_online)) {
			vcpu_down(v);
		} else if (!vcpu_is_up(v)) {
			rc = vcpu_up(v);
		}
	}
	domain_unpause(d);
	return rc;
}

int domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
	guest_ptr_t from = guest_handle_ptr(op->u.vcpucontext.ctxt);
	struct vcpu_guest_context *ctx;
	int rc = -EFAULT;

	if (!v || domain_is_dying(d)) {
		return -EINVAL;
	}
	if (guest_ptr_is_null(from)) {
		return -EOPNOTSUPP; /* reset of a vCPU */
	}
	ctx = pool_alloc(sizeof(*ctx));
	if (!ctx) {
		return -ENOMEM;
	}
	if (!copy_from_guest(ctx, from, sizeof(*ctx))) {
		rc = set_context(d, v, ctx);
	}
	pool_free(ctx);
	return rc;
}

int domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
	guest_ptr_t to = guest_handle_ptr(op->u.vcpucontext.ctxt);
	struct vcpu_guest_context *ctx;
	int rc;

	if (!v) {
		return -ESRCH;
	}
	if (!v->is_initialised) {
		return -ENODATA;
	}
	ctx = pool_alloc(sizeof(*ctx)); /* zeroed: nothing of ours leaks */
	if (!ctx) {
		return -ENOMEM;
	}
	vcpu_pause(v);
	pv_vcpu_get_context(v, ctx);
	vcpu_unpause(v);
	rc = copy_to_guest(to, ctx, sizeof(*ctx)) ? -EFAULT : 0;
	pool_free(ctx);
	return rc;
}

int domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *info = &op->u.getvcpuinfo;
	struct vcpu *v = domain_vcpu(d, info->vcpu);

	if (!v) {
		return -ESRCH;
	}
	info->online = vcpu_is_up(v);
	info->blocked = !!(read_once(v->sched.pause_flags) & VPF_BLOCKED);
	info->running = read_once(v->sched.is_running);
	info->cpu_time = vcpu_cpu_time(v);
	info->cpu = read_once(v->sched.processor);
	return 0;
}

int domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domain_vcpu(d, a->vcpu);
	bool hard = a->flags & XEN_VCPUAFFINITY_HARD;
	bool soft = a->flags & XEN_VCPUAFFINITY_SOFT;
	cpumask_t hard_mask, soft_mask, effective;
	int rc = 0;

	if (!v) {
		return -ESRCH;
	}
	if (!hard && !soft && !(a->flags & XEN_VCPUAFFINITY_FORCE)) {
		return -EINVAL;
	}
	if ((hard && control_get_cpumask(&a->cpumap_hard, &hard_mask)) ||
	    (soft && control_get_cpumask(&a->cpumap_soft, &soft_mask))) {
		return -EFAULT;
	}
	if (a->flags & XEN_VCPUAFFINITY_FORCE) {
		rc = sched_pin(v, -1);
	}
	if (!rc && (hard || soft)) {
		rc = sched_set_affinity(v, hard ? &hard_mask : NULL,
					soft ? &soft_mask : NULL);
	}
	if (rc) {
		return rc;
	}
	cpumask_and(&effective, &v->sched.hard, &cpu_online);
	if (hard && control_put_cpumask(&a->cpumap_hard, &effective)) {
		return -EFAULT;
	}
	cpumask_and(&effective, &effective, &v->sched.soft);
	if (soft && control_put_cpumask(&a->cpumap_soft, &effective)) {
		return -EFAULT;
	}
	return 0;
}

int domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
	struct vcpu *v = domain_vcpu(d, a->vcpu);

	if (!v) {
		return -ESRCH;
	}
	if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT))) {
		return -EINVAL;
	}
	if ((a->flags & XEN_VCPUAFFINITY_HARD &&
	     control_put_cpumask(&a->cpumap_hard, &v->sched.hard)) ||
	    (a->flags & XEN_VCPUAFFINITY_SOFT &&
	     control_put_cpumask(&a->cpumap_soft, &v->sched.soft))) {
		return -EFAULT;
	}
	return 0;
}

/* credit's and credit2's parameters have the same layout and meaning. */
static_assert(sizeof(struct xen_domctl_sched_credit) ==
		      sizeof(struct xen_domctl_sched_credit2),
	      "the two are handled as one");

static int put_sched(struct domain *d, const struct xen_domctl_scheduler_op *a)
{
	uint32_t weight, cap;

	sched_get(d, &weight, &cap);
	/* Values that mean "leave it". */
	if (a->u.credit.weight) {
		weight = a->u.credit.weight;
	}
	if (a->u.credit.cap != UINT16_MAX) {
		cap = a->u.credit.cap;
	}
	return sched_adjust(d, weight, cap);
}

int domctl_scheduler_op(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_scheduler_op *a = &op->u.scheduler_op;
	uint32_t weight, cap;

	if (a->sched_id != XEN_SCHEDULER_CREDIT &&
	    a->sched_id != XEN_SCHEDULER_CREDIT2) {
		return -EINVAL;
	}
	switch (a->cmd) {
	case XEN_DOMCTL_SCHEDOP_putinfo:
		return put_sched(d, a);
	case XEN_DOMCTL_SCHEDOP_getinfo:
		sched_get(d, &weight, &cap);
		a->u.credit.weight = (uint16_t)weight;
		a->u.credit.cap = (uint16_t)cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putvcpuinfo:
	case XEN_DOMCTL_SCHEDOP_getvcpuinfo:
		return -EINVAL; /* as Xen: not for these schedulers */
	default:
		return -EINVAL;
	}
}

/* There is one node. */
int domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	uint64_t nodes;
	int rc = control_get_bitmap(&op->u.nodeaffinity.nodemap, &nodes, 64);

	(void)d;
	if (rc) {
		return rc;
	}
	return nodes & 1 ? 0 : -EINVAL;
}

int domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	static const uint64_t nodes = 1;

	(void)d;
	return control_put_bitmap(&op->u.nodeaffinity.nodemap, &nodes, 1);
}
