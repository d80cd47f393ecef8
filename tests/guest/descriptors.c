/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables: a guest's GDT and LDT live in its own frames, which the
 * CPU reads; so a frame in such a table has a type of its own (never writable
 * at the same time), and each descriptor is checked.
 *
 * Code and data segments are welcome (raised to DPL 3 where they ask for
 * less), a segment that is not present is harmless, a call gate must lead to
 * the guest's own code, TSS, LDT and interrupt gates never get in.
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "descriptors";

#define DATA_DPL3   0x00cff3000000ffffull
#define DATA_DPL0   0x00cf93000000ffffull
#define CODE64_DPL3 0x00affb000000ffffull
#define CODE64_DPL0 0x00af9b000000ffffull
#define TSS_DPL0    0x0000890000000067ull
#define LDT_DPL0    0x0000820000000067ull
#define CALL_GATE   0x0000ec00e0080000ull
#define INT_GATE    0x0000ee00e0080000ull
#define NOT_PRESENT 0x00cf73000000ffffull

static uint64_t *gdt;

static uint64_t entry_maddr(unsigned int index)
{
	return (uint64_t)mm_virt_to_mfn(gdt) * PAGE_SIZE + index * 8;
}

static long set(unsigned int index, uint64_t desc)
{
	return hypercall_update_descriptor(entry_maddr(index), desc);
}

static void load_ds(void *sel)
{
	asm volatile("mov %0, %%ds" ::"r"(HC(sel)) : "memory");
}

static void write_at(void *va)
{
	*(volatile uint64_t *)va = DATA_DPL3;
}

static void loading(void)
{
	struct fault f;
	unsigned long mfn = mm_virt_to_mfn(gdt);

	gdt[1] = DATA_DPL3;
	gdt[2] = CODE64_DPL3;
	/* Writable somewhere: cannot become a descriptor table. */
	TEST_CHECK(hypercall_set_gdt(&mfn, 512) < 0);
	TEST_EQ(mm_page_protect(gdt, false), 0);
	TEST_EQ(hypercall_set_gdt(&mfn, 512), 0);
	TEST_CHECK(mm_page_protect(gdt, true) < 0);
	TEST_CHECK(mm_pin(1, mfn) < 0);
	TEST_CHECK(fault_try(write_at, &gdt[5], &f));
	TEST_EQ(f.vector, TRAP_PF);

	TEST_CHECK(!fault_try(load_ds, (void *)(1ul << 3 | 3), &f));
	TEST_EQ(insn_read_ds(), 1 << 3 | 3);
	load_ds(NULL);
	TEST_CHECK(fault_try(load_ds, (void *)(7ul << 3 | 3), &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_EQ(f.error, 7 << 3);
}

static void far_return(void)
{
	unsigned long cs;

	asm volatile("pushq %1\n"
		     "lea 1f(%%rip), %%rax\n"
		     "push %%rax\n"
		     "lretq\n"
		     "1: mov %%cs, %0\n"
		     "pushq %2\n"
		     "lea 2f(%%rip), %%rax\n"
		     "push %%rax\n"
		     "lretq\n"
		     "2:"
		     : "=&r"(cs)
		     : "i"(2 << 3 | 3), "i"(FLAT_KERNEL_CS)
		     : "rax", "memory");
	TEST_EQ(cs & 0xffff, 2 << 3 | 3);
	TEST_EQ(insn_read_cs(), FLAT_KERNEL_CS);
}

static void checked(void)
{
	struct fault f;

	TEST_EQ(set(5, DATA_DPL3), 0);
	TEST_EQ(gdt[5], DATA_DPL3);
	TEST_EQ(set(5, NOT_PRESENT), 0);
	TEST_CHECK(fault_try(load_ds, (void *)(5ul << 3 | 3), &f));
	TEST_EQ(f.vector, TRAP_NP);
	TEST_EQ(f.error, 5 << 3);
	TEST_EQ(set(5, 0), 0);

	TEST_EQ(set(5, TSS_DPL0), -XEN_EINVAL);
	TEST_EQ(set(5, TSS_DPL0 | 3ull << 45), -XEN_EINVAL);
	TEST_EQ(set(5, LDT_DPL0), -XEN_EINVAL);
	TEST_EQ(set(5, INT_GATE), -XEN_EINVAL);
	/* A call gate to the hypervisor's code. */
	TEST_CHECK(set(5, CALL_GATE) < 0);
	TEST_EQ(gdt[5], 0);

	/* Ring 0 asked for: ring 3 got, or refused. */
	if (!set(5, CODE64_DPL0)) {
		TEST_EQ(gdt[5] >> 45 & 3, 3);
	}
	if (!set(5, DATA_DPL0)) {
		TEST_EQ(gdt[5] >> 45 & 3, 3);
	}
	TEST_EQ(set(5, 0), 0);
}

static void addresses(void)
{
	uint64_t *plain = mm_page_alloc();
	uint64_t m = (uint64_t)mm_virt_to_mfn(plain) * PAGE_SIZE;

	TEST_CHECK(hypercall_update_descriptor(entry_maddr(5) + 4, 0) < 0);
	TEST_CHECK(hypercall_update_descriptor(entry_maddr(5) + 1, 0) < 0);
	TEST_CHECK(hypercall_update_descriptor(~7ull, 0) < 0);
	TEST_CHECK(hypercall_update_descriptor(
			   (uint64_t)mm_l4_mfn() * PAGE_SIZE, 0) < 0);
	/* An ordinary page is plain memory. */
	TEST_EQ(hypercall_update_descriptor(m + 8, DATA_DPL3), 0);
	TEST_EQ(plain[1], DATA_DPL3);
	mm_page_free(plain);
}

static void bad_tables(void)
{
	unsigned long mfns[16];
	unsigned long mfn = mm_virt_to_mfn(gdt);
	uint64_t *evil = mm_page_alloc();
	unsigned long evil_mfn = mm_virt_to_mfn(evil);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mfns); i++) {
		mfns[i] = mfn;
	}
	/* The hypervisor's own entries begin at 512 * 14. */
	TEST_EQ(hypercall_set_gdt(mfns, 512 * 14), 0);
	TEST_EQ(hypercall_set_gdt(mfns, 512 * 14 + 1), -XEN_EINVAL);
	TEST_EQ(hypercall_set_gdt(mfns, 8192), -XEN_EINVAL);
	TEST_EQ(hypercall_set_gdt(mfns, ~0u), -XEN_EINVAL);
	TEST_EQ(hypercall_set_gdt((void *)0x12345678000, 8), -XEN_EFAULT);
	TEST_EQ(hypercall_set_gdt((void *)0xffff830000000000ul, 8),
		-XEN_EFAULT);
	mfns[1] = ~0ul;
	TEST_CHECK(hypercall_set_gdt(mfns, 1024) < 0);
	mfns[1] = mm_l4_mfn();
	TEST_CHECK(hypercall_set_gdt(mfns, 1024) < 0);

	/* An evil entry inside keeps the frame from becoming one. */
	evil[9] = TSS_DPL0;
	TEST_EQ(mm_page_protect(evil, false), 0);
	TEST_CHECK(hypercall_set_gdt(&evil_mfn, 512) < 0);
	TEST_EQ(mm_page_protect(evil, true), 0);
	evil[9] = CALL_GATE;
	TEST_EQ(mm_page_protect(evil, false), 0);
	TEST_CHECK(hypercall_set_gdt(&evil_mfn, 512) < 0);
	TEST_EQ(mm_page_protect(evil, true), 0);
	mm_page_free(evil);

	/* After all that the good one is still set or can be set again. */
	TEST_EQ(hypercall_set_gdt(&mfn, 512), 0);
}

