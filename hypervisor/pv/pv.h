/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pieces of a PV vCPU that the files of this folder share: modes, bouncing
 * into the guest's kernel, its tables in the per-domain window.
 */
#ifndef HOSPES_PV_PV_H
#define HOSPES_PV_PV_H

#include "core/domain.h"
#include "core/vcpu.h"
#include "x86/insn.h"
#include "x86/layout.h"
#include "x86/pte.h"

/* The per-domain window: 32 pages for each vCPU, GDT then LDT. */
#define PERDOMAIN_PAGES_PER_VCPU 32
#define PERDOMAIN_LDT_PAGE	 16

static inline uint64_t pv_gdt_virt(const struct vcpu *v)
{
	return PERDOMAIN_VIRT +
	       (uint64_t)v->id * PERDOMAIN_PAGES_PER_VCPU * PAGE_SIZE;
}

static inline uint64_t pv_ldt_virt(const struct vcpu *v)
{
	return pv_gdt_virt(v) + PERDOMAIN_LDT_PAGE * PAGE_SIZE;
}

/* Entry of the window's L1 for page `i` of v's 32. (pv/domain.c) */
pte_t *pv_window_pte(const struct vcpu *v, unsigned int i);

static inline bool guest_kernel_mode(const struct vcpu *v)
{
	return v->pv.kernel_mode;
}

/* An address that is in the hypervisor's part of the address space. */
static inline bool va_is_hypervisor(uint64_t va)
{
	return va >= HV_VIRT_START && va < HV_VIRT_END;
}

/* The range is the guest's own, whole. */
static inline bool guest_range_ok(uint64_t va, uint64_t len)
{
	uint64_t end = va + len;

	return end >= va && (end <= HV_VIRT_START || va >= HV_VIRT_END);
}

/* ---- pv/context.c ---- */

/* current goes from user to kernel mode or back: page tables and GS base. */
void pv_toggle_mode(struct vcpu *v);
/* Load v's page tables (v is current); they were changed. */
void pv_load_cr3(struct vcpu *v);
/* Load its GDT and LDT anew (v is current). */
void pv_load_descriptors(struct vcpu *v);

/* Do all that must be done before the guest of `regs` goes on; leaves
 * interrupts off. May not return (another vCPU is run). */
void guest_exit_work(struct cpu_user_regs *regs);

/* After -ERESTART of frame_put_typed_preemptible(): the general reference goes
 * to v. At most two between calls of pv_finish_pending(). (pv/domain.c) */
void pv_pending_add(struct vcpu *v, struct page_info *page);
/* Go on with v->pv.pending_put. 0 or -ERESTART. (pv/domain.c) */
int pv_finish_pending(struct vcpu *v);

/* CR0.TS and debug registers, as the hypercalls set them. (pv/emul_priv.c) */
void pv_set_ts(struct vcpu *v, bool ts);
int pv_set_debug_register(struct vcpu *v, unsigned int reg, uint64_t value);
uint64_t pv_get_debug_register(struct vcpu *v, unsigned int reg);

/* ---- pv/bounce.c ---- */

struct pv_event {
	uint64_t address; /* of the guest's handler; 0: crash the guest */
	bool mask_events;
	bool has_error_code;
	uint32_t error_code;
	const char *what; /* for the message when it cannot be delivered */
};

/* Make current's frame enter the guest's kernel at event->address. */
void pv_bounce(struct vcpu *v, struct cpu_user_regs *regs,
	       const struct pv_event *event);
/* Deliver exception `vector` through the guest's trap table. */
void pv_bounce_trap(struct vcpu *v, struct cpu_user_regs *regs,
		    unsigned int vector, uint32_t error_code);
void pv_bounce_page_fault(struct vcpu *v, struct cpu_user_regs *regs,
			  uint64_t cr2, uint32_t error_code);
/* The guest's event callback. */
void pv_bounce_upcall(struct vcpu *v, struct cpu_user_regs *regs);
void pv_bounce_failsafe(struct vcpu *v, struct cpu_user_regs *regs);

/* ---- emulation; true: done, regs are the state after it ---- */

bool pv_emulate_privileged(struct vcpu *v, struct cpu_user_regs *regs);
bool pv_emulate_forced(struct vcpu *v, struct cpu_user_regs *regs);
bool pv_emulate_pte_write(struct vcpu *v, struct cpu_user_regs *regs,
			  uint64_t cr2);

/* What a guest sees of CPUID and MSRs. (pv/cpuid.c, pv/msr.c) */
void pv_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
	      struct cpuid_regs *out);
__must_check bool pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value);
__must_check bool pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value);

#endif
