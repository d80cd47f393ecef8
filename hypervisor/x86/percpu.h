/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU data. Define a variable with PERCPU_DATA; reach this CPU's copy with
 * this_cpu(x) and another's with per_cpu(x, cpu). CPU 0 uses the linked copy
 * (offset 0), the others get a zeroed block of the section's size.
 */
#ifndef HOSPES_X86_PERCPU_H
#define HOSPES_X86_PERCPU_H

#include "x86/regs.h"

#define PERCPU_DATA __section(".bss.percpu")

extern uintptr_t percpu_offsets[MAX_CPUS];

#define percpu_at(x, offset) (*(__typeof__(&(x)))((uintptr_t) & (x) + (offset)))
#define this_cpu(x)	     percpu_at(x, cpu_info()->percpu_offset)
#define per_cpu(x, cpu)	     percpu_at(x, percpu_offsets[cpu])

static inline unsigned int smp_cpu_id(void)
{
	return cpu_info()->cpu;
}

/* The vCPU that this CPU runs; an idle one when it has nothing to do. */
static inline struct vcpu *current_vcpu(void)
{
	return cpu_info()->running;
}
#define current (current_vcpu())

#endif
