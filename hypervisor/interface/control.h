/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of domctl and sysctl share.
 *
 * A domctl operation runs with a reference to its domain. The table in domctl.c
 * says of each whether it also holds domain.ctl_lock (RANK_DOMCTL): then no
 * other control operation changes the same domain meanwhile. It returns 0, an
 * error, or -ERESTART to be called again with the same arguments.
 */
#ifndef HOSPES_INTERFACE_CONTROL_H
#define HOSPES_INTERFACE_CONTROL_H

#include "lib/types.h"

#include <xen/domctl.h>
#include <xen/sysctl.h>

#include "x86/cpumask.h"

struct domain;
struct vcpu;

typedef int (*domctl_fn)(struct domain *d, struct xen_domctl *op);
typedef int (*sysctl_fn)(struct xen_sysctl *op);

/* domctl_life.c */
int domctl_createdomain(struct domain *unused, struct xen_domctl *op);
int domctl_destroydomain(struct domain *d, struct xen_domctl *op);
int domctl_pausedomain(struct domain *d, struct xen_domctl *op);
int domctl_unpausedomain(struct domain *d, struct xen_domctl *op);
int domctl_resumedomain(struct domain *d, struct xen_domctl *op);
int domctl_getdomaininfo(struct domain *unused, struct xen_domctl *op);
int domctl_max_mem(struct domain *d, struct xen_domctl *op);
int domctl_max_vcpus(struct domain *d, struct xen_domctl *op);
int domctl_setdomainhandle(struct domain *d, struct xen_domctl *op);
int domctl_setdebugging(struct domain *d, struct xen_domctl *op);
int domctl_settimeoffset(struct domain *d, struct xen_domctl *op);
int domctl_settscinfo(struct domain *d, struct xen_domctl *op);
int domctl_gettscinfo(struct domain *d, struct xen_domctl *op);

/* domctl_vcpu.c */
int domctl_setvcpucontext(struct domain *d, struct xen_domctl *op);
int domctl_getvcpucontext(struct domain *d, struct xen_domctl *op);
int domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op);
int domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op);
int domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op);
int domctl_scheduler_op(struct domain *d, struct xen_domctl *op);
int domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op);
int domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op);

/* domctl_memory.c */
int domctl_hypercall_init(struct domain *d, struct xen_domctl *op);
int domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op);
int domctl_set_address_size(struct domain *d, struct xen_domctl *op);
int domctl_get_address_size(struct domain *d, struct xen_domctl *op);
int domctl_shadow_op(struct domain *d, struct xen_domctl *op);
int domctl_set_paging_mempool_size(struct domain *d, struct xen_domctl *op);
int domctl_get_paging_mempool_size(struct domain *d, struct xen_domctl *op);

/* domctl_device.c */
int domctl_irq_permission(struct domain *d, struct xen_domctl *op);
int domctl_iomem_permission(struct domain *d, struct xen_domctl *op);
int domctl_ioport_permission(struct domain *d, struct xen_domctl *op);
int domctl_no_device(struct domain *d, struct xen_domctl *op);

/* cpu_policy.c */
int domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op);
int domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op);
int sysctl_get_cpu_policy(struct xen_sysctl *op);
int sysctl_get_cpu_featureset(struct xen_sysctl *op);
/* Feature words of the host in the order of physinfo's hw_cap. */
void cpu_policy_hw_cap(uint32_t *words, unsigned int n);

/* sysctl_cpu.c */
int sysctl_physinfo(struct xen_sysctl *op);
int sysctl_cputopoinfo(struct xen_sysctl *op);
int sysctl_numainfo(struct xen_sysctl *op);
int sysctl_getcpuinfo(struct xen_sysctl *op);
int sysctl_sched_id(struct xen_sysctl *op);
int sysctl_scheduler_op(struct xen_sysctl *op);
int sysctl_cpupool_op(struct xen_sysctl *op);

/* debug_keys.c */
int sysctl_debug_keys(struct xen_sysctl *op);

/* sysctl_count.c */
int sysctl_perfc_op(struct xen_sysctl *op);

/* control.c */

/* What getdomaininfo tells of a domain. */
void control_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *i);

/* Sets of CPUs (or nodes) as the ABI has them; what is beyond nr_bits is cut
 * off, what is beyond ours reads as zero. -EFAULT. */
int control_put_bitmap(const struct xenctl_bitmap *to, const uint64_t *bits,
		       unsigned int nbits);
int control_get_bitmap(const struct xenctl_bitmap *from, uint64_t *bits,
		       unsigned int nbits);
int control_put_cpumask(const struct xenctl_bitmap *to, const cpumask_t *mask);
int control_get_cpumask(const struct xenctl_bitmap *from, cpumask_t *mask);

/* The scheduler that we call ourselves. */
#define CONTROL_SCHEDULER XEN_SCHEDULER_CREDIT2

#endif
