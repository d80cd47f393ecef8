/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall interface itself: numbers that do not exist, and registers
 * full of rubbish (XSA-111, XSA-454 are of this family: an upper half that
 * nobody cleaned reaches code that trusts it).
 *
 * An unknown number is -ENOSYS whatever the arguments are, also for a number
 * that would be a good one if only its lower 32 bits were looked at. Every
 * argument declared 32 bits wide counts by its lower half.
 */
#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/string.h"
#include "rt/test.h"

const char test_title[] = "hypercalls";

#define DIRT 0xdeadbeef00000000ul

static void unknown_numbers(void)
{
	static const unsigned int nr[] = { 11, 38, 43, 44, 45, 46,
					   47, 56, 57, 58, 63 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nr); i++) {
		if (!TEST_EQ(hypercall_raw(nr[i], 0, 0, 0, 0, 0),
			     -XEN_ENOSYS)) {
			test_note("number %u", nr[i]);
		}
		TEST_EQ(hypercall_raw(nr[i], ~0ul, ~0ul, ~0ul, ~0ul, ~0ul),
			-XEN_ENOSYS);
	}
	for (i = 0; i < 64; i++) {
		TEST_EQ(hypercall_raw(64ul << i, DIRT, DIRT, DIRT, DIRT, DIRT),
			i < 58 ? -XEN_ENOSYS
			       : hypercall_raw(0, DIRT, DIRT, DIRT, DIRT,
					       DIRT));
	}
	TEST_EQ(hypercall_raw(~0ul, 0, 0, 0, 0, 0), -XEN_ENOSYS);
	TEST_EQ(hypercall_raw(1ul << 32 | __HYPERVISOR_xen_version, 0, 0, 0, 0,
			      0),
		-XEN_ENOSYS);
	TEST_EQ(hypercall_raw(1ul << 63 | __HYPERVISOR_xen_version, 0, 0, 0, 0,
			      0),
		-XEN_ENOSYS);
}

static void dirty_halves(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF,
					      .remote_dom = DOMID_SELF };
	struct vcpu_runstate_info rs;
	struct sched_poll poll = { .nr_ports = 0, .timeout = 1 };
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };
	unsigned int done = 99;
	static const char text[] = "note: from dirty registers\n";

	TEST_EQ(hypercall_raw(__HYPERVISOR_xen_version, DIRT, 0, 0, 0, 0),
		4 << 16 | 17);
	TEST_EQ(hypercall_raw(__HYPERVISOR_console_io, DIRT | CONSOLEIO_write,
			      DIRT | (sizeof(text) - 1), HC(text), DIRT, DIRT),
		0);
	TEST_EQ(hypercall_raw(__HYPERVISOR_sched_op, DIRT | SCHEDOP_yield, DIRT,
			      DIRT, DIRT, DIRT),
		0);
	TEST_EQ(hypercall_raw(__HYPERVISOR_sched_op, DIRT | SCHEDOP_poll,
			      HC(&poll), DIRT, DIRT, DIRT),
		0);
	TEST_EQ(hypercall_raw(__HYPERVISOR_vcpu_op, DIRT | VCPUOP_is_up, DIRT,
			      DIRT, DIRT, DIRT),
		1);
	TEST_EQ(hypercall_raw(__HYPERVISOR_vcpu_op,
			      DIRT | VCPUOP_get_runstate_info, DIRT, HC(&rs),
			      DIRT, DIRT),
		0);
	TEST_EQ(hypercall_raw(__HYPERVISOR_event_channel_op,
			      DIRT | EVTCHNOP_alloc_unbound, HC(&alloc), DIRT,
			      DIRT, DIRT),
		0);
	TEST_EQ(evtchn_close(alloc.port), 0);
	TEST_EQ(hypercall_raw(__HYPERVISOR_mmuext_op, HC(&op), DIRT | 1,
			      HC(&done), DIRT | DOMID_SELF, DIRT),
		0);
	TEST_EQ(done, 1);
	TEST_EQ(hypercall_raw(__HYPERVISOR_fpu_taskswitch, DIRT, 0, 0, 0, 0),
		0);
	TEST_EQ(hypercall_raw(__HYPERVISOR_get_debugreg, DIRT | 7, 0, 0, 0, 0),
		0x400);
}

static void unknown_subops(void)
{
	TEST_EQ(hypercall_sched_op(99, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_event_channel_op(99, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_vcpu_op(99, 0, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_grant_table_op(99, NULL, 0), -XEN_ENOSYS);
	TEST_EQ(hypercall_memory_op(63, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_physdev_op(99, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_console_io(99, 0, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_callback_op(99, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_vm_assist(99, 0), -XEN_ENOSYS);
	TEST_EQ(hypercall_vm_assist(VMASST_CMD_enable, 99), -XEN_EINVAL);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_is_up, 8192, NULL), -XEN_ENOENT);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_is_up, ~0u, NULL), -XEN_ENOENT);
}

/* What the stub in the page does not promise to change stays as it was. */
static void registers_kept(void)
{
	unsigned long bx = 0x1111, bp = 0, r12 = 0x2222, r13, r14, r15, r9;

	asm volatile("mov $0x3333, %%r13; mov $0x4444, %%r14;"
		     "mov $0x5555, %%r15; mov $0x6666, %%r9;"
		     "xor %%edi, %%edi; mov $17, %%eax; syscall;"
		     "mov %%r13, %1; mov %%r14, %2; mov %%r15, %3;"
		     "mov %%r9, %4"
		     : "+b"(bx), "=m"(r13), "=m"(r14), "=m"(r15), "=m"(r9)
		     :
		     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",
		       "r11", "r12", "r13", "r14", "r15", "memory");
	(void)bp;
	(void)r12;
	TEST_EQ(bx, 0x1111);
	TEST_EQ(r13, 0x3333);
	TEST_EQ(r14, 0x4444);
	TEST_EQ(r15, 0x5555);
	TEST_EQ(r9, 0x6666);
}

void test_main(void)
{
	unknown_numbers();
	dirty_halves();
	unknown_subops();
	registers_kept();
}
