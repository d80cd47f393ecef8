/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving the guest kernel by the iret hypercall.
 *
 * The frame is the guest's own: whatever stands in it, the hypervisor may
 * refuse it, bend it to what a guest may be, or kill the guest, but never
 * fault itself. Here: good frames with and without VGCF_in_syscall (which
 * permits SYSRET and so the loss of rcx and r11), flags that a guest may not
 * have (IOPL, VM, and IF that becomes the upcall mask), selectors with a wrong
 * RPL, and targets that are not canonical (XSA-7: SYSRET to such an address
 * faults in ring 0 on Intel).
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "iret";

static __used unsigned long landed_rcx, landed_r11, landed_flags, landed_rsp;
static __used uint16_t landed_cs, landed_ss;
static __used unsigned long back_rsp;

/* Deeper in the same stack, so that vcpu_self() holds for what faults there. */
static unsigned long landing_stack(void)
{
	return (unsigned long)vcpu_blocks[0].bytes + VCPU_KSTACK_TOP - 0x2000;
}

/* Lands here by iret: notes the registers, goes back into landing_call(). */
asm(".globl landing\n"
    "landing:\n"
    "	mov %rcx, landed_rcx(%rip)\n"
    "	mov %r11, landed_r11(%rip)\n"
    "	mov %rsp, landed_rsp(%rip)\n"
    "	mov %cs, landed_cs(%rip)\n"
    "	mov %ss, landed_ss(%rip)\n"
    "	pushfq\n"
    "	pop landed_flags(%rip)\n"
    "	mov back_rsp(%rip), %rsp\n"
    "	jmp context_resume\n");
extern char landing[];

static void landing_jump(void *frame)
{
	traps_frame_return(frame);
}

static struct traps_frame frame_new(void)
{
	return (struct traps_frame){
		.rip = (unsigned long)landing,
		.cs = FLAT_KERNEL_CS & ~3ul,
		.ss = FLAT_KERNEL_SS & ~3ul,
		.rflags = 0x2,
		.rsp = landing_stack(),
		.rcx = 0x1111222233334444,
		.r11 = 0x5555666677778888,
	};
}

static void landing_call(void *frame)
{
	context_call(landing_jump, frame, &back_rsp);
}

static bool land(struct traps_frame *f, struct fault *fault)
{
	landed_rsp = 0;
	return !fault_try(landing_call, f, fault) && landed_rsp == f->rsp;
}

static void good_frames(void)
{
	struct traps_frame f = frame_new();
	struct fault fault;

	TEST_CHECK(land(&f, &fault));
	TEST_EQ(landed_rcx, 0x1111222233334444);
	TEST_EQ(landed_r11, 0x5555666677778888);
	TEST_EQ(landed_cs, FLAT_KERNEL_CS);
	TEST_EQ(landed_ss, FLAT_KERNEL_SS);
	TEST_EQ(vcpu_self()->info->evtchn_upcall_mask, 1);

	f.rflags = 0x202 | 0x800 | 0x1;
	TEST_CHECK(land(&f, &fault));
	TEST_EQ(vcpu_self()->info->evtchn_upcall_mask, 0);
	TEST_EQ(landed_flags & 0x801, 0x801);
	vcpu_self()->info->evtchn_upcall_mask = 1;

	f = frame_new();
	f.error = VGCF_in_syscall;
	f.rflags = 0x46;
	TEST_CHECK(land(&f, &fault));
	TEST_EQ(landed_flags & 0x44, 0x44);
	TEST_EQ(landed_cs, FLAT_KERNEL_CS);
}

static void odd_flags(void)
{
	struct traps_frame f = frame_new();
	struct fault fault;

	/* IOPL 3 and VM, virtual interrupt bits: none of them reaches the CPU.
	 */
	f.rflags = 0x2 | 3 << 12 | 1 << 17;
	TEST_CHECK(land(&f, &fault));
	TEST_EQ(landed_flags & (3 << 12 | 1 << 17), 0);
	TEST_CHECK(landed_flags & 0x200);

	f = frame_new();
	f.error = VGCF_in_syscall;
	f.rflags = 0x2 | 3 << 12 | 1 << 17;
	TEST_CHECK(land(&f, &fault));
	TEST_EQ(landed_flags & (3 << 12 | 1 << 17), 0);

	/* Unknown bits of the flags word are no one's business. */
	f = frame_new();
	f.error = 0xffffffff00000000ul;
	TEST_CHECK(land(&f, &fault));
	TEST_EQ(landed_rcx, 0x1111222233334444);
}

static void selectors(void)
{
	struct traps_frame f = frame_new();
	struct fault fault;

	/* Rubbish above the 16 bits of a selector is not looked at. */
	f.cs |= 0xdeadbeefcafe0000ul;
	f.ss |= 0xdeadbeefcafe0000ul;
	TEST_CHECK(land(&f, &fault));
	TEST_EQ(landed_cs, FLAT_KERNEL_CS);
}

static bool failsafe_seen;

static bool failsafe(struct traps_frame *f, unsigned long error)
{
	(void)error;
	failsafe_seen = true;
	f->rip = (unsigned long)landing;
	f->rsp = landing_stack();
	f->cs = FLAT_KERNEL_CS & ~3ul;
	f->ss = FLAT_KERNEL_SS & ~3ul;
	f->rflags = 0x2;
	return true;
}

/* Either answer is one that a kernel can live with; a dead host is not. */
static void bad_target(const char *what, struct traps_frame f)
{
	struct fault fault;
	bool faulted;

	failsafe_seen = false;
	traps_set_hook(ENTRY_FAILSAFE, failsafe);
	faulted = fault_try(landing_call, &f, &fault);
	traps_set_hook(ENTRY_FAILSAFE, NULL);
	if (!TEST_CHECK(failsafe_seen ||
			(faulted &&
			 (fault.vector == TRAP_GP || fault.vector == TRAP_SS ||
			  fault.vector == TRAP_NP)))) {
		test_note("%s: vector %d", what, fault.vector);
	}
}

static void not_canonical(void)
{
	static const unsigned long rip[] = {
		0x0000800000000000ul,
		0x8000000000000000ul,
		0xffff7ffffffffffful,
	};
	struct traps_frame f = frame_new();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rip); i++) {
		f.rip = rip[i];
		f.error = 0;
		bad_target("rip by iret", f);
		f.error = VGCF_in_syscall;
		bad_target("rip by sysret", f);
	}
}

static void bad_selectors(void)
{
	struct traps_frame f = frame_new();

	/* A data segment as code; one that no table has; the hypervisor's. */
	f.cs = FLAT_KERNEL_SS & ~3ul;
	bad_target("cs is data", f);
	f.cs = 0x7ff8;
	bad_target("cs beyond the limit", f);
	f.cs = 0xe008;
	bad_target("cs of ring 0", f);
	f = frame_new();
	f.ss = FLAT_KERNEL_CS & ~3ul;
	bad_target("ss is code", f);
}

void test_main(void)
{
	good_frames();
	odd_flags();
	selectors();
	not_canonical();
	bad_selectors();
	good_frames();
}
