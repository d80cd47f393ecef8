/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching between vCPUs, and between a guest's kernel and user mode.
 *
 * A vCPU's state is either in memory (struct vcpu) or loaded on one CPU: its
 * frame at the top of that CPU's stack, its segments, page tables and extended
 * state in the registers. Going idle does not unload it, so that coming back to
 * the same vCPU costs nothing. `loaded_vcpu` of a CPU and `pv.loaded_cpu` of
 * the vCPU say so; both change on that CPU only, interrupts off.
 *
 * SYSCALL's way in needs MSR_KERNEL_GS_BASE for itself (cpu/entry.S), so the
 * guest's other GS base is kept in memory.
 */
#include "core/guest_time.h"
#include "core/idle.h"
#include "core/sched.h"
#include "core/softirq.h"
#include "core/upcalls.h"
#include "cpu/descriptors.h"
#include "cpu/entry.h"
#include "cpu/lapic.h"
#include "cpu/smp.h"
#include "cpu/xstate.h"
#include "debug/panic.h"
#include "lib/string.h"
#include "mm/paging.h"
#include "pv/pv.h"
#include "x86/insn.h"
#include "x86/msr_index.h"
#include "x86/percpu.h"
#include "x86/uaccess.h"

static PERCPU_DATA struct vcpu *loaded_vcpu;

#define CR0_TS	BIT(3)
#define CR4_TSD BIT(2)

static void load_cr3(uint64_t cr3)
{
	uint64_t began = tlb_flush_begin();

	write_cr3(cr3);
	tlb_flush_done(began);
}

void pv_load_cr3(struct vcpu *v)
{
	load_cr3(v->pv.cr3);
}

void pv_load_descriptors(struct vcpu *v)
{
	/* Page 14 of the GDT is this CPU's own. */
	*pv_window_pte(v, PV_GDT_FRAMES) = pte_make(
		gdt_page_mfn(), PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX);
	gdt_load_guest(pv_gdt_virt(v));
	ldt_load(pv_ldt_virt(v), v->pv.ldt_entries);
}

static void save_segments(struct pv_vcpu *pv)
{
	pv->ds = read_ds();
	pv->es = read_es();
	pv->fs = read_fs();
	pv->gs = read_gs();
	pv->fs_base = rdmsr(MSR_FS_BASE);
	pv->gs_base = rdmsr(MSR_GS_BASE);
}

static void load_segments(struct vcpu *v)
{
	struct pv_vcpu *pv = &v->pv;
	int bad = 0;

	bad |= segment_load_ds(pv->ds);
	bad |= segment_load_es(pv->es);
	bad |= segment_load_fs(pv->fs);
	bad |= segment_load_gs(pv->gs);
	/* A refused selector becomes null; the guest's kernel sees that when
	 * it looks. The bases are what it set. */
	(void)bad;
	wrmsr(MSR_FS_BASE, pv->fs_base);
	wrmsr(MSR_GS_BASE, pv->gs_base);
}

static void load_control(struct vcpu *v)
{
	uint64_t cr0 = read_cr0() & ~CR0_TS;
	uint64_t cr4 = read_cr4() & ~CR4_TSD;

	write_cr0(cr0 | (v->pv.cr0_ts ? CR0_TS : 0));
	write_cr4(cr4 | (v->pv.cr4 & CR4_TSD));
	write_dr7(0);
	if (v->pv.dr[7] & 0xff) {
		write_dr0(v->pv.dr[0]);
		write_dr1(v->pv.dr[1]);
		write_dr2(v->pv.dr[2]);
		write_dr3(v->pv.dr[3]);
		write_dr6(v->pv.dr[6]);
		write_dr7(v->pv.dr[7]);
	}
}

/* Out of the registers, into memory. Interrupts off. */
static void unload(struct vcpu *v)
{
	unsigned int cpu = smp_cpu_id();

	v->regs = cpu_info()->regs;
	save_segments(&v->pv);
	clts();
	xstate_save(v->pv.xstate, v->pv.xcr0);
	write_dr7(0);
	this_cpu(loaded_vcpu) = NULL;
	cpumask_clear_atomic(&v->domain->dirty_cpus, cpu);
	store_release(&v->pv.loaded_cpu, -1);
}

