/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Direct writes to page tables.
 *
 * Linux writes some entries with plain instructions although its tables are
 * mapped read-only: the page fault comes to the hypervisor, which does the
 * write in the guest's stead after the checks of mmu_update. Every form that
 * kernels use is tried on a live L1, then the same with entries that must be
 * refused, by which the guest gets its page fault.
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "pte_emul";

static uint64_t *slot; /* the L1 entry of MM_WINDOW, read-only */
static uint64_t frame_a, frame_b;
static volatile unsigned long *va = (void *)MM_WINDOW;

static void flush(void)
{
	mm_ext_mfn(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

static void store(void *val)
{
	*(volatile uint64_t *)slot = (uint64_t)val;
}

static void stores(void)
{
	struct fault f;

	TEST_CHECK(!fault_try(store, (void *)(frame_b | PTE_RW), &f));
	flush();
	TEST_EQ(*va, 0xb);
	TEST_CHECK(!fault_try(store, (void *)(frame_a | PTE_RO), &f));
	flush();
	TEST_EQ(*va, 0xa);
	TEST_CHECK(!fault_try(store, NULL, &f));
	TEST_EQ(*slot, 0);
	TEST_CHECK(!fault_try(store, (void *)(frame_a | PTE_RW), &f));
}

static void exchanges(void)
{
	uint64_t v = frame_b | PTE_RW, old = *slot;

	asm volatile("xchg %0, %1" : "+r"(v), "+m"(*slot)::"memory");
	TEST_EQ(v, old);
	flush();
	TEST_EQ(*va, 0xb);

	/* What Linux's ptep_get_and_clear does. */
	v = 0;
	asm volatile("xchg %0, %1" : "+r"(v), "+m"(*slot)::"memory");
	TEST_EQ(v & PTE_ADDR_MASK, frame_b);
	TEST_EQ(*slot, 0);
	v = frame_a | PTE_RW;
	asm volatile("xchg %0, %1" : "+r"(v), "+m"(*slot)::"memory");
	TEST_EQ(v, 0);
}

static void compare_exchanges(void)
{
	uint64_t expect = *slot, new = frame_b | PTE_RW;
	bool ok;

	ok = __atomic_compare_exchange_n(slot, &expect, new, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	TEST_CHECK(ok);
	flush();
	TEST_EQ(*va, 0xb);
	expect = 0x1234;
	ok = __atomic_compare_exchange_n(slot, &expect, frame_a | PTE_RW, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	TEST_CHECK(!ok);
	TEST_EQ(expect & PTE_ADDR_MASK, frame_b);
	TEST_EQ(*slot & PTE_ADDR_MASK, frame_b);
}

static void bit_operations(void)
{
	uint64_t before = *slot;
	bool carry;

	asm volatile("lock btrq $1, %0"
		     : "+m"(*slot), "=@ccc"(carry)::"memory");
	TEST_CHECK(carry);
	TEST_EQ(*slot, before & ~PTE_W);
	asm volatile("lock btrq $1, %0"
		     : "+m"(*slot), "=@ccc"(carry)::"memory");
	TEST_CHECK(!carry);
	asm volatile("lock btsq $1, %0"
		     : "+m"(*slot), "=@ccc"(carry)::"memory");
	TEST_CHECK(!carry);
	TEST_EQ(*slot, before);
	asm volatile("lock andq %1, %0"
		     : "+m"(*slot)
		     : "r"(~PTE_W)
		     : "memory", "cc");
	TEST_EQ(*slot, before & ~PTE_W);
	asm volatile("lock orq %1, %0"
		     : "+m"(*slot)
		     : "r"(PTE_W)
		     : "memory", "cc");
	TEST_EQ(*slot, before);
	asm volatile("lock btrq %2, %0"
		     : "+m"(*slot), "=@ccc"(carry)
		     : "r"(5ul)
		     : "memory");
	TEST_EQ(*slot, before & ~PTE_A);
	asm volatile("orb $0x20, %0" : "+m"(*(char *)slot)::"memory", "cc");
	TEST_EQ(*slot, before);
}

static void store_string(void *val)
{
	uint64_t *to = slot;

	asm volatile("stosq" : "+D"(to) : "a"(val) : "memory");
}

/* Addressing forms: index and scale, RIP-less displacement, high registers. */
static void addressing(void)
{
	uint64_t val = frame_a | PTE_RW;
	uint64_t *base = slot - 3;
	struct fault f;

	asm volatile("mov %1, (%0, %2, 8)" ::"r"(base), "r"(val), "r"(3ul)
		     : "memory");
	TEST_EQ(*slot & PTE_ADDR_MASK, frame_a);
	asm volatile("mov %0, %%r13; mov %1, %%r12; mov %%r12, 24(%%r13)" ::"r"(
			     base),
		     "r"(frame_b | PTE_RW)
		     : "memory", "r12", "r13");
	TEST_EQ(*slot & PTE_ADDR_MASK, frame_b);
	asm volatile("movq $0, (%0)" ::"r"(slot) : "memory");
	TEST_EQ(*slot, 0);
	/* A string store may be too rare to be emulated: then it is #PF. */
	*slot = frame_b | PTE_RW;
	if (!fault_try(store_string, (void *)val, &f)) {
		TEST_EQ(*slot & PTE_ADDR_MASK, frame_a);
	} else {
		TEST_EQ(f.vector, TRAP_PF);
		TEST_EQ(*slot & PTE_ADDR_MASK, frame_b);
	}
}

static void refused(void)
{
	uint64_t *table = mm_table_new();
	uint64_t old = *slot;
	struct fault f;

	TEST_EQ(mm_pin(1, mm_virt_to_mfn(table)), 0);
	TEST_CHECK(fault_try(
		store, (void *)(mm_virt_to_mfn(table) * PAGE_SIZE | PTE_RW),
		&f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(f.error, PF_WRITE | PF_PRESENT);
	TEST_EQ(f.cr2, (unsigned long)slot);
	TEST_EQ(*slot, old);
	TEST_CHECK(
		fault_try(store, (void *)(0x0000ffffff000000ull | PTE_RW), &f));
	TEST_CHECK(
		fault_try(store, (void *)(frame_a | PTE_RW | 1ull << 51), &f));
	TEST_EQ(*slot, old);
	TEST_EQ(mm_unpin(mm_virt_to_mfn(table)), 0);
	mm_table_free(table);
}

static void store_word(void *p)
{
	*(volatile uint64_t *)p = 0;
}

static void store_crossing(void *p)
{
	*(volatile uint64_t *)((char *)p + 4) = 0;
}

/* Tables above the first level, unaligned writes, and from user mode. */
static void elsewhere(void)
{
	uint64_t m2, old;
	uint64_t *l2;
	struct fault f;

	old = mm_pte_read((void *)va, 2, &m2);
	l2 = (uint64_t *)((char *)mm_mfn_to_virt(m2 >> PAGE_SHIFT) +
			  (m2 & 0xfff));
	TEST_CHECK(fault_try(store_word, l2, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(mm_pte_read((void *)va, 2, NULL), old);
	TEST_CHECK(fault_try(store_crossing, slot, &f));
	TEST_EQ(f.vector, TRAP_PF);
}

static unsigned long user_store(unsigned long v)
{
	*(volatile uint64_t *)slot = v;
	return 1;
}

static void user_store_run(void *v)
{
	user_run(user_store, HC(v));
}

static void from_user(void)
{
	uint64_t old = *slot;
	struct fault f;

	TEST_CHECK(fault_try(user_store_run, NULL, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(f.error, PF_WRITE | PF_PRESENT | PF_USER);
	TEST_EQ(*slot, old);
}

void test_main(void)
{
	unsigned long *a = mm_page_alloc(), *b = mm_page_alloc();
	uint64_t maddr;

	*a = 0xa;
	*b = 0xb;
	frame_a = (uint64_t)mm_virt_to_mfn(a) << PAGE_SHIFT;
	frame_b = (uint64_t)mm_virt_to_mfn(b) << PAGE_SHIFT;
	va += 0x3000 / 8;
	TEST_EQ(mm_map(MM_WINDOW + 0x3000, frame_a | PTE_RW), 0);
	mm_pte_read((void *)va, 1, &maddr);
	slot = (uint64_t *)((char *)mm_mfn_to_virt(maddr >> PAGE_SHIFT) +
			    (maddr & 0xfff));
	stores();
	exchanges();
	compare_exchanges();
	bit_operations();
	addressing();
	refused();
	elsewhere();
	from_user();
}
