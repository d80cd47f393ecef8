/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_vcpu_op(cmd, vcpu, arg) and HYPERVISOR_set_timer_op(deadline):
 * what a domain does with its own vCPUs. One function for each command; each
 * copies its argument once.
 */
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/xen.h>

#include "core/domain.h"
#include "core/guest_time.h"
#include "core/sched.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "cpu/clock.h"
#include "cpu/lapic.h"
#include "debug/panic.h"
#include "drivers/acpi_tables.h"
#include "interface/guest_copy.h"
#include "interface/handlers_sched.h"
#include "lib/checked.h"
#include "mm/pool.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

static long vcpu_op_initialise(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu_guest_context *ctx = pool_alloc(sizeof(*ctx));
	struct domain *d = v->domain;
	long err;

	if (!ctx) {
		return ERR(-ENOMEM);
	}
	err = copy_from_guest(ctx, arg, sizeof(*ctx));
	if (!err && !spin_trylock(&d->ctl_lock)) {
		err = -ERESTART;
	} else if (!err) {
		err = v->is_initialised ? -EEXIST : pv_vcpu_set_context(v, ctx);
		spin_unlock(&d->ctl_lock);
	}
	pool_free(ctx);
	return err;
}

static long vcpu_op_up(struct vcpu *v, guest_ptr_t arg)
{
	(void)arg;
	return vcpu_up(v);
}

/* The last one that goes down takes the domain with it. */
static long vcpu_op_down(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu *other;

	(void)arg;
	for_each_vcpu(other, v->domain) {
		if (other != v && vcpu_is_up(other)) {
			vcpu_down(v);
			return 0;
		}
	}
	domain_shutdown(v->domain, SHUTDOWN_poweroff);
	return 0;
}

static long vcpu_op_is_up(struct vcpu *v, guest_ptr_t arg)
{
	(void)arg;
	return vcpu_is_up(v);
}

static long vcpu_op_get_runstate_info(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu_runstate_info r;

	vcpu_get_runstate(v, &r);
	return copy_to_guest(arg, &r, sizeof(r));
}

static long vcpu_op_register_runstate(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu_register_runstate_memory_area area;

	if (copy_from_guest(&area, arg, sizeof(area))) {
		return ERR(-EFAULT);
	}
	return guest_time_register_runstate(v, guest_ptr(area.addr.p));
}

static long vcpu_op_set_periodic_timer(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu_set_periodic_timer set;

	if (copy_from_guest(&set, arg, sizeof(set))) {
		return ERR(-EFAULT);
	}
	/* 0 would turn it off; more than a century would wrap. */
	if (!set.period_ns || set.period_ns > INT64_MAX / 4) {
		return ERR(-EINVAL);
	}
	return guest_time_set_periodic(v, (int64_t)set.period_ns);
}

static long vcpu_op_stop_periodic_timer(struct vcpu *v, guest_ptr_t arg)
{
	(void)arg;
	return guest_time_set_periodic(v, 0);
}

static long vcpu_op_set_singleshot_timer(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu_set_singleshot_timer set;

	if (v != current) {
		return ERR(-EINVAL);
	}
	if (copy_from_guest(&set, arg, sizeof(set))) {
		return ERR(-EFAULT);
	}
	return guest_time_set_single(v, (int64_t)set.timeout_abs_ns,
				     set.flags & VCPU_SSHOTTMR_future);
}

static long vcpu_op_stop_singleshot_timer(struct vcpu *v, guest_ptr_t arg)
{
	(void)arg;
	if (v != current) {
		return ERR(-EINVAL);
	}
	guest_time_stop_single(v);
	return 0;
}

static long vcpu_op_register_vcpu_info(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu_register_vcpu_info reg;
	struct domain *d = v->domain;
	long err;

	if (copy_from_guest(&reg, arg, sizeof(reg))) {
		return ERR(-EFAULT);
	}
	/* Under a running vCPU it would move while it is being used. */
	if (v != current && vcpu_is_up(v)) {
		return ERR(-EINVAL);
	}
	if (!spin_trylock(&d->ctl_lock)) {
		return -ERESTART;
	}
	err = vcpu_register_info(v, gfn(reg.mfn), reg.offset);
	spin_unlock(&d->ctl_lock);
	if (!err) {
		guest_time_update(v);
	}
	return err;
}

static long vcpu_op_send_nmi(struct vcpu *v, guest_ptr_t arg)
{
	(void)arg;
	if (!atomic_xchg(&v->pv.nmi_pending, true)) {
		vcpu_kick(v);
	}
	return 0;
}

/* Only where the answer stays true: a vCPU of dom0 that is tied to one CPU. */
static long vcpu_op_get_physid(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu_get_physid id;
	uint32_t apic_id;

	if (!v->domain->privileged || cpumask_weight(&v->sched.hard) != 1) {
		return ERR(-EINVAL);
	}
	apic_id = cpu_apic_id(cpumask_next(&v->sched.hard, 0));
	id.phys_id = apic_id | (uint64_t)acpi_processor_id(apic_id) << 32;
	return copy_to_guest(arg, &id, sizeof(id));
}

static long vcpu_op_register_time_area(struct vcpu *v, guest_ptr_t arg)
{
	struct vcpu_register_time_memory_area area;

	if (copy_from_guest(&area, arg, sizeof(area))) {
		return ERR(-EFAULT);
	}
	return guest_time_register_area(v, guest_ptr(area.addr.p));
}

static long (*const vcpu_ops[])(struct vcpu *v, guest_ptr_t arg) = {
	[VCPUOP_initialise] = vcpu_op_initialise,
	[VCPUOP_up] = vcpu_op_up,
	[VCPUOP_down] = vcpu_op_down,
	[VCPUOP_is_up] = vcpu_op_is_up,
	[VCPUOP_get_runstate_info] = vcpu_op_get_runstate_info,
	[VCPUOP_register_runstate_memory_area] = vcpu_op_register_runstate,
	[VCPUOP_set_periodic_timer] = vcpu_op_set_periodic_timer,
	[VCPUOP_stop_periodic_timer] = vcpu_op_stop_periodic_timer,
	[VCPUOP_set_singleshot_timer] = vcpu_op_set_singleshot_timer,
	[VCPUOP_stop_singleshot_timer] = vcpu_op_stop_singleshot_timer,
	[VCPUOP_register_vcpu_info] = vcpu_op_register_vcpu_info,
	[VCPUOP_send_nmi] = vcpu_op_send_nmi,
	[VCPUOP_get_physid] = vcpu_op_get_physid,
	[VCPUOP_register_vcpu_time_memory_area] = vcpu_op_register_time_area,
};

long do_vcpu_op(struct hypercall *hc)
{
	uint32_t cmd = (uint32_t)hc->arg[0];
	struct vcpu *v = domain_vcpu(current->domain, (uint32_t)hc->arg[1]);

	if (!v) {
		return ERR(-ENOENT);
	}
	if (cmd >= ARRAY_SIZE(vcpu_ops)) {
		return ERR(-ENOSYS);
	}
	cmd = (uint32_t)array_index_nospec(cmd, ARRAY_SIZE(vcpu_ops));
	return vcpu_ops[cmd](v, guest_ptr(hc->arg[2]));
}

long do_set_timer_op(struct hypercall *hc)
{
	int64_t deadline = (int64_t)hc->arg[0];

	if (!deadline) {
		guest_time_stop_single(current);
		return 0;
	}
	return guest_time_set_single(current, deadline, false);
}
