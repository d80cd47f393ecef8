/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout of a PV guest and its first page tables: every address that the
 * layout promises is looked up through the tables it wrote, as a CPU would.
 */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/pv_layout.h"

#define LINUX_BASE    0xffffffff80000000ul
#define LINUX_P2M     0x8000000000ul
#define MFN_OF(frame) ((frame)*3 + 1000) /* scattered on purpose */
#define PTE_PRESENT   1ul
#define PTE_WRITE     2ul

static uint64_t *memory;

static uint64_t *page_of(void *ctx, uint64_t frame)
{
	(void)ctx;
	return memory + frame * 512;
}

static uint64_t frame_of_mfn(uint64_t mfn)
{
	return (mfn - 1000) / 3;
}

/* Returns the leaf entry for an address, 0 if any level is not present. */
static uint64_t walk(const struct pv_layout *l, uint64_t va)
{
	uint64_t frame = l->tables.frame, entry = 0;
	int level;

	for (level = 4; level >= 1; level--) {
		entry = page_of(NULL,
				frame)[va >> (12 + 9 * (level - 1)) & 511];
		if (!(entry & PTE_PRESENT)) {
			return 0;
		}
		frame = frame_of_mfn((entry & 0xffffffffff000ul) >> 12);
	}
	return entry;
}

static bool maps(const struct pv_layout *l, uint64_t va, uint64_t frame,
		 bool write)
{
	uint64_t entry = walk(l, va);

	return (entry & 0xffffffffff000ul) >> 12 == MFN_OF(frame) &&
	       !(entry & PTE_WRITE) == !write;
}

static bool is_table(const struct pv_layout *l, uint64_t frame)
{
	uint64_t i;

	for (i = 0; i < l->table_count; i++) {
		if (l->table[i].frame == frame) {
			return true;
		}
	}
	return false;
}

