/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XEN_DOMCTL_*, version 0x15: control of domains, by a privileged one.
 *
 * In this order: may the caller do it at all (before any lock), is the argument
 * readable and of our version, do we have the operation, is there the domain.
 * Then its lock, if the table says so, is tried, not waited for: who holds it
 * may wait in turn for the caller's CPU to stop a vCPU. The call is repeated.
 *
 * An operation that we do not have answers -EOPNOTSUPP when it exists in Xen
 * 4.17 and -ENOSYS when not.
 */
#include "core/domain.h"
#include "core/vcpu.h"
#include "interface/control.h"
#include "interface/guest_copy.h"
#include "interface/handlers.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "x86/percpu.h"

#define LOCKED	 BIT(0) /* holds ctl_lock */
#define RESULT	 BIT(1) /* the argument has results */
#define DOMLESS	 BIT(2) /* there is no domain yet */
#define NOT_SELF BIT(3) /* a domain cannot do this to itself */

struct domctl_entry {
	domctl_fn fn; /* NULL: -EOPNOTSUPP */
	uint32_t flags;
	bool known;
};

#define OP(name, flags) [XEN_DOMCTL_##name] = { domctl_##name, (flags), true }
#define OP_NO_DEVICE(name) \
	[XEN_DOMCTL_##name] = { domctl_no_device, DOMLESS, true }
#define OP_MISSING(name) [XEN_DOMCTL_##name] = { NULL, 0, true }

static const struct domctl_entry ops[] = {
	OP(createdomain, DOMLESS | RESULT),
	OP(destroydomain, LOCKED | NOT_SELF),
	OP(pausedomain, LOCKED | NOT_SELF),
	OP(unpausedomain, LOCKED | NOT_SELF),
	OP(getdomaininfo, DOMLESS | RESULT), /* that one or the next */
	OP(setvcpuaffinity, LOCKED | RESULT),
	OP(shadow_op, LOCKED | RESULT | NOT_SELF),
	OP(max_mem, LOCKED),
	OP(setvcpucontext, LOCKED | NOT_SELF),
	OP(getvcpucontext, LOCKED | NOT_SELF),
	OP(getvcpuinfo, RESULT),
	OP(max_vcpus, LOCKED | NOT_SELF),
	OP(scheduler_op, LOCKED | RESULT),
	OP(setdomainhandle, LOCKED),
	OP(setdebugging, LOCKED | NOT_SELF),
	OP(irq_permission, LOCKED),
	OP(iomem_permission, LOCKED),
	OP(ioport_permission, LOCKED),
	OP(hypercall_init, LOCKED),
	OP(settimeoffset, LOCKED),
	OP(getvcpuaffinity, RESULT),
	OP(resumedomain, LOCKED | NOT_SELF),
	OP(set_address_size, LOCKED),
	OP(get_address_size, RESULT),
	OP(gettscinfo, RESULT),
	OP(settscinfo, LOCKED | NOT_SELF),
	OP(getpageframeinfo3, RESULT),
	OP(setnodeaffinity, LOCKED),
	OP(getnodeaffinity, RESULT),
	OP(get_cpu_policy, RESULT),
	OP(set_cpu_policy, LOCKED | RESULT),
	OP(get_paging_mempool_size, RESULT),
	OP(set_paging_mempool_size, LOCKED),
	OP_NO_DEVICE(assign_device),
	OP_NO_DEVICE(test_assign_device),
	OP_NO_DEVICE(deassign_device),
	OP_NO_DEVICE(get_device_group),
	OP_MISSING(sendtrigger),
	OP_MISSING(subscribe),
	OP_MISSING(gethvmcontext),
	OP_MISSING(sethvmcontext),
	OP_MISSING(bind_pt_irq),
	OP_MISSING(unbind_pt_irq),
	OP_MISSING(memory_mapping),
	OP_MISSING(ioport_mapping),
	OP_MISSING(set_ext_vcpucontext),
	OP_MISSING(get_ext_vcpucontext),
	OP_MISSING(set_target),
	OP_MISSING(debug_op),
	OP_MISSING(gethvmcontext_partial),
	OP_MISSING(vm_event_op),
	OP_MISSING(mem_sharing_op),
	OP_MISSING(setvcpuextstate),
	OP_MISSING(getvcpuextstate),
	OP_MISSING(set_access_required),
	OP_MISSING(audit_p2m),
	OP_MISSING(set_virq_handler),
	OP_MISSING(set_broken_page_p2m),
	OP_MISSING(cacheflush),
	OP_MISSING(get_vcpu_msrs),
	OP_MISSING(set_vcpu_msrs),
	OP_MISSING(setvnumainfo),
	OP_MISSING(psr_cmt_op),
	OP_MISSING(monitor_op),
	OP_MISSING(psr_alloc),
	OP_MISSING(soft_reset),
	OP_MISSING(vuart_op),
	OP_MISSING(vmtrace_op),
};

static int run_locked(const struct domctl_entry *entry, struct domain *d,
		      struct xen_domctl *op)
{
	int rc;

	if (!(entry->flags & LOCKED)) {
		return entry->fn(d, op);
	}
	if (!spin_trylock(&d->ctl_lock)) {
		return -ERESTART;
	}
	rc = entry->fn(d, op);
	spin_unlock(&d->ctl_lock);
	return rc;
}

static int run(const struct domctl_entry *entry, struct xen_domctl *op)
{
	struct domain *d;
	int rc;

	if (entry->flags & DOMLESS) {
		return entry->fn(NULL, op);
	}
	d = domain_get_by_id(op->domain);
	if (!d) {
		return -ESRCH;
	}
	if (entry->flags & NOT_SELF && d == current->domain) {
		rc = -EINVAL;
	} else {
		rc = run_locked(entry, d, op);
	}
	domain_put(d);
	return rc;
}

/* 0 and the entry, or why there is none. */
static int find(uint32_t cmd, const struct domctl_entry **entry)
{
	if (cmd >= XEN_DOMCTL_gdbsx_guestmemio &&
	    cmd <= XEN_DOMCTL_gdbsx_domstatus) {
		return -EOPNOTSUPP;
	}
	if (cmd >= ARRAY_SIZE(ops)) {
		return -ENOSYS;
	}
	*entry = &ops[array_index_nospec(cmd, ARRAY_SIZE(ops))];
	if (!(*entry)->fn) {
		return (*entry)->known ? -EOPNOTSUPP : -ENOSYS;
	}
	return 0;
}

long do_domctl(struct hypercall *hc)
{
	guest_ptr_t ptr = guest_ptr(hc->arg[0]);
	const struct domctl_entry *entry;
	struct xen_domctl op;
	int rc;

	if (!current->domain->privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&op, ptr, sizeof(op))) {
		return -EFAULT;
	}
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION) {
		return -EACCES;
	}
	rc = find(op.cmd, &entry);
	if (rc) {
		return rc;
	}
	rc = run(entry, &op);
	/* Failed ones have results too: how far it came, what was wrong. */
	if (entry->flags & RESULT && rc != -ERESTART &&
	    copy_to_guest(ptr, &op, sizeof(op))) {
		return -EFAULT;
	}
	return rc;
}
