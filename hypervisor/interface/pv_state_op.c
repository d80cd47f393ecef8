/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls that set up a PV vCPU: traps, callbacks, stacks, descriptor
 * tables, segment bases, FPU and debug registers. */
#include <xen/callback.h>
#include <xen/xen.h>

#include "core/domain.h"
#include "core/vcpu.h"
#include "interface/guest_copy.h"
#include "interface/table.h"
#include "lib/string.h"
#include "pv/callback.h"
#include "pv/descriptor.h"
#include "pv/pv.h"
#include "x86/msr_index.h"
#include "x86/percpu.h"
#include "x86/uaccess.h"

long do_set_trap_table(struct hypercall *hc)
{
	guest_ptr_t list = guest_ptr(hc->arg[0]);
	struct trap_info info;

	if (guest_ptr_is_null(list)) {
		pv_clear_traps(current);
		return 0;
	}
	/* 256 vectors: the list ends at its first empty entry. */
	for (unsigned int i = 0; i < 256; i++) {
		int rc;

		if (copy_from_guest_at(&info, list, i, sizeof(info))) {
			return -EFAULT;
		}
		if (!info.address) {
			break;
		}
		rc = pv_set_trap(current, &info);
		if (rc) {
			return rc;
		}
	}
	return 0;
}

long do_set_gdt(struct hypercall *hc)
{
	unsigned int entries = (unsigned int)hc->arg[1];
	unsigned int n = DIV_ROUND_UP(entries, 512u);
	uint64_t frames[PV_GDT_FRAMES];

	if (n > PV_GDT_FRAMES || entries > 512 * PV_GDT_FRAMES) {
		return -EINVAL;
	}
	if (copy_from_guest(frames, guest_ptr(hc->arg[0]),
			    n * sizeof(frames[0]))) {
		return -EFAULT;
	}
	return pv_gdt_set(current, frames, entries);
}

long do_update_descriptor(struct hypercall *hc)
{
	return pv_descriptor_update(current->domain, maddr(hc->arg[0]),
				    hc->arg[1]);
}

long do_stack_switch(struct hypercall *hc)
{
	return pv_stack_switch(current, hc->arg[0], hc->arg[1]);
}

long do_set_callbacks(struct hypercall *hc)
{
	static const unsigned int types[3] = { CALLBACKTYPE_event,
					       CALLBACKTYPE_failsafe,
					       CALLBACKTYPE_syscall };
	int rc = 0;

	for (unsigned int i = 0; i < 3 && !rc; i++) {
		rc = pv_register_callback(current, types[i], 0, hc->arg[i]);
	}
	return rc;
}

long do_callback_op(struct hypercall *hc)
{
	guest_ptr_t arg = guest_ptr(hc->arg[1]);
	struct callback_register reg;
	struct callback_unregister unreg;

	switch ((uint32_t)hc->arg[0]) {
	case CALLBACKOP_register:
		if (copy_from_guest(&reg, arg, sizeof(reg))) {
			return -EFAULT;
		}
		return pv_register_callback(current, reg.type, reg.flags,
					    reg.address);
	case CALLBACKOP_unregister:
		if (copy_from_guest(&unreg, arg, sizeof(unreg))) {
			return -EFAULT;
		}
		return pv_unregister_callback(current, unreg.type);
	}
	return -ENOSYS;
}

long do_fpu_taskswitch(struct hypercall *hc)
{
	pv_set_ts(current, hc->arg[0] & 1);
	return 0;
}

long do_set_debugreg(struct hypercall *hc)
{
	return pv_set_debug_register(current, (unsigned int)hc->arg[0],
				     hc->arg[1]);
}

long do_get_debugreg(struct hypercall *hc)
{
	unsigned int reg = (unsigned int)hc->arg[0];

	if (reg > 7) {
		return -ENODEV;
	}
	return (long)pv_get_debug_register(current, reg);
}

/* The user mode GS selector: its base must not disturb the kernel's own. */
static long set_user_gs_selector(struct vcpu *v, uint64_t sel)
{
	uint64_t kernel_base = rdmsr(MSR_GS_BASE);
	int rc = segment_load_gs((uint16_t)(sel | 3));

	v->pv.gs_base_other = rdmsr(MSR_GS_BASE);
	wrmsr(MSR_GS_BASE, kernel_base);
	return rc ? -EINVAL : 0;
}

long do_set_segment_base(struct hypercall *hc)
{
	struct vcpu *v = current;
	uint64_t base = hc->arg[1];

	if (hc->arg[0] != SEGBASE_GS_USER_SEL && !va_canonical(base)) {
		return -EINVAL;
	}
	switch ((uint32_t)hc->arg[0]) {
	case SEGBASE_FS:
		wrmsr(MSR_FS_BASE, base);
		return 0;
	case SEGBASE_GS_USER:
		v->pv.gs_base_other = base;
		return 0;
	case SEGBASE_GS_KERNEL:
		wrmsr(MSR_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER_SEL:
		return set_user_gs_selector(v, base);
	}
	return -EINVAL;
}
