/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FPU and vector state: every vcpu has its own, whole, at any switch.
 *
 * Two vcpus on one physical CPU (the harness boots this guest so) fill SSE and,
 * where it is there, AVX registers with patterns of their own, yield, and
 * look. Then the guest's own lazy switching: fpu_taskswitch sets TS, the next
 * FPU instruction is #NM, and TS is gone; XCR0 by xsetbv is per vcpu too.
 */
#include <xen/sched.h>

#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/rt.h"
#include "rt/test.h"
#include "rt/time.h"
#include "rt/traps.h"
#include "rt/vcpu.h"

const char test_title[] = "fpu";

#define ROUNDS 300

static volatile unsigned long wrong[2], rounds[2];

static __noinline bool sse_round(uint64_t pattern)
{
	uint64_t out[4];

	asm volatile("movq %0, %%xmm0; movq %0, %%xmm7; movq %0, %%xmm15" ::"r"(
			     pattern)
		     : "memory");
	hypercall_sched_op(SCHEDOP_yield, NULL);
	asm volatile("movq %%xmm0, %0; movq %%xmm7, %1; movq %%xmm15, %2"
		     : "=m"(out[0]), "=m"(out[1]), "=m"(out[2])::"memory");
	return out[0] == pattern && out[1] == pattern && out[2] == pattern;
}

static void worker(void *arg)
{
	unsigned long id = (unsigned long)arg;
	uint64_t pattern;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		pattern = (uint64_t)id << 32 | 0x5a000000 | i;
		if (!sse_round(pattern)) {
			wrong[id]++;
		}
		rounds[id]++;
	}
}

static void two_vcpus(void)
{
	uint64_t end;

	TEST_EQ(vcpu_boot(1, worker, (void *)1), 0);
	worker((void *)0);
	end = time_now() + 20000 * MS;
	while (rounds[1] < ROUNDS && time_now() < end) {
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
	TEST_EQ(rounds[0], ROUNDS);
	TEST_EQ(rounds[1], ROUNDS);
	TEST_EQ(wrong[0], 0);
	TEST_EQ(wrong[1], 0);
}

static void sse_use(void *unused)
{
	(void)unused;
	asm volatile("pxor %%xmm3, %%xmm3" ::: "memory");
}

static void task_switch(void)
{
	struct fault f;

	TEST_EQ(hypercall_fpu_taskswitch(1), 0);
	TEST_CHECK(insn_read_cr0() & 8);
	TEST_CHECK(fault_try(sse_use, NULL, &f));
	TEST_EQ(f.vector, TRAP_NM);
	/* Delivering #NM clears TS, as the ABI says. */
	TEST_CHECK(!(insn_read_cr0() & 8));
	TEST_CHECK(!fault_try(sse_use, NULL, &f));
	TEST_EQ(hypercall_fpu_taskswitch(1), 0);
	TEST_EQ(hypercall_fpu_taskswitch(0), 0);
	TEST_CHECK(!fault_try(sse_use, NULL, &f));
}

/* The initial state: masked exceptions, no rubbish of who was before. */
static void initial_state(void)
{
	uint64_t xmm[2] = { 1, 1 };
	uint32_t mxcsr;
	uint16_t fcw;

	asm volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(fcw));
	TEST_EQ(mxcsr, 0x1f80);
	TEST_EQ(fcw, 0x37f);
	asm volatile("movups %%xmm9, %0" : "=m"(xmm)::"memory");
	TEST_EQ(xmm[0] | xmm[1], 0);
}

static uint64_t xgetbv0(void)
{
	uint32_t lo, hi;

	asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (uint64_t)hi << 32 | lo;
}

struct xsetbv {
	uint32_t index;
	uint64_t val;
};

static void xsetbv(void *arg)
{
	const struct xsetbv *x = arg;

	asm volatile("xsetbv" ::"c"(x->index), "a"((uint32_t)x->val),
		     "d"((uint32_t)(x->val >> 32)));
}

static void xcr0(void)
{
	static const struct xsetbv bad[] = {
		{ 0, 0 }, { 0, 2 },	{ 0, 4 },
		{ 0, 5 }, { 0, ~0ull }, { 0, 1ull << 63 | 3 },
		{ 1, 3 }, { 0, 9 },
	};
	struct insn_regs r = insn_cpuid_pv(1, 0);
	struct xsetbv x = { 0, 3 };
	struct fault f;
	unsigned int i;

	if (!(r.ecx & 1 << 26)) {
		test_note("no XSAVE for guests");
		return;
	}
	insn_write_cr4(insn_read_cr4() | 1 << 18);
	TEST_EQ(xgetbv0() & 1, 1);
	TEST_CHECK(!fault_try(xsetbv, &x, &f));
	TEST_EQ(xgetbv0(), 3);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		x = bad[i];
		if (!TEST_CHECK(fault_try(xsetbv, &x, &f))) {
			test_note("xcr%u = %lx", x.index, x.val);
		}
		TEST_EQ(f.vector, TRAP_GP);
	}
	TEST_EQ(xgetbv0(), 3);
	if (insn_cpuid_pv(0xd, 0).eax & 4) {
		x = (struct xsetbv){ 0, 7 };
		TEST_CHECK(!fault_try(xsetbv, &x, &f));
		TEST_EQ(xgetbv0(), 7);
	}
}

void test_main(void)
{
	initial_state();
	task_switch();
	xcr0();
	two_vcpus();
}
