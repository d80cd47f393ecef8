/* SPDX-License-Identifier: BSD-2-Clause */
/* From the guest's SYSCALL in kernel mode to the table. (interface/enter.c) */
#ifndef HOSPES_PV_HYPERCALL_ENTRY_H
#define HOSPES_PV_HYPERCALL_ENTRY_H

struct cpu_user_regs;

/* Number in rax, arguments in rdi rsi rdx r10 r8 r9, result in rax. Interrupts
 * on. */
void pv_hypercall(struct cpu_user_regs *regs);

/* Fill a page with the stubs that the guest calls: 32 bytes for each number. */
void pv_hypercall_page_write(void *page);

#endif
