/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions of the simulated machine: see machine.h. */
#ifndef HOSPES_X86_INSN_H
#define HOSPES_X86_INSN_H

#include "lib/types.h"

#define RFLAGS_IF BIT(9)

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

void machine_irq_set(bool on);
bool machine_irq_get(void);
void machine_relax(void);

static inline void irq_disable(void)
{
	machine_irq_set(false);
}

static inline void irq_enable(void)
{
	machine_irq_set(true);
}

static inline bool irq_enabled(void)
{
	return machine_irq_get();
}

static inline unsigned long irq_save(void)
{
	unsigned long f = machine_irq_get() ? RFLAGS_IF : 0;

	machine_irq_set(false);
	return f;
}

static inline void irq_restore(unsigned long f)
{
	machine_irq_set(f & RFLAGS_IF);
}

static inline void cpu_relax(void)
{
	machine_relax();
}

static inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf;
	(void)subleaf;
	return (struct cpuid_regs){ 0, 0, BIT(31), 0 };
}

#endif
