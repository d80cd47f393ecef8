/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XEN_SYSCTL_*, version 0x15: about the machine, for a privileged domain. As in
 * domctl.c, permission is checked before anything else; an operation that is
 * not there answers -EOPNOTSUPP if Xen 4.17 has it, -ENOSYS if not. No lock is
 * held across an operation.
 */
#include "core/domain.h"
#include "core/vcpu.h"
#include "debug/console_ring.h"
#include "interface/control.h"
#include "interface/guest_copy.h"
#include "interface/handlers.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "mm/heap.h"
#include "x86/percpu.h"

static int sysctl_readconsole(struct xen_sysctl *op)
{
	struct xen_sysctl_readconsole *a = &op->u.readconsole;
	guest_ptr_t to = guest_handle_ptr(a->buffer);
	uint32_t index = a->incremental ? a->index : console_ring_start();
	uint32_t done = 0;
	char buf[512];

	while (done < a->count) {
		size_t n = min((size_t)(a->count - done), sizeof(buf));

		n = console_ring_read(&index, buf, n);
		if (!n) {
			break;
		}
		if (copy_to_guest(guest_ptr_add(to, done), buf, n)) {
			return -EFAULT;
		}
		done += (uint32_t)n;
	}
	if (a->clear) {
		console_ring_clear();
	}
	a->index = index;
	a->count = done;
	return 0;
}

static int sysctl_getdomaininfolist(struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *a = &op->u.getdomaininfolist;
	guest_ptr_t to = guest_handle_ptr(a->buffer);
	uint32_t id = a->first_domain, n = 0;

	while (n < a->max_domains && id < DOMID_FIRST_RESERVED) {
		struct domain *d = domain_get_next((domid_t)id);
		struct xen_domctl_getdomaininfo info;

		if (!d) {
			break;
		}
		id = d->id + 1U;
		control_domain_info(d, &info);
		domain_put(d);
		if (copy_to_guest_at(to, n++, &info, sizeof(info))) {
			return -EFAULT;
		}
	}
	a->num_domains = n;
	return 0;
}

static int sysctl_availheap(struct xen_sysctl *op)
{
	struct xen_sysctl_availheap *a = &op->u.availheap;

	/* Not counted by address width; one node. */
	if (a->node > 0) {
		a->avail_bytes = 0;
	} else if (a->min_bitwidth ||
		   (a->max_bitwidth && a->max_bitwidth < PADDR_BITS)) {
		return -EOPNOTSUPP;
	} else {
		a->avail_bytes = heap_free_pages() << PAGE_SHIFT;
	}
	return 0;
}

static int sysctl_get_cpu_levelling_caps(struct xen_sysctl *op)
{
	op->u.cpu_levelling_caps.caps = 0; /* nothing can be masked */
	return 0;
}

struct sysctl_entry {
	sysctl_fn fn; /* NULL: -EOPNOTSUPP */
	bool known;
};

#define OP(name)	 [XEN_SYSCTL_##name] = { sysctl_##name, true }
#define OP_MISSING(name) [XEN_SYSCTL_##name] = { NULL, true }

static const struct sysctl_entry ops[] = {
	OP(readconsole),
	OP(physinfo),
	OP(sched_id),
	OP(getdomaininfolist),
	OP(getcpuinfo),
	OP(availheap),
	OP(perfc_op),
	OP(cputopoinfo),
	OP(numainfo),
	OP(cpupool_op),
	OP(scheduler_op),
	OP(get_cpu_levelling_caps),
	OP(get_cpu_featureset),
	OP(get_cpu_policy),
	OP_MISSING(tbuf_op),
	OP(debug_keys),
	OP_MISSING(get_pmstat),
	OP_MISSING(cpu_hotplug),
	OP_MISSING(pm_op),
	OP_MISSING(page_offline_op),
	OP_MISSING(lockprof_op),
	OP_MISSING(coverage_op),
	OP_MISSING(psr_cmt_op),
	OP_MISSING(pcitopoinfo),
	OP_MISSING(psr_alloc),
	OP_MISSING(livepatch_op),
};

long do_sysctl(struct hypercall *hc)
{
	guest_ptr_t ptr = guest_ptr(hc->arg[0]);
	const struct sysctl_entry *entry;
	struct xen_sysctl op;
	int rc;

	if (!current->domain->privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&op, ptr, sizeof(op))) {
		return -EFAULT;
	}
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION) {
		return -EACCES;
	}
	if (op.cmd >= ARRAY_SIZE(ops)) {
		return -ENOSYS;
	}
	entry = &ops[array_index_nospec(op.cmd, ARRAY_SIZE(ops))];
	if (!entry->fn) {
		return entry->known ? -EOPNOTSUPP : -ENOSYS;
	}
	rc = entry->fn(&op);
	/* -ENOBUFS says in the argument how much there is. */
	if ((!rc || rc == -ENOBUFS) && copy_to_guest(ptr, &op, sizeof(op))) {
		return -EFAULT;
	}
	return rc;
}
