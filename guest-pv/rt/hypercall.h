/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls through the page that the builder filled: number in its place in
 * the page, arguments in rdi rsi rdx r10 r8, the result in rax, rcx and r11
 * lost. Errors come back as negative numbers of <xen/errno.h>.
 */
#ifndef RT_HYPERCALL_H
#define RT_HYPERCALL_H

#include "rt/types.h"

extern char hypercall_page[];

static inline long hypercall5(unsigned int nr, unsigned long a1,
			      unsigned long a2, unsigned long a3,
			      unsigned long a4, unsigned long a5)
{
	register unsigned long r10 asm("r10") = a4;
	register unsigned long r8 asm("r8") = a5;
	long ret;

	asm volatile("call *%[stub]"
		     : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10),
		       "+r"(r8)
		     : [stub] "r"(hypercall_page + nr * 32ul)
		     : "rcx", "r11", "memory");
	return ret;
}

/* The instruction itself, with any number in the whole of %rax. */
static inline long hypercall_raw(unsigned long rax, unsigned long a1,
				 unsigned long a2, unsigned long a3,
				 unsigned long a4, unsigned long a5)
{
	register unsigned long r10 asm("r10") = a4;
	register unsigned long r8 asm("r8") = a5;

	asm volatile("syscall"
		     : "+a"(rax), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10),
		       "+r"(r8)::"rcx", "r11", "memory");
	return (long)rax;
}

#define HC(x) ((unsigned long)(x))

static inline long hypercall_set_trap_table(const void *table)
{
	return hypercall5(__HYPERVISOR_set_trap_table, HC(table), 0, 0, 0, 0);
}

static inline long hypercall_mmu_update(const void *req, unsigned int count,
					unsigned int *done, uint16_t dom)
{
	return hypercall5(__HYPERVISOR_mmu_update, HC(req), count, HC(done),
			  dom, 0);
}

static inline long hypercall_mmuext_op(const void *op, unsigned int count,
				       unsigned int *done, uint16_t dom)
{
	return hypercall5(__HYPERVISOR_mmuext_op, HC(op), count, HC(done), dom,
			  0);
}

static inline long hypercall_set_gdt(const void *frames, unsigned int entries)
{
	return hypercall5(__HYPERVISOR_set_gdt, HC(frames), entries, 0, 0, 0);
}

static inline long hypercall_stack_switch(unsigned long ss, unsigned long sp)
{
	return hypercall5(__HYPERVISOR_stack_switch, ss, sp, 0, 0, 0);
}

static inline long hypercall_fpu_taskswitch(int set)
{
	return hypercall5(__HYPERVISOR_fpu_taskswitch, (unsigned long)set, 0, 0,
			  0, 0);
}

static inline long hypercall_set_debugreg(unsigned int reg, unsigned long val)
{
	return hypercall5(__HYPERVISOR_set_debugreg, reg, val, 0, 0, 0);
}

static inline long hypercall_get_debugreg(unsigned int reg)
{
	return hypercall5(__HYPERVISOR_get_debugreg, reg, 0, 0, 0, 0);
}

static inline long hypercall_update_descriptor(uint64_t maddr, uint64_t desc)
{
	return hypercall5(__HYPERVISOR_update_descriptor, maddr, desc, 0, 0, 0);
}

static inline long hypercall_memory_op(unsigned long cmd, void *arg)
{
	return hypercall5(__HYPERVISOR_memory_op, cmd, HC(arg), 0, 0, 0);
}

static inline long hypercall_multicall(void *list, unsigned long nr)
{
	return hypercall5(__HYPERVISOR_multicall, HC(list), nr, 0, 0, 0);
}

static inline long hypercall_update_va_mapping(unsigned long va, uint64_t pte,
					       unsigned long flags)
{
	return hypercall5(__HYPERVISOR_update_va_mapping, va, pte, flags, 0, 0);
}

static inline long hypercall_set_timer_op(uint64_t when)
{
	return hypercall5(__HYPERVISOR_set_timer_op, when, 0, 0, 0, 0);
}

static inline long hypercall_version(unsigned int cmd, void *arg)
{
	return hypercall5(__HYPERVISOR_xen_version, cmd, HC(arg), 0, 0, 0);
}

static inline long hypercall_console_io(unsigned int cmd, unsigned int count,
					const void *buf)
{
	return hypercall5(__HYPERVISOR_console_io, cmd, count, HC(buf), 0, 0);
}

static inline long hypercall_grant_table_op(unsigned int cmd, void *ops,
					    unsigned int count)
{
	return hypercall5(__HYPERVISOR_grant_table_op, cmd, HC(ops), count, 0,
			  0);
}

static inline long hypercall_vm_assist(unsigned int cmd, unsigned int type)
{
	return hypercall5(__HYPERVISOR_vm_assist, cmd, type, 0, 0, 0);
}

static inline long hypercall_vcpu_op(unsigned int cmd, unsigned int vcpu,
				     void *arg)
{
	return hypercall5(__HYPERVISOR_vcpu_op, cmd, vcpu, HC(arg), 0, 0);
}

static inline long hypercall_set_segment_base(unsigned int which,
					      unsigned long base)
{
	return hypercall5(__HYPERVISOR_set_segment_base, which, base, 0, 0, 0);
}

static inline long hypercall_sched_op(unsigned int cmd, void *arg)
{
	return hypercall5(__HYPERVISOR_sched_op, cmd, HC(arg), 0, 0, 0);
}

static inline long hypercall_callback_op(unsigned int cmd, void *arg)
{
	return hypercall5(__HYPERVISOR_callback_op, cmd, HC(arg), 0, 0, 0);
}

static inline long hypercall_event_channel_op(unsigned int cmd, void *arg)
{
	return hypercall5(__HYPERVISOR_event_channel_op, cmd, HC(arg), 0, 0, 0);
}

static inline long hypercall_physdev_op(unsigned int cmd, void *arg)
{
	return hypercall5(__HYPERVISOR_physdev_op, cmd, HC(arg), 0, 0, 0);
}

static inline long hypercall_domctl(void *op)
{
	return hypercall5(__HYPERVISOR_domctl, HC(op), 0, 0, 0, 0);
}

static inline long hypercall_sysctl(void *op)
{
	return hypercall5(__HYPERVISOR_sysctl, HC(op), 0, 0, 0, 0);
}

#endif
