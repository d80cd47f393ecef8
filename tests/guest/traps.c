/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions as a guest sees them.
 *
 * The hypervisor turns a hardware exception of the guest into a bounce frame
 * on the guest's stack. Everything a kernel reads there is checked: the
 * vector's own entry, rip at the instruction (faults) or after it (traps),
 * error code with the user bit told from the guest's point of view, cr2 in
 * vcpu_info, cs with RPL 0 for the guest kernel and 3 for its user mode, the
 * upcall mask in the upper half of the cs slot, IF as its opposite.
 *
 * INT n: the gate's DPL decides. QEMU before 8.0 reports the #GP of such an
 * INT with n * 16 + 2 as its error code (a real CPU says n * 8 + 2), by which
 * Xen 4.17, that decodes the error code, delivers 2n; see emulated_soft_int.
 */
#include "rt/traps.h"
#include "rt/console.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/string.h"
#include "rt/test.h"

const char test_title[] = "traps";

static struct traps_frame seen;
static unsigned long seen_error, seen_rsp;
static uint8_t seen_mask;
static int seen_count;

/* Notes the entry and steps over an instruction of two bytes if it must. */
static bool record(struct traps_frame *f, unsigned long error)
{
	seen = *f;
	seen_error = error;
	seen_rsp = (unsigned long)f;
	seen_mask = vcpu_self()->info->evtchn_upcall_mask;
	seen_count++;
	if (f->entry == TRAP_UD || f->entry == TRAP_DE) {
		f->rip += 2;
	}
	return true;
}

static unsigned long ud_rip(void)
{
	unsigned long rip;

	asm volatile("lea 1f(%%rip), %0\n1: ud2" : "=r"(rip)::"memory");
	return rip;
}

static void invalid_opcode(void)
{
	unsigned long rip;

	seen_count = 0;
	traps_set_hook(TRAP_UD, record);
	rip = ud_rip();
	traps_set_hook(TRAP_UD, NULL);
	TEST_EQ(seen_count, 1);
	TEST_EQ(seen.rip, rip);
	TEST_EQ(seen_error, 0);
	TEST_EQ((uint32_t)seen.cs, FLAT_KERNEL_CS & ~3);
	TEST_EQ(seen.ss & ~3ul, FLAT_KERNEL_SS & ~3);
	TEST_EQ(seen.rsp > seen_rsp && seen.rsp - seen_rsp < 4096, 1);
	/* Bounced to an aligned stack: frame + 8 words of entry and iret. */
	TEST_EQ((seen_rsp + sizeof(struct traps_frame)) & 15, 0);
}

static void divide(void)
{
	seen_count = 0;
	traps_set_hook(TRAP_DE, record);
	asm volatile("xor %%ecx, %%ecx; mov $1, %%eax; xor %%edx, %%edx;"
		     "div %%ecx" ::
			     : "rax", "rcx", "rdx", "memory");
	traps_set_hook(TRAP_DE, NULL);
	TEST_EQ(seen_count, 1);
	TEST_EQ(seen.entry, TRAP_DE);
}

static void breakpoint(void)
{
	unsigned long rip;

	seen_count = 0;
	traps_set_hook(TRAP_BP, record);
	asm volatile("lea 1f(%%rip), %0; int3\n1:" : "=r"(rip)::"memory");
	traps_set_hook(TRAP_BP, NULL);
	TEST_EQ(seen_count, 1);
	TEST_EQ(seen.entry, TRAP_BP);
	TEST_EQ(seen.rip, rip);
}

/* #DB by TF: after the next instruction, in the guest kernel. */
static void single_step(void)
{
	unsigned long rip;

	seen_count = 0;
	traps_set_hook(TRAP_DB, record);
	asm volatile("pushfq; orl $0x100, (%%rsp); popfq; nop\n"
		     "1: pushfq; andl $~0x100, (%%rsp); popfq;"
		     "lea 1b(%%rip), %0"
		     : "=r"(rip)::"memory", "cc");
	traps_set_hook(TRAP_DB, NULL);
	TEST_CHECK(seen_count > 0);
	TEST_EQ(seen.entry, TRAP_DB);
}

static void read_at(void *va)
{
	*(volatile char *)va;
}

static void write_at(void *va)
{
	*(volatile char *)va = 1;
}

static void call_at(void *va)
{
	((void (*)(void))va)();
}

