/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake seam's instructions: a thread of the test is a CPU with an interrupt
 * flag, and nothing else. */
#ifndef HOSPES_X86_INSN_H
#define HOSPES_X86_INSN_H

#include "lib/types.h"
#include "threads.h"

#define RFLAGS_IF BIT(9)

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

extern _Thread_local bool host_irqs_off;

static inline void irq_disable(void)
{
	host_irqs_off = true;
}

static inline void irq_enable(void)
{
	host_irqs_off = false;
}

static inline bool irq_enabled(void)
{
	return !host_irqs_off;
}

static inline unsigned long irq_save(void)
{
	unsigned long f = host_irqs_off ? 0 : RFLAGS_IF;

	host_irqs_off = true;
	return f;
}

static inline void irq_restore(unsigned long f)
{
	host_irqs_off = !(f & RFLAGS_IF);
}

static inline void cpu_relax(void)
{
	host_yield();
}

#endif
