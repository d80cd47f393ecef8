/* SPDX-License-Identifier: BSD-2-Clause */
/* Per-CPU data of the simulated machine: a section that is copied for each. */
#ifndef HOSPES_X86_PERCPU_H
#define HOSPES_X86_PERCPU_H

#include "x86/layout.h"

struct vcpu;

#define PERCPU_DATA __attribute__((section("percpu")))

extern uintptr_t percpu_offsets[MAX_CPUS];
extern struct vcpu *machine_current[MAX_CPUS];
extern unsigned int machine_cpu; /* the one whose code runs now */

#define percpu_at(x, offset) (*(__typeof__(&(x)))((uintptr_t) & (x) + (offset)))
#define this_cpu(x)	     percpu_at(x, percpu_offsets[machine_cpu])
#define per_cpu(x, cpu)	     percpu_at(x, percpu_offsets[cpu])
#define current		     (machine_current[machine_cpu])

static inline unsigned int smp_cpu_id(void)
{
	return machine_cpu;
}

#endif
