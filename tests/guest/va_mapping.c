/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * update_va_mapping: one L1 entry by virtual address, with a flush.
 *
 * It is mmu_update with the walk done by the hypervisor, so the same entries
 * are refused; and it is handed addresses that have no L1 entry: holes, the
 * hypervisor's own half, addresses that are not canonical.
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "va_mapping";

static uint64_t frame_of(const void *page)
{
	return (uint64_t)mm_virt_to_mfn(page) << PAGE_SHIFT;
}

static void addresses(void)
{
	static const unsigned long bad[] = {
		0x0000300000000000ul, 0x0000800000000000ul,
		0xffff800000000000ul, 0xffff830000000000ul,
		0xffff82d040200000ul, 0xffff880000000000ul - PAGE_SIZE,
		0xfffffffffffff000ul, 0x8000000000000000ul,
	};
	char *page = mm_page_alloc();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (!TEST_CHECK(hypercall_update_va_mapping(
					bad[i], frame_of(page) | PTE_RW, 0) <
				0)) {
			test_note("address %lx", bad[i]);
		}
		TEST_CHECK(hypercall_update_va_mapping(bad[i], 0, 0) < 0);
	}
	mm_page_free(page);
}

static void flush_kinds(void)
{
	volatile unsigned long *a = mm_page_alloc(), *b = mm_page_alloc();
	unsigned long bitmap = 1;
	static const unsigned long kind[] = { UVMF_INVLPG | UVMF_LOCAL,
					      UVMF_INVLPG | UVMF_ALL,
					      UVMF_TLB_FLUSH | UVMF_LOCAL,
					      UVMF_TLB_FLUSH | UVMF_ALL };
	volatile unsigned long *va = (void *)MM_WINDOW;
	unsigned int i;

	*a = 1;
	*b = 2;
	TEST_EQ(mm_map(MM_WINDOW, frame_of((void *)a) | PTE_RO), 0);
	for (i = 0; i < ARRAY_SIZE(kind); i++) {
		TEST_EQ(hypercall_update_va_mapping(
				MM_WINDOW, frame_of((void *)b) | PTE_RO,
				kind[i]),
			0);
		TEST_EQ(*va, 2);
		TEST_EQ(hypercall_update_va_mapping(
				MM_WINDOW, frame_of((void *)a) | PTE_RO,
				kind[i]),
			0);
		TEST_EQ(*va, 1);
	}
	TEST_EQ(hypercall_update_va_mapping(MM_WINDOW,
					    frame_of((void *)b) | PTE_RO,
					    UVMF_TLB_FLUSH | HC(&bitmap)),
		0);
	TEST_EQ(*va, 2);
	TEST_EQ(hypercall_update_va_mapping(MM_WINDOW,
					    frame_of((void *)a) | PTE_RO,
					    UVMF_INVLPG | HC(&bitmap)),
		0);
	TEST_EQ(*va, 1);
	/* A bitmap that cannot be read is no permission not to flush. */
	hypercall_update_va_mapping(MM_WINDOW, frame_of((void *)b) | PTE_RO,
				    UVMF_TLB_FLUSH | 0xffff830000000000ul);
	TEST_CHECK(*va == 1 || *va == 2);
	TEST_EQ(mm_map(MM_WINDOW, 0), 0);
	mm_page_free((void *)a);
	mm_page_free((void *)b);
}

static void entries(void)
{
	char *page = mm_page_alloc();
	uint64_t *table = mm_table_new();

	TEST_EQ(mm_map(MM_WINDOW, 0), 0);
	TEST_EQ(mm_pin(1, mm_virt_to_mfn(table)), 0);
	TEST_CHECK(mm_va_set((void *)MM_WINDOW, frame_of(table) | PTE_RW) < 0);
	TEST_EQ(mm_va_set((void *)MM_WINDOW, frame_of(table) | PTE_RO), 0);
	TEST_CHECK(mm_va_set((void *)MM_WINDOW,
			     0x0000ffffff000000ull | PTE_RW) < 0);
	TEST_CHECK(mm_va_set((void *)MM_WINDOW,
			     frame_of(page) | PTE_RW | 1ull << 51) < 0);
	TEST_EQ(mm_va_set((void *)MM_WINDOW, 0), 0);
	TEST_EQ(mm_unpin(mm_virt_to_mfn(table)), 0);
	mm_table_free(table);
	mm_page_free(page);
}

static void other_domains(void)
{
	char *page = mm_page_alloc();

	TEST_EQ(hypercall5(__HYPERVISOR_update_va_mapping_otherdomain,
			   MM_WINDOW, frame_of(page) | PTE_RW, 0, 0x1234, 0),
		-XEN_ESRCH);
	TEST_EQ(hypercall5(__HYPERVISOR_update_va_mapping_otherdomain,
			   MM_WINDOW, frame_of(page) | PTE_RW, UVMF_INVLPG,
			   DOMID_SELF, 0) <= 0,
		1);
	TEST_EQ(mm_va_set((void *)MM_WINDOW, 0), 0);
	mm_page_free(page);
}

void test_main(void)
{
	TEST_EQ(mm_map(MM_WINDOW, 0), 0);
	addresses();
	flush_kinds();
	entries();
	other_domains();
}
