/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels of entry.S, and the C functions it calls. */
#ifndef HOSPES_CPU_ENTRY_H
#define HOSPES_CPU_ENTRY_H

#include "lib/types.h"

struct cpu_user_regs;

extern char idt_stubs[], syscall_entry[], syscall32_entry[], sysenter_entry[];
extern char guest_iret[];

/* regs.entry_vector of the ways that have no vector. */
#define TRAP_SYSCALL_VECTOR   0x100
#define TRAP_SYSCALL32_VECTOR 0x101
#define TRAP_SYSENTER_VECTOR  0x102

__noreturn void stack_reset_and_jump(void (*fn)(void));
__noreturn void guest_enter(void);

/* Reload CS with a far return and the data segments. */
void cpu_load_segments(uint16_t cs, uint16_t ds);

/* Called by entry.S. All of the guest's return with interrupts off and no
 * work pending. */
void trap_from_guest(struct cpu_user_regs *regs);      /* pv/traps.c */
void trap_from_hypervisor(struct cpu_user_regs *regs); /* cpu/trap.c */
void guest_iret_failed(struct cpu_user_regs *regs);
void guest_syscall(struct cpu_user_regs *regs);
void guest_syscall32(struct cpu_user_regs *regs);
void guest_sysenter(struct cpu_user_regs *regs);

#endif
