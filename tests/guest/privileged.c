/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileged instructions of a kernel that has no privilege.
 *
 * The #GP of such an instruction comes to the hypervisor, which does what the
 * guest may have (control registers of its own, ports of its own) and passes
 * the #GP on for the rest. From guest user mode all of it is #GP.
 *
 * Ports and cli/sti follow the virtual IOPL of PHYSDEVOP_set_iopl: 0 at first,
 * 1 is enough for the guest kernel, 3 for its user mode; single ports come by
 * a bitmap.
 */
#include <xen/physdev.h>

#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "privileged";

static void set_cr0(void *v)
{
	insn_write_cr0(HC(v));
}

static void set_cr3(void *v)
{
	insn_write_cr3(HC(v));
}

static void set_cr4(void *v)
{
	insn_write_cr4(HC(v));
}

static void control_registers(void)
{
	unsigned long cr0 = insn_read_cr0(), cr4 = insn_read_cr4();
	struct fault f;

	TEST_EQ(cr0 & 0x80000001, 0x80000001);
	TEST_EQ(insn_read_cr3(), xen_pfn_to_cr3(mm_l4_mfn()));
	TEST_EQ(cr4 & 0x20, 0x20);
	/* SMEP, SMAP, VMXE, PCIDE and PGE are the hypervisor's affair. */
	TEST_EQ(cr4 & (1 << 20 | 1 << 21 | 1 << 13 | 1 << 17), 0);
	insn_write_cr2(0x123456);
	TEST_EQ(insn_read_cr2(), 0x123456);
	insn_write_cr4(cr4);
	TEST_EQ(insn_read_cr4(), cr4);
	insn_write_cr0(cr0 | 8);
	TEST_EQ(insn_read_cr0(), cr0 | 8);
	asm volatile("clts" ::: "memory");
	TEST_EQ(insn_read_cr0(), cr0 & ~8ul);
	insn_write_cr0(cr0);
	TEST_CHECK(!fault_try(set_cr3, (void *)insn_read_cr3(), &f));
	TEST_EQ(insn_read_cr3(), xen_pfn_to_cr3(mm_l4_mfn()));
}

