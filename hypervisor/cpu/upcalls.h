/* SPDX-License-Identifier: BSD-2-Clause */
/* What cpu calls in the layers to its right. */
#ifndef HOSPES_CPU_UPCALLS_H
#define HOSPES_CPU_UPCALLS_H

#include "lib/types.h"

struct cpu_user_regs;

/* The LAPIC timer fired; interrupts off. (core/timer.c) */
void timer_interrupt(void);

/* An exception with the guest's CS. (pv/traps.c) */
void guest_trap(struct cpu_user_regs *regs);

/* A fault in the hypervisor at an address of guest or per-domain space that is
 * to be retried or handled by PV. False: not theirs. (pv/traps.c) */
bool guest_space_fault(struct cpu_user_regs *regs, uint64_t cr2);

/* The message of a key pressed on the serial console. (debug keys) */
void console_input(uint8_t c);

#endif
