/* SPDX-License-Identifier: BSD-2-Clause */
/* See vcpu.h. */
#include "rt/vcpu.h"

#include <xen/vcpu.h>

#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/traps.h"

union vcpu_block vcpu_blocks[VCPU_MAX]
	__attribute__((aligned(VCPU_BLOCK_SIZE)));

static struct vcpu vcpus[VCPU_MAX];

extern char vcpu_entry[];
void vcpu_start(struct vcpu *v);

static void vcpu_init(unsigned int id)
{
	vcpus[id].id = id;
	vcpus[id].fault.vector = -1;
	vcpu_blocks[id].self = &vcpus[id];
}

void vcpu_init_boot(void)
{
	vcpu_init(0);
}

void vcpu_init_info(void)
{
	unsigned int i;

	for (i = 0; i < VCPU_MAX; i++) {
		vcpus[i].info = &shared_info->vcpu_info[i];
	}
}

void vcpu_start(struct vcpu *v)
{
	v->fn(v->arg);
	hypercall_vcpu_op(VCPUOP_down, v->id, NULL);
	rt_panic("vcpu %u came back from VCPUOP_down\n", v->id);
}

static void context_traps(struct vcpu_guest_context *c)
{
	unsigned int i;

	for (i = 0; i < 32; i++) {
		c->trap_ctxt[i] = (struct trap_info){
			.vector = (uint8_t)i,
			.flags = i == 3 || i == 4 ? 3 : 0,
			.cs = FLAT_KERNEL_CS,
			.address = (unsigned long)traps_stubs + i * 16,
		};
	}
}

void vcpu_context(struct vcpu_guest_context *c, unsigned int id,
		  void (*fn)(void *), void *arg)
{
	char *block = vcpu_blocks[id].bytes;

	vcpu_init(id);
	vcpus[id].fn = fn;
	vcpus[id].arg = arg;
	memset(c, 0, sizeof(*c));
	/* Not VGCF_online: that would leave VCPUOP_up nothing to wake. */
	c->flags = VGCF_in_kernel;
	c->user_regs.rip = (unsigned long)vcpu_entry;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	c->user_regs.rflags = 0x202;
	c->user_regs.rsp = (unsigned long)block + VCPU_KSTACK_TOP;
	c->user_regs.rdi = (unsigned long)&vcpus[id];
	c->kernel_ss = FLAT_KERNEL_SS;
	c->kernel_sp = (unsigned long)block + VCPU_TSTACK_TOP;
	c->ctrlreg[3] = xen_pfn_to_cr3(mm_l4_mfn());
	c->ctrlreg[1] = xen_pfn_to_cr3(mm_l4_mfn());
	c->event_callback_eip = (unsigned long)traps_entry_event;
	c->failsafe_callback_eip = (unsigned long)traps_entry_failsafe;
	c->syscall_callback_eip = (unsigned long)traps_entry_syscall;
	context_traps(c);
}

int vcpu_boot(unsigned int id, void (*fn)(void *), void *arg)
{
	static struct vcpu_guest_context c;
	long ret;

	vcpu_context(&c, id, fn, arg);
	ret = hypercall_vcpu_op(VCPUOP_initialise, id, &c);
	if (!ret) {
		ret = hypercall_vcpu_op(VCPUOP_up, id, NULL);
	}
	return (int)ret;
}
