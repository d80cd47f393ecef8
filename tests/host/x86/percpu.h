/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake seam's per-CPU data: a thread is a CPU and says whom it runs. */
#ifndef HOSPES_X86_PERCPU_H
#define HOSPES_X86_PERCPU_H

struct vcpu;

extern _Thread_local struct vcpu *host_current;

#define current host_current

static inline unsigned int smp_cpu_id(void)
{
	return 0;
}

#endif
