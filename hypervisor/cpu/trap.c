/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps taken while the hypervisor itself runs, and interrupts from anywhere.
 *
 * A fault at an instruction listed in .ex_table goes on at its fixup. Anything
 * else is our own bug and ends the machine.
 */
#include "cpu/trap.h"

#include "cpu/entry.h"
#include "cpu/irq.h"
#include "cpu/lapic.h"
#include "cpu/smp.h"
#include "cpu/upcalls.h"
#include "cpu/vectors.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "x86/insn.h"
#include "x86/percpu.h"
#include "x86/uaccess.h"

#define TRAP_NMI 2

struct ex_table_entry {
	uint64_t from, to;
};

extern const struct ex_table_entry ex_table_start[], ex_table_end[];

uint64_t ex_table_lookup(uint64_t rip)
{
	for (const struct ex_table_entry *e = ex_table_start; e < ex_table_end;
	     e++) {
		if (e->from == rip) {
			return e->to;
		}
	}
	return 0;
}

void interrupt_dispatch(struct cpu_user_regs *regs)
{
	switch (regs->entry_vector) {
	case VECTOR_TIMER:
		lapic_eoi();
		timer_interrupt();
		break;
	case VECTOR_EVENT_CHECK:
		lapic_eoi();
		break;
	case VECTOR_TLB_FLUSH:
		lapic_eoi();
		smp_tlb_flush_interrupt();
		break;
	case VECTOR_CALL_FUNCTION:
		lapic_eoi();
		smp_call_interrupt();
		break;
	case VECTOR_ERROR:
		lapic_eoi();
		log_warn("CPU%u: local APIC error\n", smp_cpu_id());
		break;
	case VECTOR_SPURIOUS:
		break;
	default:
		irq_dispatch(regs);
		break;
	}
}

bool trap_is_interrupt(const struct cpu_user_regs *regs)
{
	return regs->entry_vector >= VECTOR_EXCEPTIONS_END;
}

static const char *trap_name(unsigned int vector)
{
	static const char *const names[32] = {
		"#DE divide",
		"#DB debug",
		"NMI",
		"#BP breakpoint",
		"#OF overflow",
		"#BR bound",
		"#UD invalid opcode",
		"#NM no FPU",
		"#DF double fault",
		"coprocessor overrun",
		"#TS invalid TSS",
		"#NP not present",
		"#SS stack",
		"#GP general protection",
		"#PF page fault",
		"reserved",
		"#MF x87",
		"#AC alignment",
		"#MC machine check",
		"#XM SIMD",
	};

	return vector < 32 && names[vector] ? names[vector] : "interrupt";
}

static void trap_fatal(struct cpu_user_regs *regs, uint64_t cr2)
{
	panic_at(regs,
		 "%s (vector %u, error code %#x) in the hypervisor, cr2 %016lx",
		 trap_name(regs->entry_vector), regs->entry_vector,
		 regs->error_code, cr2);
}

void trap_from_hypervisor(struct cpu_user_regs *regs)
{
	uint64_t cr2 = read_cr2();
	uint64_t fixup;

	if (trap_is_interrupt(regs)) {
		interrupt_dispatch(regs);
		return;
	}
	if (regs->entry_vector == TRAP_NMI) {
		log_warn("CPU%u: NMI\n", smp_cpu_id());
		return;
	}
	fixup = ex_table_lookup(regs->rip);
	if (fixup) {
		regs->rip = fixup;
		return;
	}
	trap_fatal(regs, cr2);
}
