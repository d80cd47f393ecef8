/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sysctls about the machine's CPUs and memory, and the scheduler on them. There
 * is one NUMA node and one CPU pool, both number 0 and with everything in them.
 */
#include "core/domain.h"
#include "core/sched.h"
#include "cpu/clock.h"
#include "cpu/lapic.h"
#include "cpu/smp.h"
#include "interface/control.h"
#include "interface/guest_copy.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "x86/insn.h"

/* How an APIC id splits: thread, core, package (SDM 3A 9.9.3). */
struct apic_id_bits {
	unsigned int thread;  /* width of the thread's part */
	unsigned int package; /* where the package's part begins */
};

static unsigned int bits_for(unsigned int n)
{
	return n > 1 ? 32U - (unsigned int)__builtin_clz(n - 1) : 0;
}

/* From leaf 0xb if there is one, else leaves 1 and 4. */
static struct apic_id_bits apic_id_bits(void)
{
	struct apic_id_bits bits = { 0 };
	uint32_t max = cpuid(0, 0).eax;
	struct cpuid_regs leaf1 = cpuid(1, 0);
	unsigned int threads, cores = 1;

	if (max >= 0xb && cpuid(0xb, 0).ebx) {
		bits.thread = cpuid(0xb, 0).eax & 31;
		bits.package = cpuid(0xb, 1).eax & 31;
		bits.package = max(bits.package, bits.thread);
		return bits;
	}
	if (!(leaf1.edx & BIT(28))) {
		return bits;
	}
	threads = leaf1.ebx >> 16 & 0xff;
	if (max >= 4 && cpuid(4, 0).eax & 31) {
		cores = (cpuid(4, 0).eax >> 26) + 1;
	}
	bits.package = bits_for(threads);
	bits.thread = bits.package - min(bits.package, bits_for(cores));
	return bits;
}

int sysctl_physinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *p = &op->u.physinfo;
	struct apic_id_bits bits = apic_id_bits();
	unsigned int cpus = cpumask_weight(&cpu_online);

	memset(p, 0, sizeof(*p));
	p->threads_per_core = min(1U << bits.thread, cpus);
	p->cores_per_socket = min(1U << (bits.package - bits.thread), cpus);
	p->nr_cpus = cpus;
	p->max_cpu_id = smp_cpu_count() - 1;
	p->nr_nodes = 1;
	p->cpu_khz = (uint32_t)clock_tsc_khz;
	p->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1;
	p->total_pages = total_pages;
	p->free_pages = heap_free_pages();
	p->outstanding_pages = heap_claimed_pages();
	p->max_mfn = max_page - 1;
	cpu_policy_hw_cap(p->hw_cap, ARRAY_SIZE(p->hw_cap));
	return 0;
}

int sysctl_cputopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_cputopoinfo *a = &op->u.cputopoinfo;
	guest_ptr_t to = guest_handle_ptr(a->cputopo);
	struct apic_id_bits bits = apic_id_bits();
	unsigned int cpus = smp_cpu_count();

	for (unsigned int i = 0;
	     !guest_ptr_is_null(to) && i < cpus && i < a->num_cpus; i++) {
		uint32_t id = cpu_apic_id(i);
		struct xen_sysctl_cputopo t = {
			.socket = id >> bits.package,
			.core = (id & ((1U << bits.package) - 1)) >>
				bits.thread,
			.node = 0,
		};

		if (copy_to_guest_at(to, i, &t, sizeof(t))) {
			return -EFAULT;
		}
	}
	a->num_cpus = cpus;
	return 0;
}

int sysctl_numainfo(struct xen_sysctl *op)
{
	struct xen_sysctl_numainfo *a = &op->u.numainfo;
	guest_ptr_t mem = guest_handle_ptr(a->meminfo);
	guest_ptr_t distance = guest_handle_ptr(a->distance);
	struct xen_sysctl_meminfo info = {
		.memsize = total_pages << PAGE_SHIFT,
		.memfree = heap_free_pages() << PAGE_SHIFT,
	};
	uint32_t local = 10;

	if (a->num_nodes && !guest_ptr_is_null(mem) &&
	    copy_to_guest(mem, &info, sizeof(info))) {
		return -EFAULT;
	}
	if (a->num_nodes && !guest_ptr_is_null(distance) &&
	    copy_to_guest(distance, &local, sizeof(local))) {
		return -EFAULT;
	}
	a->num_nodes = 1;
	return 0;
}