static void load(struct vcpu *v)
{
	unsigned int cpu = smp_cpu_id();

	cpumask_set_atomic(&v->domain->dirty_cpus, cpu);
	cpu_info()->regs = v->regs;
	pv_load_cr3(v);
	pv_load_descriptors(v);
	load_segments(v);
	clts();
	xstate_restore(v->pv.xstate, v->pv.xcr0);
	load_control(v);
	this_cpu(loaded_vcpu) = v;
	v->pv.loaded_cpu = (int)cpu;
}

/* Leave a guest's page tables and descriptor tables. */
static void load_idle(void)
{
	int bad = 0;

	gdt_load_idle();
	ldt_load(0, 0);
	/* The null selector is never refused. */
	bad |= segment_load_ds(0);
	bad |= segment_load_es(0);
	bad |= segment_load_fs(0);
	bad |= segment_load_gs(0);
	(void)bad;
	load_cr3(idle_l4_mfn.n << PAGE_SHIFT);
}

static void sync_here(void *data)
{
	struct vcpu *v = data;

	if (this_cpu(loaded_vcpu) == v && current != v) {
		unload(v);
		load_idle();
	}
}

void context_sync(struct vcpu *v)
{
	int cpu = load_acquire(&v->pv.loaded_cpu);
	cpumask_t mask;

	if (cpu < 0) {
		return;
	}
	cpumask_zero(&mask);
	cpumask_set(&mask, (unsigned int)cpu);
	smp_call(&mask, sync_here, v);
}

/* Empty stack, interrupts in any state: run the guest at its top. */
static void resume_guest(void)
{
	guest_exit_work(&cpu_info()->regs);
	guest_enter();
}

__noreturn void context_switch(struct vcpu *prev, struct vcpu *next)
{
	struct vcpu *loaded;

	if (!vcpu_is_idle(next) && next->pv.loaded_cpu >= 0 &&
	    next->pv.loaded_cpu != (int)smp_cpu_id()) {
		irq_enable();
		context_sync(next);
		irq_disable();
	}
	/* context_sync() let interrupts in: look only now. */
	loaded = this_cpu(loaded_vcpu);
	cpu_info()->running = next;
	if (!vcpu_is_idle(next) && loaded != next) {
		if (loaded) {
			unload(loaded);
		}
		load(next);
	}
	sched_switched(prev, next);
	stack_reset_and_jump(vcpu_is_idle(next) ? (void (*)(void))idle_loop
						: resume_guest);
}

void pv_toggle_mode(struct vcpu *v)
{
	struct pv_vcpu *pv = &v->pv;
	uint64_t gs = rdmsr(MSR_GS_BASE);

	wrmsr(MSR_GS_BASE, pv->gs_base_other);
	pv->gs_base_other = gs;
	pv->kernel_mode = !pv->kernel_mode;
	pv->cr3 = (pv->kernel_mode ? pv->guest_table : pv->guest_table_user).n
		  << PAGE_SHIFT;
	pv_load_cr3(v);
	if (pv->kernel_mode && v->time.deferred) {
		guest_time_flush(v);
	}
}

void guest_exit_work(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;

	for (;;) {
		irq_disable();
		if (softirq_pending()) {
			irq_enable();
			softirq_run();
			continue;
		}
		if (v->domain->is_shutting_down) {
			/* Its pause is on the way; do not run it. */
			softirq_raise(SOFTIRQ_SCHEDULE);
			continue;
		}
		if (unlikely(v->pv.nmi_pending) && !v->pv.nmi_masked &&
		    v->pv.traps[2].address) {
			irq_enable();
			v->pv.nmi_pending = false;
			v->pv.nmi_masked = true;
			pv_bounce_trap(v, regs, 2, 0);
			continue;
		}
		if (evtchn_upcall_pending(v)) {
			irq_enable();
			pv_bounce_upcall(v, regs);
			continue;
		}
		return;
	}
}
