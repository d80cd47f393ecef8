/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trap frame, which is the public struct cpu_user_regs, and the block at
 * the top of every CPU's stack that holds it.
 */
#ifndef HOSPES_X86_REGS_H
#define HOSPES_X86_REGS_H

#include <xen/xen.h>

#include "lib/types.h"
#include "x86/layout.h"

struct vcpu;

/*
 * Top of each CPU's stack. Found from any stack pointer within the stack by
 * masking (cpu_info()), so the hypervisor needs no segment base of its own
 * and never touches the guest's FS and GS on entry.
 */
struct cpu_info {
	/* Frame of the guest that this CPU runs. Its last words (es..gs) are
	 * not pushed on entry: TSS.RSP0 points at regs.es. */
	struct cpu_user_regs regs;
	/* For the SYSCALL entry, which reaches this block by swapgs: where the
	 * guest's stack pointer waits, and &regs.es. */
	uint64_t scratch;
	uint64_t trap_stack;
	struct vcpu *running; /* current (x86/percpu.h) */
	uintptr_t percpu_offset;
	uint32_t cpu;
	uint64_t spare;
};
/* The CPU aligns RSP0 to 16 before it pushes (SDM 3A 6.14.2). */
static_assert((sizeof(struct cpu_info) - offsetof(struct cpu_user_regs, es)) %
			      16 ==
		      0,
	      "trap stack is aligned");

static inline struct cpu_info *cpu_info(void)
{
	uintptr_t sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1 -
				   sizeof(struct cpu_info));
}

static inline bool regs_guest_mode(const struct cpu_user_regs *regs)
{
	return (regs->cs & 3) == 3;
}

#endif
