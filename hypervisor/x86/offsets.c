/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets of C structures for assembly; compiled to text, made into offsets.h
 * by the makefile. */
#include "x86/regs.h"

/* In the form of a directive, since clang reads what it puts out. */
#define OFFSET(name, value) \
	__asm__ volatile("\n.ascii \"->" #name " %0\"" ::"i"(value))

void offsets(void);
void offsets(void)
{
	OFFSET(CPU_INFO_SIZE, sizeof(struct cpu_info));
	OFFSET(CPU_INFO_SCRATCH, offsetof(struct cpu_info, scratch));
	OFFSET(CPU_INFO_STACK, offsetof(struct cpu_info, trap_stack));
	OFFSET(REGS_ES, offsetof(struct cpu_user_regs, es));
	OFFSET(REGS_CS, offsetof(struct cpu_user_regs, cs));
	OFFSET(REGS_RIP, offsetof(struct cpu_user_regs, rip));
	OFFSET(REGS_VECTOR, offsetof(struct cpu_user_regs, entry_vector));
	OFFSET(REGS_RAX, offsetof(struct cpu_user_regs, rax));
	OFFSET(REGS_RSP, offsetof(struct cpu_user_regs, rsp));
}
