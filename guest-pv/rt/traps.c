/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See traps.h. An entry goes, in this order, to its hook, to the runtime's
 * own handler (events, the exit from user mode), to whoever runs under
 * fault_try(), and else is the guest's end with its registers printed.
 */
#include "rt/traps.h"

#include <xen/callback.h>

#include "rt/console.h"
#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/rt.h"

static traps_hook_fn *hooks[ENTRY_SYSCALL + 1];
static char user_stacks[VCPU_MAX][8192] __page_aligned;

void traps_dispatch(struct traps_frame *f);

void traps_set_hook(unsigned int entry, traps_hook_fn *hook)
{
	hooks[entry] = hook;
}

static void frame_resume(struct traps_frame *f, unsigned long rsp)
{
	f->rip = (unsigned long)context_resume;
	f->rsp = rsp;
	f->cs = FLAT_KERNEL_CS & ~3ul;
	f->ss = FLAT_KERNEL_SS & ~3ul;
	f->rflags &= 0x200;
	f->error = 0;
}

static bool user_exit(struct traps_frame *f)
{
	struct vcpu *v = vcpu_self();

	if (!v->user_rsp || f->rax != SYSCALL_EXIT) {
		return false;
	}
	v->user_result = f->rdi;
	frame_resume(f, v->user_rsp);
	v->user_rsp = 0;
	return true;
}

static bool fault_caught(struct traps_frame *f, unsigned long error)
{
	struct vcpu *v = vcpu_self();

	if (!v->recover_rsp || f->entry >= ENTRY_EVENT) {
		return false;
	}
	v->fault = (struct fault){
		.vector = (int)f->entry,
		.error = error,
		.rip = f->rip,
		.cr2 = traps_read_cr2(),
		.cs = f->cs,
		.rflags = f->rflags,
	};
	frame_resume(f, v->recover_rsp);
	v->recover_rsp = 0;
	v->user_rsp = 0;
	return true;
}

static void frame_print(const struct traps_frame *f, unsigned long error)
{
	printk("entry %lu error %lx cr2 %lx\n", f->entry, error,
	       traps_read_cr2());
	printk("rip %lx cs %lx rflags %lx rsp %lx ss %lx\n", f->rip, f->cs,
	       f->rflags, f->rsp, f->ss);
	printk("rax %lx rbx %lx rcx %lx rdx %lx\n", f->rax, f->rbx, f->rcx,
	       f->rdx);
	printk("rsi %lx rdi %lx rbp %lx r8 %lx\n", f->rsi, f->rdi, f->rbp,
	       f->r8);
	printk("r9 %lx r10 %lx r11 %lx r12 %lx\n", f->r9, f->r10, f->r11,
	       f->r12);
	printk("r13 %lx r14 %lx r15 %lx\n", f->r13, f->r14, f->r15);
}

void traps_dispatch(struct traps_frame *f)
{
	unsigned long error = f->error;

	f->error = f->entry == ENTRY_SYSCALL ? VGCF_in_syscall : 0;
	if (f->entry < ARRAY_SIZE(hooks) && hooks[f->entry] &&
	    hooks[f->entry](f, error)) {
		return;
	}
	if (f->entry == ENTRY_EVENT) {
		evtchn_dispatch();
		return;
	}
	if (f->entry == ENTRY_SYSCALL && user_exit(f)) {
		return;
	}
	if (fault_caught(f, error)) {
		return;
	}
	frame_print(f, error);
	rt_panic("unexpected entry %lu\n", f->entry);
}

bool fault_try(void (*fn)(void *), void *arg, struct fault *f)
{
	struct vcpu *v = vcpu_self();
	unsigned long outer = v->recover_rsp;
	bool faulted;

	v->fault.vector = -1;
	faulted = context_call(fn, arg, &v->recover_rsp);
	*f = v->fault;
	if (!faulted) {
		f->vector = -1;
	}
	v->recover_rsp = outer;
	return faulted;
}

struct user_call {
	unsigned long (*fn)(unsigned long);
	unsigned long arg;
};

static __attribute__((used)) unsigned long user_start(
	unsigned long (*fn)(unsigned long), unsigned long arg)
{
	unsigned long rax = SYSCALL_EXIT;
	unsigned long rdi = fn(arg);

	asm volatile("syscall" : "+a"(rax), "+D"(rdi)::"rcx", "r11", "memory");
	__builtin_unreachable();
}

static void user_enter(void *arg)
{
	const struct user_call *call = arg;
	struct vcpu *v = vcpu_self();
	struct traps_frame f = {
		.rip = (unsigned long)user_start,
		.cs = FLAT_USER_CS,
		.ss = FLAT_USER_SS,
		.rflags = v->info->evtchn_upcall_mask ? 0x2 : 0x202,
		.rsp = (unsigned long)user_stacks[v->id] +
		       sizeof(user_stacks[0]) - 8,
		.rdi = (unsigned long)call->fn,
		.rsi = call->arg,
	};

	traps_frame_return(&f);
}

unsigned long user_run(unsigned long (*fn)(unsigned long), unsigned long arg)
{
	struct user_call call = { .fn = fn, .arg = arg };
	struct vcpu *v = vcpu_self();

	context_call(user_enter, &call, &v->user_rsp);
	return v->user_result;
}

long traps_set_gate(unsigned int vector, unsigned int flags)
{
	struct trap_info table[2] = { {
		.vector = (uint8_t)vector,
		.flags = (uint8_t)flags,
		.cs = FLAT_KERNEL_CS,
		.address = (unsigned long)traps_stubs + vector * 16ul,
	} };

	return hypercall_set_trap_table(table);
}

static void callback_register(uint16_t type, void *entry)
{
	struct callback_register reg = {
		.type = type,
		.address = (unsigned long)entry,
	};
	long ret = hypercall_callback_op(CALLBACKOP_register, &reg);

	if (ret) {
		rt_panic("callback %u: %ld\n", type, ret);
	}
}

static void user_table_set(void)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_NEW_USER_BASEPTR,
		.arg1.mfn = mm_l4_mfn(),
	};
	long ret = hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);

	if (ret) {
		rt_panic("user page table: %ld\n", ret);
	}
}

void traps_init(void)
{
	struct vcpu *v = vcpu_self();
	unsigned int i;
	long ret = 0;

	for (i = 0; i < 32 && !ret; i++) {
		ret = traps_set_gate(i, i == TRAP_BP || i == TRAP_OF ? 3 : 0);
	}
	if (ret) {
		rt_panic("trap table: %ld\n", ret);
	}
	callback_register(CALLBACKTYPE_event, traps_entry_event);
	callback_register(CALLBACKTYPE_failsafe, traps_entry_failsafe);
	callback_register(CALLBACKTYPE_syscall, traps_entry_syscall);
	ret = hypercall_stack_switch(FLAT_KERNEL_SS,
				     (unsigned long)vcpu_blocks[v->id].bytes +
					     VCPU_TSTACK_TOP);
	if (ret) {
		rt_panic("stack_switch: %ld\n", ret);
	}
	user_table_set();
}
