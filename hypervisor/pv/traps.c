/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps from a PV guest: what the hypervisor answers itself, and the rest,
 * which goes to the guest's own handler.
 */
#include "core/guest_access.h"
#include "cpu/entry.h"
#include "cpu/trap.h"
#include "cpu/upcalls.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "pv/hypercall_entry.h"
#include "pv/pv.h"
#include "x86/insn.h"
#include "x86/percpu.h"

#define TRAP_DB	 1
#define TRAP_NMI 2
#define TRAP_BP	 3
#define TRAP_UD	 6
#define TRAP_NM	 7
#define TRAP_GP	 13
#define TRAP_PF	 14
#define TRAP_MC	 18

#define PFEC_PRESENT BIT(0)
#define PFEC_WRITE   BIT(1)
#define PFEC_RSVD    BIT(3)
#define GP_IDT	     BIT(1) /* error code: about the IDT */

#define DR6_RESET 0xffff0ff0UL

/*
 * INT n, whose gate in the real IDT has DPL 0. The vector is read from the
 * instruction: some emulators give it wrongly in the error code.
 */
static bool software_interrupt(struct vcpu *v, struct cpu_user_regs *regs)
{
	unsigned int dpl, cpl = guest_kernel_mode(v) ? 1 : 3;
	const struct pv_trap *t;
	uint8_t insn[2];

	if (guest_copy_in(insn, regs->rip, sizeof(insn)) || insn[0] != 0xcd) {
		return false;
	}
	t = &v->pv.traps[insn[1]];
	dpl = t->flags & 3;
	if (!t->address || cpl > dpl) {
		pv_bounce_trap(v, regs, TRAP_GP, insn[1] * 8u + 2);
		return true;
	}
	regs->rip += sizeof(insn);
	struct pv_event e = { .address = t->address,
			      .mask_events = t->flags & 4,
			      .what = "INT n" };
	pv_bounce(v, regs, &e);
	return true;
}

static void trap_gp(struct vcpu *v, struct cpu_user_regs *regs)
{
	if ((regs->error_code & GP_IDT) && !(regs->error_code & 1)) {
		if (software_interrupt(v, regs)) {
			return;
		}
	} else if (!regs->error_code && pv_emulate_privileged(v, regs)) {
		return;
	}
	pv_bounce_trap(v, regs, TRAP_GP, regs->error_code);
}

static void trap_nm(struct vcpu *v, struct cpu_user_regs *regs)
{
	clts();
	if (!v->pv.cr0_ts) {
		return;
	}
	/* The ABI clears TS before the guest sees the trap. */
	v->pv.cr0_ts = 0;
	pv_bounce_trap(v, regs, TRAP_NM, 0);
}

static void trap_db(struct vcpu *v, struct cpu_user_regs *regs)
{
	v->pv.dr[6] = read_dr6();
	write_dr6(DR6_RESET);
	pv_bounce_trap(v, regs, TRAP_DB, 0);
}

/* A selector beyond the guest's descriptors: the window is not mapped there. */
static bool window_fault(struct vcpu *v, struct cpu_user_regs *regs,
			 uint64_t cr2)
{
	uint64_t offset = cr2 - pv_gdt_virt(v);

	if (offset >= PERDOMAIN_PAGES_PER_VCPU * PAGE_SIZE) {
		return false;
	}
	pv_bounce_trap(v, regs, TRAP_GP,
		       offset < PERDOMAIN_LDT_PAGE * PAGE_SIZE
			       ? (uint32_t)offset & ~7u
			       : ((uint32_t)offset & 0xfff8) | 4);
	return true;
}

static void trap_pf(struct vcpu *v, struct cpu_user_regs *regs, uint64_t cr2)
{
	if (regs->error_code & PFEC_RSVD) {
		domain_crash(v->domain,
			     "reserved bit in a page table at %016lx", cr2);
		return;
	}
	if (va_is_hypervisor(cr2) && window_fault(v, regs, cr2)) {
		return;
	}
	if (guest_kernel_mode(v) && !va_is_hypervisor(cr2) &&
	    (regs->error_code & (PFEC_PRESENT | PFEC_WRITE)) ==
		    (PFEC_PRESENT | PFEC_WRITE) &&
	    pv_emulate_pte_write(v, regs, cr2)) {
		return;
	}
	pv_bounce_page_fault(v, regs, cr2, regs->error_code);
}

static void guest_exception(struct vcpu *v, struct cpu_user_regs *regs,
			    uint64_t cr2)
{
	switch (regs->entry_vector) {
	case TRAP_DB:
		trap_db(v, regs);
		break;
	case TRAP_NMI:
		log_warn("NMI while domain %u ran\n", v->domain->id);
		break;
	case TRAP_UD:
		if (!pv_emulate_forced(v, regs)) {
			pv_bounce_trap(v, regs, TRAP_UD, 0);
		}
		break;
	case TRAP_NM:
		trap_nm(v, regs);
		break;
	case TRAP_GP:
		trap_gp(v, regs);
		break;
	case TRAP_PF:
		trap_pf(v, regs, cr2);
		break;
	case TRAP_MC:
		panic("machine check");
	default:
		pv_bounce_trap(v, regs, regs->entry_vector, regs->error_code);
		break;
	}
}

void trap_from_guest(struct cpu_user_regs *regs)
{
	uint64_t cr2 = read_cr2();

	if (trap_is_interrupt(regs)) {
		interrupt_dispatch(regs);
	} else {
		irq_enable();
		guest_exception(current, regs, cr2);
	}
	guest_exit_work(regs);
}

void guest_iret_failed(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;

	irq_enable();
	if (guest_kernel_mode(v) && regs->rip == v->pv.failsafe_callback) {
		domain_crash(v->domain, "its failsafe callback cannot run");
	} else {
		pv_bounce_failsafe(v, regs);
	}
	guest_exit_work(regs);
}

void guest_syscall(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;

	irq_enable();
	if (guest_kernel_mode(v)) {
		pv_hypercall(regs);
	} else {
		struct pv_event e = { .address = v->pv.syscall_callback,
				      .mask_events = v->pv.syscall_masks_events,
				      .what = "SYSCALL" };
		pv_bounce(v, regs, &e);
	}
	guest_exit_work(regs);
}

/* In user mode to the callback; in kernel mode it is nothing the ABI has. */
static void compat_entry(struct cpu_user_regs *regs, uint64_t address,
			 bool mask, bool clear_nt, const char *what)
{
	struct vcpu *v = current;
	struct pv_event e = { .address = address,
			      .mask_events = mask,
			      .what = what };

	irq_enable();
	if (clear_nt) {
		regs->rflags &= ~RFLAGS_NT;
	}
	if (!guest_kernel_mode(v) && address) {
		pv_bounce(v, regs, &e);
	} else {
		pv_bounce_trap(v, regs, TRAP_GP, 0);
	}
	guest_exit_work(regs);
}

void guest_syscall32(struct cpu_user_regs *regs)
{
	const struct pv_vcpu *pv = &current->pv;

	compat_entry(regs, pv->syscall32_callback, pv->syscall32_masks_events,
		     pv->syscall32_clears_nt, "32-bit SYSCALL");
}

void guest_sysenter(struct cpu_user_regs *regs)
{
	const struct pv_vcpu *pv = &current->pv;

	compat_entry(regs, pv->sysenter_callback, pv->sysenter_masks_events,
		     pv->sysenter_clears_nt, "SYSENTER");
}