static void bad_control_values(void)
{
	unsigned long cr0 = insn_read_cr0(), cr4 = insn_read_cr4();
	struct fault f;

	TEST_CHECK(fault_try(set_cr0, (void *)(cr0 & ~0x80000000ul), &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_CHECK(fault_try(set_cr0, (void *)(cr0 & ~1ul), &f));
	TEST_CHECK(fault_try(set_cr3, (void *)~0xffful, &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_CHECK(fault_try(set_cr3,
			     (void *)xen_pfn_to_cr3(mm_virt_to_mfn(test_title)),
			     &f));
	/* Refused or without effect: the guest's view stays. */
	fault_try(set_cr4, (void *)(cr4 & ~0x20ul), &f);
	TEST_EQ(insn_read_cr4(), cr4);
	fault_try(set_cr4, (void *)(cr4 | 1 << 13), &f);
	TEST_EQ(insn_read_cr4(), cr4);
	/* All bits: either refused, or only those that a guest may have. */
	fault_try(set_cr4, (void *)~0ul, &f);
	TEST_EQ(insn_read_cr4() & (1 << 20 | 1 << 21 | 1 << 13 | 1 << 17), 0);
	insn_write_cr4(cr4);
	TEST_EQ(insn_read_cr4(), cr4);
}

#define DEFINE_INSN(name, text)                                             \
	static __used void do_##name(void *unused)                          \
	{                                                                   \
		(void)unused;                                               \
		asm volatile(text ::: "memory", "rax", "rcx", "rdx", "cc"); \
	}                                                                   \
	static unsigned long user_##name(unsigned long unused)              \
	{                                                                   \
		(void)unused;                                               \
		asm volatile(text ::: "memory", "rax", "rcx", "rdx", "cc"); \
		return 0;                                                   \
	}                                                                   \
	static __used void user_run_##name(void *unused)                    \
	{                                                                   \
		user_run(user_##name, HC(unused));                          \
	}

DEFINE_INSN(lgdt, "sub $16, %%rsp; lgdt (%%rsp); add $16, %%rsp")
DEFINE_INSN(lidt, "sub $16, %%rsp; lidt (%%rsp); add $16, %%rsp")
DEFINE_INSN(lldt, "xor %%eax, %%eax; lldt %%ax")
DEFINE_INSN(ltr, "mov $0xe040, %%eax; ltr %%ax")
DEFINE_INSN(swapgs, "swapgs")
DEFINE_INSN(sysret, "lea 1f(%%rip), %%rcx; mov $0x202, %%r11d; sysretq\n1:")
DEFINE_INSN(cli, "cli")
DEFINE_INSN(sti, "sti")
DEFINE_INSN(mov_cr8, "xor %%eax, %%eax; mov %%rax, %%cr8")
DEFINE_INSN(read_cr0, "mov %%cr0, %%rax")
DEFINE_INSN(clts, "clts")
DEFINE_INSN(invlpg, "invlpg 0x1000")
DEFINE_INSN(in, "in $0x61, %%al")
DEFINE_INSN(out, "mov $0, %%al; out %%al, $0x80")
DEFINE_INSN(read_dr7, "mov %%dr7, %%rax")
DEFINE_INSN(sidt, "sub $16, %%rsp; sidt (%%rsp); add $16, %%rsp")
DEFINE_INSN(wbinvd, "wbinvd")
DEFINE_INSN(vmrun, "xor %%eax, %%eax; vmrun")
DEFINE_INSN(hlt, "hlt")
DEFINE_INSN(xsetbv_1, "mov $1, %%ecx; xor %%edx, %%edx; mov $3, %%eax; xsetbv")
DEFINE_INSN(xsetbv_0,
	    "xor %%ecx, %%ecx; xor %%edx, %%edx; xor %%eax, %%eax; xsetbv")

struct probe {
	const char *name;
	void (*fn)(void *);
};

static void never(void)
{
	static const struct probe list[] = {
		{ "lgdt", do_lgdt },	     { "lidt", do_lidt },
		{ "lldt", do_lldt },	     { "ltr", do_ltr },
		{ "swapgs", do_swapgs },     { "sysret", do_sysret },
		{ "cr8", do_mov_cr8 },	     { "vmrun", do_vmrun },
		{ "xsetbv 1", do_xsetbv_1 }, { "xsetbv 0", do_xsetbv_0 },
	};
	struct fault f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		if (!TEST_CHECK(fault_try(list[i].fn, NULL, &f)) ||
		    !TEST_CHECK(f.vector == TRAP_GP || f.vector == TRAP_UD)) {
			test_note("%s: vector %d", list[i].name, f.vector);
		}
	}
}

static void never_in_user_mode(void)
{
	static const struct probe list[] = {
		{ "lgdt", user_run_lgdt },
		{ "lidt", user_run_lidt },
		{ "lldt", user_run_lldt },
		{ "ltr", user_run_ltr },
		{ "swapgs", user_run_swapgs },
		{ "sysret", user_run_sysret },
		{ "cr8", user_run_mov_cr8 },
		{ "vmrun", user_run_vmrun },
		{ "cli", user_run_cli },
		{ "sti", user_run_sti },
		{ "cr0", user_run_read_cr0 },
		{ "clts", user_run_clts },
		{ "invlpg", user_run_invlpg },
		{ "in", user_run_in },
		{ "out", user_run_out },
		{ "dr7", user_run_read_dr7 },
		{ "wbinvd", user_run_wbinvd },
		{ "hlt", user_run_hlt },
		{ "xsetbv 0", user_run_xsetbv_0 },
		{ "xsetbv 1", user_run_xsetbv_1 },
	};
	struct fault f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		if (!TEST_CHECK(fault_try(list[i].fn, NULL, &f)) ||
		    !TEST_CHECK(f.vector == TRAP_GP || f.vector == TRAP_UD)) {
			test_note("%s: vector %d", list[i].name, f.vector);
		}
	}
}

static void allowed(void)
{
	struct fault f;

	TEST_CHECK(!fault_try(do_read_dr7, NULL, &f));
	TEST_CHECK(!fault_try(do_wbinvd, NULL, &f));
	TEST_CHECK(!fault_try(do_sidt, NULL, &f));
	TEST_CHECK(!fault_try(user_run_sidt, NULL, &f));
}

static long set_iopl(uint32_t iopl)
{
	struct physdev_set_iopl op = { .iopl = iopl };

	return hypercall_physdev_op(PHYSDEVOP_set_iopl, &op);
}

static void iopl(void)
{
	struct fault f;

	TEST_CHECK(fault_try(do_in, NULL, &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_CHECK(fault_try(do_cli, NULL, &f));
	TEST_EQ(set_iopl(1), 0);
	TEST_CHECK(!fault_try(do_in, NULL, &f));
	TEST_CHECK(!fault_try(do_out, NULL, &f));
	TEST_CHECK(!fault_try(do_cli, NULL, &f));
	TEST_CHECK(!fault_try(do_sti, NULL, &f));
	TEST_CHECK(fault_try(user_run_in, NULL, &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_EQ(set_iopl(3), 0);
	TEST_CHECK(!fault_try(user_run_in, NULL, &f));
	TEST_CHECK(!fault_try(user_run_cli, NULL, &f));
	TEST_EQ(set_iopl(4), -XEN_EINVAL);
	TEST_EQ(set_iopl(~0u), -XEN_EINVAL);
	TEST_EQ(set_iopl(0), 0);
	TEST_CHECK(fault_try(do_in, NULL, &f));
}

/* A clear bit permits its port, for user mode too. */
static void io_bitmap(void)
{
	static uint8_t bitmap[8192];
	struct physdev_set_iobitmap op = { .nr_ports = 0x100 };
	struct fault f;

	memset(bitmap, 0xff, sizeof(bitmap));
	bitmap[0x61 / 8] &= (uint8_t) ~(1 << 0x61 % 8);
	set_xen_guest_handle(op.bitmap, bitmap);
	TEST_EQ(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
	TEST_CHECK(!fault_try(user_run_in, NULL, &f));
	TEST_CHECK(fault_try(user_run_out, NULL, &f));
	op.nr_ports = 65537;
	TEST_EQ(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &op), -XEN_EINVAL);
	op.nr_ports = 0;
	TEST_EQ(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
	TEST_CHECK(fault_try(user_run_in, NULL, &f));
}

/* PCI configuration space by ports; ports that the hypervisor keeps. */
static void ports(void)
{
	TEST_EQ(set_iopl(1), 0);
	insn_outl(0xcf8, 0x80000000);
	TEST_EQ(insn_inl(0xcf8), 0x80000000);
	TEST_EQ(insn_inl(0xcfc) & 0xffff, 0x8086);
	insn_outl(0xcf8, 0);
	/* The interrupt controllers and the console's UART. */
	TEST_EQ(insn_inb(0x21), 0xff);
	TEST_EQ(insn_inb(0xa1), 0xff);
	TEST_EQ(insn_inb(0x3fd), 0xff);
	/* A timer that seems to begin at all ones keeps Linux waiting. */
	TEST_CHECK(insn_inb(0x42) != 0xff || insn_inb(0x42) != 0xff);
	insn_outb(0x21, 0);
	insn_outb(0x3f8, '!');
	TEST_EQ(set_iopl(0), 0);
}

void test_main(void)
{
	control_registers();
	bad_control_values();
	never();
	never_in_user_mode();
	allowed();
	iopl();
	io_bitmap();
	ports();
}