static long set_ldt(const void *va, unsigned int entries)
{
	struct mmuext_op op = { .cmd = MMUEXT_SET_LDT };

	op.arg1.linear_addr = (unsigned long)va;
	op.arg2.nr_ents = entries;
	return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static void ldt(void)
{
	uint64_t *table = mm_page_alloc();
	struct fault f;

	table[3] = DATA_DPL3;
	TEST_EQ(mm_page_protect(table, false), 0);
	TEST_EQ(set_ldt(table, 512), 0);
	TEST_CHECK(!fault_try(load_ds, (void *)(3ul << 3 | 7), &f));
	TEST_EQ(insn_read_ds(), 3 << 3 | 7);
	load_ds(NULL);
	/* In use it stays read-only; an empty slot faults with its number. */
	TEST_CHECK(mm_page_protect(table, true) < 0);
	TEST_CHECK(fault_try(load_ds, (void *)(4ul << 3 | 7), &f));
	TEST_EQ(f.vector, TRAP_GP);
	TEST_EQ(f.error, 4 << 3 | 4);
	TEST_EQ(set_ldt(NULL, 0), 0);
	TEST_EQ(mm_page_protect(table, true), 0);
	TEST_CHECK(fault_try(load_ds, (void *)(3ul << 3 | 7), &f));
	TEST_EQ(f.vector, TRAP_GP);
	mm_page_free(table);
}

static void unloading(void)
{
	TEST_EQ(hypercall_set_gdt(NULL, 0), 0);
	TEST_EQ(mm_page_protect(gdt, true), 0);
	mm_page_free(gdt);
}

void test_main(void)
{
	gdt = mm_page_alloc();
	loading();
	far_return();
	checked();
	addresses();
	bad_tables();
	ldt();
	unloading();
}
