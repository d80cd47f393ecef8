/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug registers, by hypercall and by emulated mov.
 *
 * They are a guest's to use on its own addresses: a breakpoint in the
 * hypervisor's half would trap in ring 0. Reserved bits are put right, general
 * detect and I/O breakpoints are not for guests, and a breakpoint that is hit
 * arrives as #DB with its bit in DR6.
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "debug_registers";

static void values(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		TEST_EQ(hypercall_set_debugreg(i, 0x1000 + i), 0);
		TEST_EQ(hypercall_get_debugreg(i), 0x1000 + i);
	}
	TEST_EQ(insn_read_dr0(), 0x1000);
	TEST_EQ(insn_read_dr3(), 0x1003);
	insn_write_dr1(0x2000);
	TEST_EQ(hypercall_get_debugreg(1), 0x2000);
	TEST_EQ(hypercall_get_debugreg(6) & 0xffff0ff0, 0xffff0ff0);
	TEST_EQ(hypercall_get_debugreg(7), 0x400);
	TEST_EQ(hypercall_get_debugreg(8), -XEN_ENODEV);
	TEST_EQ(hypercall_get_debugreg(~0u), -XEN_ENODEV);
	TEST_CHECK(hypercall_set_debugreg(8, 0) < 0);
	TEST_CHECK(hypercall_set_debugreg(~0u, 0) < 0);
}

static void set_dr0(void *v)
{
	insn_write_dr0(HC(v));
}

static void set_dr7(void *v)
{
	insn_write_dr7(HC(v));
}

static void refused(void)
{
	static const unsigned long bad[] = {
		0xffff830000000000ul,
		0xffff82d040200000ul,
		0x0000800000000000ul,
		0xffff800000000000ul,
	};
	struct fault f;
	unsigned int i;

	TEST_EQ(hypercall_set_debugreg(0, 0x1000), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		TEST_CHECK(hypercall_set_debugreg(0, bad[i]) < 0);
		TEST_CHECK(fault_try(set_dr0, (void *)bad[i], &f));
		TEST_EQ(f.vector, TRAP_GP);
		TEST_EQ(hypercall_get_debugreg(0), 0x1000);
	}
	/* Upper halves of DR6 and DR7, and an I/O breakpoint without CR4.DE. */
	TEST_CHECK(hypercall_set_debugreg(7, 1ul << 32 | 0x401) < 0);
	TEST_CHECK(hypercall_set_debugreg(6, 1ul << 32) < 0);
	TEST_CHECK(hypercall_set_debugreg(7, 0x401 | 2 << 16) < 0);
	TEST_CHECK(fault_try(set_dr7, (void *)(1ul << 32 | 0x401), &f));
	TEST_EQ(hypercall_get_debugreg(7), 0x400);
	/* General detect is the hypervisor's to use. */
	hypercall_set_debugreg(7, 0x2400);
	TEST_EQ(hypercall_get_debugreg(7) & 0x2000, 0);
	TEST_EQ(hypercall_set_debugreg(7, 0), 0);
}

static unsigned long hit_rip, hit_dr6;
static volatile unsigned int hits;

static bool on_debug(struct traps_frame *f, unsigned long error)
{
	(void)error;
	hits++;
	hit_rip = f->rip;
	hit_dr6 = insn_read_dr6();
	insn_write_dr6(0xffff0ff0);
	f->rflags |= 1 << 16;
	return true;
}

static __noinline void stand_here(void)
{
	asm volatile("nop" ::: "memory");
}

static void execution(void)
{
	hits = 0;
	traps_set_hook(TRAP_DB, on_debug);
	TEST_EQ(hypercall_set_debugreg(0, HC(stand_here)), 0);
	TEST_EQ(hypercall_set_debugreg(7, 0x402), 0);
	stand_here();
	TEST_EQ(hypercall_set_debugreg(7, 0), 0);
	stand_here();
	traps_set_hook(TRAP_DB, NULL);
	TEST_EQ(hits, 1);
	TEST_EQ(hit_rip, HC(stand_here));
	TEST_EQ(hit_dr6 & 0xf, 1);
}

static void watchpoint(void)
{
	static volatile unsigned long word[8];

	hits = 0;
	traps_set_hook(TRAP_DB, on_debug);
	TEST_EQ(hypercall_set_debugreg(2, HC(word)), 0);
	/* DR2 on writes of eight bytes. */
	TEST_EQ(hypercall_set_debugreg(7, 0x400 | 2 << 4 | 9u << 24), 0);
	word[0] = 1;
	TEST_EQ(hits, 1);
	TEST_EQ(hit_dr6 & 0xf, 4);
	(void)word[0];
	TEST_EQ(hits, 1);
	/* The hypervisor's own write there: no trap of its own to die of. */
	hypercall_version(1, (void *)word);
	TEST_EQ(hypercall_set_debugreg(7, 0), 0);
	word[0] = 2;
	traps_set_hook(TRAP_DB, NULL);
	TEST_CHECK(hits <= 2);
}

/*
 * A data breakpoint on the stack that INT3 pushes to, and one on the syscall
 * path: must neither loop (XSA-156's kind) nor hit in ring 0.
 */
static void on_entry_paths(void)
{
	unsigned long rsp = insn_read_rsp();

	hits = 0;
	traps_set_hook(TRAP_DB, on_debug);
	TEST_EQ(hypercall_set_debugreg(0, rsp & ~7ul), 0);
	TEST_EQ(hypercall_set_debugreg(7, 0x402 | 11u << 16), 0);
	TEST_EQ(hypercall_version(0, NULL), 4 << 16 | 17);
	TEST_EQ(hypercall_set_debugreg(7, 0), 0);
	traps_set_hook(TRAP_DB, NULL);
	TEST_CHECK(hits < 100);
}

void test_main(void)
{
	values();
	refused();
	execution();
	watchpoint();
	on_entry_paths();
}