static void page_faults(void)
{
	char *page = mm_page_alloc();
	uint64_t frame = (uint64_t)mm_virt_to_mfn(page) << PAGE_SHIFT;
	struct fault f;

	TEST_CHECK(fault_try(read_at, (void *)0x12345678000, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(f.error, 0);
	TEST_EQ(f.cr2, 0x12345678000);
	TEST_CHECK(fault_try(write_at, (void *)0x12345678123, &f));
	TEST_EQ(f.error, PF_WRITE);
	TEST_EQ(f.cr2, 0x12345678123);

	TEST_EQ(mm_va_set(page, frame | PTE_RO), 0);
	TEST_CHECK(fault_try(write_at, page + 7, &f));
	TEST_EQ(f.error, PF_WRITE | PF_PRESENT);
	TEST_EQ(f.cr2, (unsigned long)page + 7);
	TEST_CHECK(!fault_try(read_at, page, &f));

	TEST_EQ(mm_va_set(page, frame | PTE_RW | PTE_NX), 0);
	page[0] = (char)0xc3;
	TEST_CHECK(fault_try(call_at, page, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(f.error, PF_PRESENT | PF_INSTR);
	TEST_EQ(f.rip, (unsigned long)page);
	TEST_EQ(mm_va_set(page, frame | PTE_RW), 0);
	TEST_CHECK(!fault_try(call_at, page, &f));
	mm_page_free(page);
}

/* Its own memory is not there for the guest, but the M2P is, to read. */
static void hypervisor_area(void)
{
	struct fault f;

	TEST_CHECK(!fault_try(read_at, (void *)0xffff800000000000ul, &f));
	TEST_CHECK(fault_try(write_at, (void *)0xffff800000000000ul, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_CHECK(fault_try(read_at, (void *)0xffff830000000000ul, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(f.cr2, 0xffff830000000000ul);
	TEST_EQ(f.error & ~PF_PRESENT, 0);
	TEST_CHECK(fault_try(write_at, (void *)0xffff82d040200000ul, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_CHECK(fault_try(call_at, (void *)0xffff82d040200000ul, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_CHECK(fault_try(read_at, (void *)0x0000800000000000ul, &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_EQ(f.error, 0);
}

static void load_ds(void *sel)
{
	asm volatile("mov %0, %%ds" ::"r"((unsigned long)sel) : "memory");
}

static void hlt_user(void *unused)
{
	(void)unused;
	asm volatile("lgdt (%%rsp)" ::: "memory");
}

static void protection(void)
{
	struct fault f;

	/* No such descriptor in any table: the error code is the selector. */
	TEST_CHECK(fault_try(load_ds, (void *)0x7ffbul, &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_EQ(f.error, 0x7ff8);
	TEST_CHECK(fault_try(hlt_user, NULL, &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_EQ(f.error, 0);
}

static bool nested_hook(struct traps_frame *f, unsigned long error)
{
	struct fault inner;

	TEST_CHECK(fault_try(read_at, (void *)0x12345678000, &inner));
	TEST_EQ(inner.vector, TRAP_PF);
	return record(f, error);
}

static void nested(void)
{
	unsigned long rip;

	seen_count = 0;
	traps_set_hook(TRAP_UD, nested_hook);
	rip = ud_rip();
	traps_set_hook(TRAP_UD, NULL);
	TEST_EQ(seen_count, 1);
	TEST_EQ(seen.rip, rip);
}

static void upcall_mask(void)
{
	struct vcpu_info *vi = vcpu_self()->info;

	traps_set_hook(TRAP_UD, record);
	vi->evtchn_upcall_mask = 0;
	ud_rip();
	TEST_EQ(seen.cs >> 32 & 0xff, 0);
	TEST_CHECK(seen.rflags & 0x200);
	TEST_EQ(seen_mask, 0);

	/* Bit 2 of the gate's flags: masked in the handler, iret restores. */
	TEST_EQ(traps_set_gate(TRAP_UD, 4), 0);
	ud_rip();
	TEST_EQ(seen.cs >> 32 & 0xff, 0);
	TEST_CHECK(seen.rflags & 0x200);
	TEST_EQ(seen_mask, 1);
	TEST_EQ(vi->evtchn_upcall_mask, 0);

	vi->evtchn_upcall_mask = 1;
	ud_rip();
	TEST_EQ(seen.cs >> 32 & 0xff, 1);
	TEST_CHECK(!(seen.rflags & 0x200));
	TEST_EQ(seen_mask, 1);
	TEST_EQ(vi->evtchn_upcall_mask, 1);
	TEST_EQ(traps_set_gate(TRAP_UD, 0), 0);
	traps_set_hook(TRAP_UD, NULL);
}

static unsigned long user_cs(unsigned long unused)
{
	(void)unused;
	asm volatile("ud2" ::: "memory");
	return insn_read_cs();
}

static unsigned long user_faults(unsigned long va)
{
	read_at((void *)va);
	return 0;
}

static void user_fault_run(void *va)
{
	user_run(user_faults, (unsigned long)va);
}

static void from_user(void)
{
	unsigned long top =
		(unsigned long)vcpu_blocks[0].bytes + VCPU_TSTACK_TOP;
	struct fault f;

	traps_set_hook(TRAP_UD, record);
	TEST_EQ(user_run(user_cs, 0), FLAT_USER_CS);
	traps_set_hook(TRAP_UD, NULL);
	TEST_EQ((uint32_t)seen.cs, FLAT_USER_CS);
	TEST_EQ(seen.ss, FLAT_USER_SS);
	TEST_EQ(seen_rsp + sizeof(struct traps_frame), top);
	TEST_CHECK(fault_try(user_fault_run, (void *)0x12345678000, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(f.error, PF_USER);
	TEST_EQ((uint32_t)f.cs, FLAT_USER_CS);
}

static void prefix_cpuid(void)
{
	struct insn_regs r = insn_cpuid_pv(0x40000000, 0);

	TEST_EQ(r.ebx, 0x566e6558);
	TEST_EQ(r.ecx, 0x65584d4d);
	TEST_EQ(r.edx, 0x4d4d566e);
	TEST_CHECK(r.eax >= 0x40000002);
	r = insn_cpuid_pv(0x40000001, 0);
	TEST_EQ(r.eax, 4 << 16 | 17);
	r = insn_cpuid_pv(0x40000002, 0);
	TEST_EQ(r.eax, 1);
}

/* The prefix before any other instruction: #UD at the ud2a. */
static void prefix_other(void)
{
	unsigned long rip;

	seen_count = 0;
	traps_set_hook(TRAP_UD, record);
	asm volatile("lea 1f(%%rip), %0; jmp 1f\n"
		     "1: ud2a; jmp 2f; .byte 0x6e; nop\n2:"
		     : "=r"(rip)::"memory");
	TEST_EQ(seen_count, 1);
	TEST_EQ(seen.rip, rip);
	traps_set_hook(TRAP_UD, NULL);
}

static void int_80(void *unused)
{
	(void)unused;
	asm volatile("int $0x80" ::: "memory");
}

static void int_21(void *unused)
{
	(void)unused;
	asm volatile("int $0x21" ::: "memory");
}

static unsigned long user_int_80(unsigned long unused)
{
	int_80(NULL);
	return unused + 1;
}

static void user_int_80_run(void *unused)
{
	user_run(user_int_80, HC(unused));
}

static void soft_int_80(void)
{
	struct fault f;

	/*
	 * A gate with DPL 0: not for guest user mode. Xen 4.17 has a fast path
	 * for this one vector that does not ask.
	 */
	TEST_EQ(traps_set_gate(0x80, 0), 0);
	TEST_CHECK(fault_try(user_int_80_run, NULL, &f));
	if (!test_on_xen()) {
		TEST_EQ(f.vector, TRAP_GP);
		TEST_CHECK(f.error == 0x80 * 8 + 2 || f.error == 0x80 * 16 + 2);
	}

	TEST_EQ(traps_set_gate(0x80, 3), 0);
	traps_set_hook(0x80, record);
	seen_count = 0;
	TEST_EQ(user_run(user_int_80, 41), 42);
	TEST_EQ(seen_count, 1);
	TEST_EQ(seen.entry, 0x80);
	TEST_EQ((uint32_t)seen.cs, FLAT_USER_CS);
	int_80(NULL);
	TEST_EQ(seen_count, 2);
	TEST_EQ((uint32_t)seen.cs, FLAT_KERNEL_CS & ~3);
	traps_set_hook(0x80, NULL);
}

static void emulated_soft_int(void)
{
	unsigned int vector = 0x21;
	struct fault f;

	/* No gate at all. */
	TEST_CHECK(fault_try(int_21, NULL, &f));
	TEST_EQ(f.vector, TRAP_GP);
	if (f.error == 0x21 * 16 + 2) {
		test_note("QEMU doubles the vector in INT's error code");
		if (test_on_xen()) {
			vector = 0x42;
		}
	} else {
		TEST_EQ(f.error, 0x21 * 8 + 2);
	}
	TEST_EQ(traps_set_gate(vector, 3), 0);
	traps_set_hook(vector, record);
	seen_count = 0;
	int_21(NULL);
	TEST_EQ(seen_count, 1);
	TEST_EQ(seen.entry, vector);
	traps_set_hook(vector, NULL);
}

static void trap_table(void)
{
	struct trap_info bad[2] = { { .vector = 0x30,
				      .cs = FLAT_KERNEL_CS,
				      .address = 0x0000800000000000ul } };

	TEST_EQ(hypercall_set_trap_table(bad), -XEN_EINVAL);
	bad[0].address = 0xffff7fffffffffffull;
	TEST_EQ(hypercall_set_trap_table(bad), -XEN_EINVAL);
	TEST_EQ(hypercall_set_trap_table((void *)0xffff830000000000ul),
		-XEN_EFAULT);
	TEST_EQ(hypercall_set_trap_table((void *)0x12345678000), -XEN_EFAULT);
}

void test_main(void)
{
	invalid_opcode();
	divide();
	breakpoint();
	single_step();
	page_faults();
	hypervisor_area();
	protection();
	nested();
	upcall_mask();
	from_user();
	prefix_cpuid();
	prefix_other();
	soft_int_80();
	emulated_soft_int();
	trap_table();
}
