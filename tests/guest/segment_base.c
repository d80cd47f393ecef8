/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segment bases: by hypercall, by MSR, by selector.
 *
 * XSA-193: a base that is not canonical, handed to WRMSR in ring 0, faults
 * there. By hypercall it must be an error, by an emulated wrmsr a #GP, and the
 * old base stays. A selector that no table has must do no harm either.
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "segment_base";

#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

static const unsigned long not_canonical[] = {
	0x0000800000000000ul,
	0x8000000000000000ul,
	0xffff7ffffffffffful,
	0x1234567812345678ul,
};

static unsigned long word = 0xcafe;

static unsigned long read_fs(void)
{
	unsigned long v;

	asm volatile("mov %%fs:0, %0" : "=r"(v));
	return v;
}

static unsigned long read_gs(void)
{
	unsigned long v;

	asm volatile("mov %%gs:0, %0" : "=r"(v));
	return v;
}

static void by_hypercall(void)
{
	unsigned int i, which;

	TEST_EQ(hypercall_set_segment_base(SEGBASE_FS, HC(&word)), 0);
	TEST_EQ(hypercall_set_segment_base(SEGBASE_GS_KERNEL, HC(&word)), 0);
	TEST_EQ(hypercall_set_segment_base(SEGBASE_GS_USER, HC(&word)), 0);
	for (which = SEGBASE_FS; which <= SEGBASE_GS_KERNEL; which++) {
		for (i = 0; i < ARRAY_SIZE(not_canonical); i++) {
			TEST_EQ(hypercall_set_segment_base(which,
							   not_canonical[i]),
				-XEN_EINVAL);
		}
	}
	TEST_EQ(read_fs(), 0xcafe);
	TEST_EQ(read_gs(), 0xcafe);
	TEST_CHECK(hypercall_set_segment_base(99, 0) < 0);
}

static void by_selector(void)
{
	static const unsigned int sel[] = { 0x7ffb, 0xffff, 0xe008, 0xe010,
					    0x7ffc };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sel); i++) {
		hypercall_set_segment_base(SEGBASE_GS_USER_SEL, sel[i]);
	}
	TEST_EQ(hypercall_set_segment_base(SEGBASE_GS_USER_SEL, 0), 0);
	TEST_EQ(read_gs(), 0xcafe);
}

struct msr_write {
	uint32_t msr;
	uint64_t val;
};

static void msr_write(void *arg)
{
	const struct msr_write *w = arg;

	insn_wrmsr(w->msr, w->val);
}

static void by_msr(void)
{
	static const uint32_t msr[] = { MSR_FS_BASE, MSR_GS_BASE,
					MSR_KERNEL_GS_BASE };
	unsigned long other = 0xbeef;
	struct msr_write w;
	struct fault f;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(msr); i++) {
		w = (struct msr_write){ msr[i], HC(&other) };
		TEST_CHECK(!fault_try(msr_write, &w, &f));
		TEST_EQ(insn_rdmsr(msr[i]), HC(&other));
		for (j = 0; j < ARRAY_SIZE(not_canonical); j++) {
			w.val = not_canonical[j];
			TEST_CHECK(fault_try(msr_write, &w, &f));
			TEST_EQ(f.vector, TRAP_GP);
			TEST_EQ(f.error, 0);
		}
		TEST_EQ(insn_rdmsr(msr[i]), HC(&other));
	}
	TEST_EQ(read_fs(), 0xbeef);
	TEST_EQ(read_gs(), 0xbeef);
}

/* A base in the hypervisor's half is canonical, and of no use to read it. */
static void read_fs_fault(void *unused)
{
	(void)unused;
	read_fs();
}

static void hypervisor_base(void)
{
	struct fault f;

	if (!hypercall_set_segment_base(SEGBASE_FS, 0xffff830000000000ul)) {
		TEST_CHECK(fault_try(read_fs_fault, NULL, &f));
		TEST_EQ(f.vector, TRAP_PF);
	}
	TEST_EQ(hypercall_set_segment_base(SEGBASE_FS, 0), 0);
}

void test_main(void)
{
	by_hypercall();
	by_selector();
	by_msr();
	hypervisor_base();
}
