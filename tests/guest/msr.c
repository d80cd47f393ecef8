/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Model-specific registers: what a PV kernel may read, and that nothing it
 * writes reaches the machine unless it is its own.
 *
 * An MSR that is not there for a guest is #GP on both rdmsr and wrmsr. Those
 * that hold the hypervisor's own entry points and modes must read the same
 * after whatever was tried.
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "msr";

struct access {
	uint32_t msr;
	uint64_t val;
};

static void do_read(void *arg)
{
	struct access *a = arg;

	a->val = insn_rdmsr(a->msr);
}

static void do_write(void *arg)
{
	const struct access *a = arg;

	insn_wrmsr(a->msr, a->val);
}

static bool reads(uint32_t msr, uint64_t *val)
{
	struct access a = { .msr = msr };
	struct fault f;
	bool faulted = fault_try(do_read, &a, &f);

	if (faulted) {
		TEST_EQ(f.vector, TRAP_GP);
		TEST_EQ(f.error, 0);
	}
	*val = a.val;
	return !faulted;
}

static bool writes(uint32_t msr, uint64_t val)
{
	struct access a = { .msr = msr, .val = val };
	struct fault f;
	bool faulted = fault_try(do_write, &a, &f);

	if (faulted) {
		TEST_EQ(f.vector, TRAP_GP);
		TEST_EQ(f.error, 0);
	}
	return !faulted;
}

static void unknown(void)
{
	static const uint32_t msr[] = { 0x12345678, 0xffffffff, 0x40000fff,
					0x1fff,	    0xc0ffffff, 0xc0010fff };
	unsigned int i;
	uint64_t v;

	for (i = 0; i < ARRAY_SIZE(msr); i++) {
		if (!TEST_CHECK(!reads(msr[i], &v)) ||
		    !TEST_CHECK(!writes(msr[i], 0))) {
			test_note("msr %x", msr[i]);
		}
	}
}

static void readable(void)
{
	uint64_t v;

	TEST_CHECK(reads(0x10, &v));
	TEST_CHECK(v > 0);
	TEST_CHECK(reads(0xc0000080, &v));
	/* Long mode on, NX on, SVM hidden. */
	TEST_EQ(v & 0x1d00, 0xd00);
	TEST_CHECK(reads(0x1b, &v));
	TEST_EQ(v & 0xfffff800, 0xfee00800);
	/* The PAT that the ABI fixes. */
	if (reads(0x277, &v)) {
		TEST_EQ(v, 0x050100070406ull);
	}
}

/* Written with something else: refused, or without any effect. */
static void protected(void)
{
	static const uint32_t msr[] = {
		0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
		0x174,	    0x175,	0x176,	    0x1b,	0x277,
		0x2ff,	    0x200,	0x201,	    0xc0010010, 0xc0010114,
		0xc0010117, 0xc0010015, 0xc0010016, 0xc0010017, 0x1d9,
		0x3a,	    0x9e,	0x79,	    0xda0,	0xc0010020,
		0x600,	    0x830,	0x80f,
	};
	uint64_t before, after;
	unsigned int i;
	bool readable_msr;

	for (i = 0; i < ARRAY_SIZE(msr); i++) {
		readable_msr = reads(msr[i], &before);
		writes(msr[i], readable_msr ? before ^ 0x1001 : 0x1001);
		writes(msr[i], ~0ull);
		writes(msr[i], 0);
		if (readable_msr) {
			TEST_CHECK(reads(msr[i], &after));
			if (!TEST_EQ(after, before)) {
				test_note("msr %x", msr[i]);
			}
		}
	}
}

static unsigned long user_rdmsr(unsigned long msr)
{
	return insn_rdmsr((uint32_t)msr);
}

static void user_run_rdmsr(void *msr)
{
	user_run(user_rdmsr, HC(msr));
}

static void from_user(void)
{
	struct fault f;

	TEST_CHECK(fault_try(user_run_rdmsr, (void *)0x10ul, &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_CHECK(fault_try(user_run_rdmsr, (void *)0xc0000080ul, &f));
	TEST_EQ(f.vector, TRAP_GP);
}

void test_main(void)
{
	unknown();
	readable();
	protected();
	from_user();
	/* Whatever was written: hypercalls still work. */
	TEST_EQ(hypercall_version(0, NULL), 4 << 16 | 17);
}
