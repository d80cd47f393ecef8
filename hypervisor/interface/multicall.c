/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many hypercalls in one. Entries are copied in one by one and their results
 * written back. A call that leaves the kernel (iret) ends the list (XSA-213):
 * it takes effect, and neither its entry nor the guest's registers get a
 * result. A multicall within a multicall is refused. One that wants to go on
 * later has its arguments written back into its entry, and the list goes on
 * there.
 */
#include <xen/xen.h>

#include "core/vcpu.h"
#include "interface/guest_copy.h"
#include "interface/table.h"
#include "mm/upcalls.h"
#include "pv/callback.h"
#include "x86/percpu.h"

static struct hypercall from_entry(const struct multicall_entry *e)
{
	struct hypercall hc = { .nr = e->op };

	for (unsigned int i = 0; i < 6; i++) {
		hc.arg[i] = e->args[i];
	}
	return hc;
}

static long call_one(guest_ptr_t list, uint64_t index, bool *left)
{
	struct multicall_entry e;
	struct hypercall hc;
	long rc;

	if (copy_from_guest_at(&e, list, index, sizeof(e))) {
		return -EFAULT;
	}
	hc = from_entry(&e);
	if (hc.nr == __HYPERVISOR_iret) {
		pv_iret(vcpu_regs(current));
		*left = true;
		return 0;
	}
	rc = hc.nr == __HYPERVISOR_multicall ? -EINVAL : hypercall_call(&hc);
	if (rc == -ERESTART) {
		for (unsigned int i = 0; i < 6; i++) {
			e.args[i] = hc.arg[i];
		}
	} else {
		e.result = (xen_ulong_t)rc;
	}
	if (copy_to_guest_at(list, index, &e, sizeof(e))) {
		return -EFAULT;
	}
	return rc == -ERESTART ? rc : 0;
}

long do_multicall(struct hypercall *hc)
{
	guest_ptr_t list = guest_ptr(hc->arg[0]);
	uint64_t count = (uint32_t)hc->arg[1];

	for (uint64_t i = 0; i < count && !hc->left; i++) {
		long rc = i && preempt_wanted() ? -ERESTART
						: call_one(list, i, &hc->left);

		if (rc == -ERESTART) {
			hc->arg[0] =
				list.a + i * sizeof(struct multicall_entry);
			hc->arg[1] = count - i;
			return rc;
		}
		if (rc) {
			return rc;
		}
	}
	return 0;
}
