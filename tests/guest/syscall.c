/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest user mode: how a PV kernel's processes live.
 *
 * SYSCALL from guest user mode arrives at the registered callback, on the
 * stack of stack_switch, with rcx and r11 as the CPU made them; the kernel
 * returns by iret with VGCF_in_syscall or, to change more, without. User mode
 * has a root table of its own, which need not show what the kernel's shows,
 * and a GS base that is swapped on the way.
 */
#include <xen/callback.h>

#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "syscall";

static struct traps_frame seen;
static unsigned long seen_frame;
static unsigned long return_flags;
static uint8_t seen_mask;

static bool on_syscall(struct traps_frame *f, unsigned long error)
{
	(void)error;
	if (f->rax == SYSCALL_EXIT) {
		return false;
	}
	seen = *f;
	seen_frame = (unsigned long)f;
	seen_mask = vcpu_self()->info->evtchn_upcall_mask;
	f->rax = f->rdi + f->rsi;
	f->error = return_flags;
	return true;
}

static __used unsigned long rip_after, rcx_after, r11_after, rsp_before,
	rsp_after;

static __noinline unsigned long user_syscall(unsigned long nr)
{
	register unsigned long rdi asm("rdi") = 40;
	register unsigned long rsi asm("rsi") = 2;

	asm volatile("mov %%rsp, rsp_before(%%rip)\n"
		     "lea 1f(%%rip), %%rbx; mov %%rbx, rip_after(%%rip)\n"
		     "syscall\n"
		     "1: mov %%rcx, rcx_after(%%rip)\n"
		     "mov %%r11, r11_after(%%rip)\n"
		     "mov %%rsp, rsp_after(%%rip)\n"
		     : "+a"(nr)
		     : "r"(rdi), "r"(rsi)
		     : "rbx", "rcx", "r11", "memory");
	return nr;
}

static void entry_and_return(void)
{
	unsigned long top =
		(unsigned long)vcpu_blocks[0].bytes + VCPU_TSTACK_TOP;

	traps_set_hook(ENTRY_SYSCALL, on_syscall);
	return_flags = VGCF_in_syscall;
	TEST_EQ(user_run(user_syscall, 7), 42);
	TEST_EQ(seen.rax, 7);
	TEST_EQ(seen.rip, rip_after);
	TEST_EQ(seen.rsp, rsp_before);
	TEST_EQ(rsp_after, rsp_before);
	TEST_EQ((uint32_t)seen.cs, FLAT_USER_CS);
	TEST_EQ(seen.ss, FLAT_USER_SS);
	TEST_EQ(seen_frame + sizeof(struct traps_frame), top);
	TEST_EQ(rcx_after, rip_after);

	/* The full way keeps what the kernel put into rcx and r11. */
	return_flags = 0;
	TEST_EQ(user_run(user_syscall, 8), 42);
	TEST_EQ(seen.rax, 8);
	TEST_EQ(rcx_after, seen.rcx);
	TEST_EQ(r11_after, seen.r11);
	traps_set_hook(ENTRY_SYSCALL, NULL);
}

/* Bit 0 of the callback's flags: events are masked on entry. */
static void masked_entry(void)
{
	struct callback_register reg = {
		.type = CALLBACKTYPE_syscall,
		.flags = CALLBACKF_mask_events,
		.address = (unsigned long)traps_entry_syscall,
	};
	struct vcpu_info *vi = vcpu_self()->info;

	traps_set_hook(ENTRY_SYSCALL, on_syscall);
	return_flags = VGCF_in_syscall;
	vi->evtchn_upcall_mask = 0;
	TEST_EQ(user_run(user_syscall, 7), 42);
	TEST_EQ(seen_mask, 0);
	TEST_EQ(hypercall_callback_op(CALLBACKOP_register, &reg), 0);
	TEST_EQ(user_run(user_syscall, 7), 42);
	TEST_EQ(seen_mask, 1);
	TEST_EQ(seen.cs >> 32 & 0xff, 0);
	TEST_CHECK(seen.rflags & 0x200);
	vi->evtchn_upcall_mask = 1;
	reg.flags = 0;
	TEST_EQ(hypercall_callback_op(CALLBACKOP_register, &reg), 0);
	traps_set_hook(ENTRY_SYSCALL, NULL);
}