static void check_tables(const struct pv_layout *l)
{
	uint64_t *p2m = calloc(l->nr_pages, sizeof(*p2m));
	uint64_t i, wrong = 0;

	memory = calloc(l->nr_pages, 4096);
	for (i = 0; i < l->nr_pages; i++) {
		p2m[i] = MFN_OF(i);
	}
	pv_layout_write_tables(l, p2m, page_of, NULL);
	for (i = 0; i < l->map_end && i < l->nr_pages; i++) {
		wrong += !maps(l, pv_layout_va(l, i), i, !is_table(l, i));
	}
	for (i = 0; i < l->p2m_list_pages; i++) {
		wrong += !maps(l, l->p2m_va + i * 4096, l->p2m.frame + i, true);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(walk(l, pv_layout_va(l, l->map_end)), 0);
	CU_ASSERT_EQUAL(walk(l, l->p2m_va + 0x4000000000ul), 0);
	free(memory);
	free(p2m);
}

static void test_linux(void)
{
	struct pv_layout_input in = {
		.virt_base = LINUX_BASE,
		.virt_end = LINUX_BASE + 0x2c12345,
		.init_p2m = LINUX_P2M,
		.module_bytes = 5000001,
		.module_by_frame = true,
		.nr_pages = 32768,
	};
	struct pv_layout l;

	CU_ASSERT_EQUAL_FATAL(pv_layout_compute(&in, &l), 0);
	CU_ASSERT_EQUAL(l.start_info, 0x2c13);
	CU_ASSERT_EQUAL(l.store, 0x2c14);
	CU_ASSERT_EQUAL(l.console, 0x2c15);
	CU_ASSERT_EQUAL(l.tables.frame, 0x2c16);
	CU_ASSERT_EQUAL(l.map_end % 1024, 0);
	CU_ASSERT(l.map_end >= l.stack + 1 + 128);
	/* 12 or so MiB of 2 MiB tables, one each above, and the root. */
	CU_ASSERT_EQUAL(l.tables.count, 3 + l.map_end / 512);
	CU_ASSERT_EQUAL(l.stack, l.tables.frame + l.tables.count);
	CU_ASSERT_EQUAL(l.p2m.frame, l.stack + 1);
	CU_ASSERT_EQUAL(l.p2m_list_pages, 64);
	CU_ASSERT_EQUAL(l.p2m.count, 64 + 3);
	CU_ASSERT_EQUAL(l.module.frame, l.p2m.frame + l.p2m.count);
	CU_ASSERT_EQUAL(l.module.count, 1221);
	CU_ASSERT_EQUAL(l.end, l.module.frame + l.module.count);
	CU_ASSERT_EQUAL(l.table[0].level, 4);
	CU_ASSERT_EQUAL(l.table[0].frame, l.tables.frame);
	check_tables(&l);
	pv_layout_free(&l);
}

/* A micro guest: address = frame, everything in the initial mapping. */
static void test_identity(void)
{
	struct pv_layout_input in = {
		.virt_base = 0,
		.virt_end = 0x140000,
		.init_p2m = PV_NO_ADDR,
		.module_bytes = 4096,
		.nr_pages = 8192,
	};
	struct pv_layout l;

	CU_ASSERT_EQUAL_FATAL(pv_layout_compute(&in, &l), 0);
	CU_ASSERT_EQUAL(l.module.frame, 0x140);
	CU_ASSERT_EQUAL(l.p2m.frame, 0x141);
	CU_ASSERT_EQUAL(l.p2m_va, 0x141000);
	CU_ASSERT_EQUAL(l.p2m.count, 16);
	CU_ASSERT_EQUAL(l.start_info, 0x151);
	CU_ASSERT_EQUAL(l.map_end, 1024);
	CU_ASSERT_EQUAL(l.tables.count, 1 + 1 + 1 + 2);
	check_tables(&l);
	pv_layout_free(&l);
}

/* The mapping reaches beyond the guest's memory: holes, not foreign pages. */
static void test_small(void)
{
	struct pv_layout_input in = {
		.virt_base = LINUX_BASE,
		.virt_end = LINUX_BASE + 0x200000,
		.init_p2m = LINUX_P2M,
		.nr_pages = 600,
	};
	struct pv_layout l;

	CU_ASSERT_EQUAL_FATAL(pv_layout_compute(&in, &l), 0);
	CU_ASSERT(l.map_end > in.nr_pages);
	CU_ASSERT(l.end <= in.nr_pages);
	check_tables(&l);
	pv_layout_free(&l);
}

static void test_too_small(void)
{
	struct pv_layout_input in = {
		.virt_base = LINUX_BASE,
		.virt_end = LINUX_BASE + 0x200000,
		.init_p2m = LINUX_P2M,
		.module_bytes = 1 << 20,
		.module_by_frame = true,
		.nr_pages = 600,
	};
	struct pv_layout l;

	CU_ASSERT_EQUAL(pv_layout_compute(&in, &l), -ENOMEM);
	CU_ASSERT(l.end > 600);
}

static void test_contradictions(void)
{
	struct pv_layout_input in = {
		.virt_base = LINUX_BASE,
		.virt_end = LINUX_BASE,
		.init_p2m = LINUX_P2M,
		.nr_pages = 32768,
	};
	struct pv_layout l;

	CU_ASSERT_EQUAL(pv_layout_compute(&in, &l), -EINVAL);
	in.virt_end = LINUX_BASE + 4096;
	in.virt_base++;
	CU_ASSERT_EQUAL(pv_layout_compute(&in, &l), -EINVAL);
	in.virt_base = LINUX_BASE;
	in.init_p2m = LINUX_P2M + 1;
	CU_ASSERT_EQUAL(pv_layout_compute(&in, &l), -EINVAL);
	/* The list would share page tables with the kernel. */
	in.init_p2m = 0xffffffffc0000000ul;
	CU_ASSERT_EQUAL(pv_layout_compute(&in, &l), -EINVAL);
}

/* Two L4 slots' worth of nothing in between, several GiB of list. */
static void test_huge(void)
{
	struct pv_layout_input in = {
		.virt_base = LINUX_BASE,
		.virt_end = LINUX_BASE + 0x3000000,
		.init_p2m = LINUX_P2M,
		.nr_pages = 300ul << 18, /* 300 GiB: a list of 600 MiB */
	};
	struct pv_layout l;

	CU_ASSERT_EQUAL_FATAL(pv_layout_compute(&in, &l), 0);
	CU_ASSERT_EQUAL(l.p2m_list_pages, 300ul << 9);
	CU_ASSERT_EQUAL(l.p2m.count, (300ul << 9) + 300 + 1 + 1);
	CU_ASSERT_EQUAL(l.table_count, l.tables.count + 302);
	pv_layout_free(&l);
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failed;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 99;
	}
	suite = CU_add_suite("pv_layout", NULL, NULL);
	CU_add_test(suite, "linux", test_linux);
	CU_add_test(suite, "identity", test_identity);
	CU_add_test(suite, "small", test_small);
	CU_add_test(suite, "too small", test_too_small);
	CU_add_test(suite, "contradictions", test_contradictions);
	CU_add_test(suite, "huge", test_huge);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