int sysctl_getcpuinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *a = &op->u.getcpuinfo;
	guest_ptr_t to = guest_handle_ptr(a->info);
	unsigned int n = min(a->max_cpus, smp_cpu_count());

	for (unsigned int i = 0; i < n; i++) {
		struct xen_sysctl_cpuinfo info = {
			.idletime = sched_idle_time(i),
		};

		if (copy_to_guest_at(to, i, &info, sizeof(info))) {
			return -EFAULT;
		}
	}
	a->nr_cpus = n;
	return 0;
}

int sysctl_sched_id(struct xen_sysctl *op)
{
	op->u.sched_id.sched_id = CONTROL_SCHEDULER;
	return 0;
}

static int put_params(const struct xen_sysctl_scheduler_op *a)
{
	unsigned int slice, ratelimit;

	sched_get_params(&slice, &ratelimit);
	if (a->sched_id == XEN_SCHEDULER_CREDIT) {
		return sched_set_params(a->u.sched_credit.tslice_ms,
					a->u.sched_credit.ratelimit_us);
	}
	return sched_set_params(slice, a->u.sched_credit2.ratelimit_us);
}

static void get_params(struct xen_sysctl_scheduler_op *a)
{
	unsigned int slice, ratelimit;

	sched_get_params(&slice, &ratelimit);
	if (a->sched_id == XEN_SCHEDULER_CREDIT) {
		a->u.sched_credit.tslice_ms = slice;
		a->u.sched_credit.ratelimit_us = ratelimit;
		a->u.sched_credit.vcpu_migr_delay_us = 0;
	} else {
		a->u.sched_credit2.ratelimit_us = ratelimit;
	}
}

int sysctl_scheduler_op(struct xen_sysctl *op)
{
	struct xen_sysctl_scheduler_op *a = &op->u.scheduler_op;

	if (a->cpupool_id || (a->sched_id != XEN_SCHEDULER_CREDIT &&
			      a->sched_id != XEN_SCHEDULER_CREDIT2)) {
		return -EINVAL;
	}
	switch (a->cmd) {
	case XEN_SYSCTL_SCHEDOP_putinfo:
		return put_params(a);
	case XEN_SYSCTL_SCHEDOP_getinfo:
		get_params(a);
		return 0;
	default:
		return -EINVAL;
	}
}

static uint32_t count_domains(void)
{
	uint32_t n = 0;
	struct domain *d;

	for (domid_t id = 0; (d = domain_get_next(id)); n++) {
		id = (domid_t)(d->id + 1);
		domain_put(d);
	}
	return n;
}

/* The pool at or after the given number. */
static int pool_info(struct xen_sysctl_cpupool_op *a)
{
	if (a->cpupool_id && a->cpupool_id != XEN_SYSCTL_CPUPOOL_PAR_ANY) {
		return -ENOENT;
	}
	a->cpupool_id = 0;
	a->sched_id = CONTROL_SCHEDULER;
	a->n_dom = count_domains();
	return control_put_cpumask(&a->cpumap, &cpu_online);
}

int sysctl_cpupool_op(struct xen_sysctl *op)
{
	static const cpumask_t none;
	struct xen_sysctl_cpupool_op *a = &op->u.cpupool_op;
	struct domain *d;

	switch (a->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		return pool_info(a);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return control_put_cpumask(&a->cpumap, &none);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		if (a->cpupool_id) {
			return -ENOENT;
		}
		d = domain_get_by_id((domid_t)a->domid);
		if (!d) {
			return -ESRCH;
		}
		domain_put(d); /* it is there already */
		return 0;
	case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
		return a->cpupool_id ? -ENOENT : -EBUSY;
	default:
		return -EOPNOTSUPP;
	}
}