static void callbacks_refused(void)
{
	struct callback_register reg = {
		.type = 99,
		.address = (unsigned long)traps_entry_syscall,
	};
	struct callback_unregister unreg = { .type = CALLBACKTYPE_event };

	TEST_EQ(hypercall_callback_op(CALLBACKOP_register, &reg), -XEN_ENOSYS);
	reg.type = CALLBACKTYPE_event;
	reg.address = 0x0000800000000000ul;
	TEST_EQ(hypercall_callback_op(CALLBACKOP_register, &reg), -XEN_EINVAL);
	TEST_EQ(hypercall_callback_op(CALLBACKOP_unregister, &unreg),
		-XEN_EINVAL);
	unreg.type = 99;
	TEST_EQ(hypercall_callback_op(CALLBACKOP_unregister, &unreg),
		-XEN_ENOSYS);
}

static unsigned long user_read(unsigned long va)
{
	return *(volatile unsigned long *)va;
}

static void user_read_run(void *va)
{
	user_run(user_read, HC(va));
}

static void kernel_read(void *va)
{
	*(volatile unsigned long *)va;
}

static long user_base_set(unsigned long mfn)
{
	return mm_ext_mfn(MMUEXT_NEW_USER_BASEPTR, mfn);
}

/*
 * A second root without the window: user mode faults there while the kernel
 * reads; and the other way round after the entry moved over.
 */
static void own_root(void)
{
	unsigned long *page = mm_page_alloc();
	const uint64_t *kernel_root = (void *)start_info->pt_base;
	unsigned int slot = MM_WINDOW >> 39;
	uint64_t *root = mm_page_alloc();
	unsigned long kmfn = mm_l4_mfn(), umfn = mm_virt_to_mfn(root);
	struct fault f;
	uint64_t entry;

	*page = 0x1234;
	TEST_EQ(mm_map(MM_WINDOW,
		       (uint64_t)mm_virt_to_mfn(page) << PAGE_SHIFT | PTE_RO),
		0);
	root[0] = kernel_root[0];
	TEST_EQ(mm_page_protect(root, false), 0);
	TEST_EQ(mm_pin(4, umfn), 0);
	TEST_EQ(user_base_set(umfn), 0);
	TEST_CHECK(fault_try(user_read_run, (void *)MM_WINDOW, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(f.error, PF_USER);
	TEST_CHECK(!fault_try(kernel_read, (void *)MM_WINDOW, &f));

	entry = kernel_root[slot];
	TEST_EQ(mm_pte_write(umfn * PAGE_SIZE + slot * 8, entry), 0);
	TEST_EQ(mm_pte_write(kmfn * PAGE_SIZE + slot * 8, 0), 0);
	TEST_EQ(mm_ext_mfn(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	TEST_EQ(user_run(user_read, MM_WINDOW), 0x1234);
	TEST_CHECK(fault_try(kernel_read, (void *)MM_WINDOW, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(f.error, 0);
	TEST_EQ(mm_pte_write(kmfn * PAGE_SIZE + slot * 8, entry), 0);

	/* In use, a root can be unpinned but not become writable. */
	TEST_EQ(mm_unpin(umfn), 0);
	TEST_CHECK(mm_page_protect(root, true) < 0);
	TEST_EQ(user_base_set(kmfn), 0);
	TEST_EQ(mm_page_protect(root, true), 0);
	mm_page_free(root);
}

static void base_refused(void)
{
	TEST_CHECK(user_base_set(~0ul) < 0);
	TEST_CHECK(user_base_set(mm_virt_to_mfn(test_title)) < 0);
	TEST_EQ(mm_ext_mfn(MMUEXT_NEW_BASEPTR, ~0ul >> 12) < 0, 1);
}

/* GS bases: each mode has its own, the kernel sets both. */
static unsigned long user_gs(unsigned long unused)
{
	unsigned long v;

	(void)unused;
	asm volatile("mov %%gs:0, %0" : "=r"(v));
	return v;
}

static void gs_bases(void)
{
	static unsigned long kernel_word = 0xaaaa, user_word = 0xbbbb;

	TEST_EQ(hypercall_set_segment_base(SEGBASE_GS_KERNEL, HC(&kernel_word)),
		0);
	TEST_EQ(hypercall_set_segment_base(SEGBASE_GS_USER, HC(&user_word)), 0);
	TEST_EQ(user_gs(0), 0xaaaa);
	TEST_EQ(user_run(user_gs, 0), 0xbbbb);
	TEST_EQ(user_gs(0), 0xaaaa);
}

void test_main(void)
{
	entry_and_return();
	masked_entry();
	callbacks_refused();
	own_root();
	base_refused();
	gs_bases();
}
