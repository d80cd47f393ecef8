/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the guest wants to be entered: trap table, callbacks, kernel stack; and
 * its way back, iret.
 */
#include "pv/callback.h"

#include <xen/callback.h>

#include "core/guest_access.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "pv/pv.h"
#include "x86/insn.h"
#include "x86/percpu.h"

/* Handlers are the guest's business, except that we load them into RIP: a value
 * IRET would refuse must not stand there (XSA-7 and its kin). */
static bool handler_ok(uint64_t address)
{
	return va_canonical(address) && !va_is_hypervisor(address);
}

int pv_set_trap(struct vcpu *v, const struct trap_info *info)
{
	struct pv_trap *t = &v->pv.traps[info->vector];

	if (!handler_ok(info->address)) {
		return ERR(-EINVAL);
	}
	t->address = info->address;
	t->cs = info->cs;
	t->flags = info->flags & 7;
	return 0;
}

void pv_clear_traps(struct vcpu *v)
{
	memset(v->pv.traps, 0, sizeof(v->pv.traps));
}

int pv_register_callback(struct vcpu *v, unsigned int type, unsigned int flags,
			 uint64_t address)
{
	struct pv_vcpu *pv = &v->pv;
	bool mask = flags & CALLBACKF_mask_events;

	if (!handler_ok(address)) {
		return ERR(-EINVAL);
	}
	switch (type) {
	case CALLBACKTYPE_event:
		pv->event_callback = address;
		return 0;
	case CALLBACKTYPE_failsafe:
		pv->failsafe_callback = address;
		pv->failsafe_masks_events = mask;
		return 0;
	case CALLBACKTYPE_syscall:
		pv->syscall_callback = address;
		pv->syscall_masks_events = mask;
		return 0;
	case CALLBACKTYPE_syscall32:
		pv->syscall32_callback = address;
		pv->syscall32_masks_events = mask;
		return 0;
	case CALLBACKTYPE_sysenter:
		pv->sysenter_callback = address;
		pv->sysenter_masks_events = mask;
		return 0;
	case CALLBACKTYPE_nmi:
		pv->traps[2].address = address;
		pv->traps[2].cs = GUEST_CS64;
		pv->traps[2].flags = 4;
		return 0;
	}
	return ERR(-ENOSYS);
}

int pv_unregister_callback(struct vcpu *v, unsigned int type)
{
	if (type == CALLBACKTYPE_nmi) {
		v->pv.traps[2].address = 0;
		return 0;
	}
	/* The others can be changed, not taken away. */
	return type <= CALLBACKTYPE_syscall32 ? ERR(-EINVAL) : ERR(-ENOSYS);
}

int pv_stack_switch(struct vcpu *v, uint64_t ss, uint64_t sp)
{
	v->pv.kernel_ss = ss;
	v->pv.kernel_sp = sp;
	return 0;
}

/* What the iret stub pushed, lowest address first (reference/pv-abi: its own
 * form, <xen/arch-x86/xen-x86_64.h> struct iret_context). */
static bool frame_ok(const struct iret_context *f)
{
	return va_canonical(f->rip) && !va_is_hypervisor(f->rip);
}

void pv_iret(struct cpu_user_regs *regs)
{
	const uint64_t kept = RFLAGS_CF | 0xd4 /* PF AF ZF SF */ | BIT(11) |
			      RFLAGS_DF | RFLAGS_TF | RFLAGS_NT | RFLAGS_RF |
			      RFLAGS_AC | RFLAGS_ID;
	struct vcpu *v = current;
	struct iret_context f;

	if (guest_copy_in(&f, regs->rsp, sizeof(f))) {
		domain_crash(v->domain,
			     "iret: no frame at its stack pointer %016lx",
			     regs->rsp);
		return;
	}
	if ((f.cs & 3) == 3) {
		if (!v->pv.guest_table_user.n) {
			domain_crash(v->domain, "iret to user mode, but it "
						"has no user page table");
			return;
		}
		pv_toggle_mode(v);
	}
	if (!frame_ok(&f)) {
		/* As IRET would: the fault is in the mode it goes to. */
		regs->rip = f.rip;
		regs->rsp = f.rsp;
		regs->cs = GUEST_CS64;
		regs->ss = GUEST_DS;
		pv_bounce_trap(v, regs, 13, 0);
		return;
	}
	if (v->domain->vm_assist & BIT(VMASST_TYPE_architectural_iopl)) {
		v->pv.iopl = f.rflags >> 12 & 3;
	}
	regs->rip = f.rip;
	regs->cs = (uint16_t)(f.cs | 3);
	regs->rflags = (f.rflags & kept) | RFLAGS_IF | 2;
	regs->rsp = f.rsp;
	regs->ss = (uint16_t)(f.ss | 3);
	regs->rax = f.rax;
	regs->rcx = f.rcx;
	regs->r11 = f.r11;
	v->info->evtchn_upcall_mask = !(f.rflags & RFLAGS_IF);
	v->pv.nmi_masked = false;
}
