/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorting of what comes through the IDT. */
#ifndef HOSPES_CPU_TRAP_H
#define HOSPES_CPU_TRAP_H

#include "x86/regs.h"

bool trap_is_interrupt(const struct cpu_user_regs *regs);

/* Handle an interrupt (not an exception), from guest or hypervisor. */
void interrupt_dispatch(struct cpu_user_regs *regs);

#endif
