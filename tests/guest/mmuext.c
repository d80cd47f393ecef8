/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mmuext_op: pins of each level, new roots, flushes, the LDT, page clear and
 * copy, the mark and unmark leftovers; with frames that are not there, not
 * ours or of a wrong type, lists that stop at the first refusal, and vcpu
 * bitmaps that point nowhere.
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "mmuext";

static long one(struct mmuext_op op)
{
	return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static void bad_frames(void)
{
	static const unsigned long mfn[] = { ~0ul, ~0ul >> 12, 1ul << 40,
					     0xffffffff };
	static const unsigned int cmd[] = {
		MMUEXT_PIN_L1_TABLE,	 MMUEXT_PIN_L2_TABLE,
		MMUEXT_PIN_L3_TABLE,	 MMUEXT_PIN_L4_TABLE,
		MMUEXT_UNPIN_TABLE,	 MMUEXT_NEW_BASEPTR,
		MMUEXT_CLEAR_PAGE,	 MMUEXT_COPY_PAGE,
		MMUEXT_NEW_USER_BASEPTR,
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(cmd); i++) {
		for (j = 0; j < ARRAY_SIZE(mfn); j++) {
			if (!TEST_CHECK(mm_ext_mfn(cmd[i], mfn[j]) < 0)) {
				test_note("command %u frame %lx", cmd[i],
					  mfn[j]);
			}
		}
	}
}

static void lists(void)
{
	struct mmuext_op op[3] = {
		{ .cmd = MMUEXT_TLB_FLUSH_LOCAL },
		{ .cmd = 99 },
		{ .cmd = MMUEXT_TLB_FLUSH_LOCAL },
	};
	unsigned int done = 77;

	TEST_CHECK(hypercall_mmuext_op(op, 3, &done, DOMID_SELF) < 0);
	TEST_EQ(done, 1);
	TEST_EQ(hypercall_mmuext_op(op, 1, &done, DOMID_SELF), 0);
	TEST_EQ(done, 1);
	TEST_EQ(hypercall_mmuext_op(op, 0, &done, DOMID_SELF), 0);
	TEST_EQ(hypercall_mmuext_op(op, 1, NULL, 0x1234), -XEN_ESRCH);
	TEST_EQ(hypercall_mmuext_op((void *)0x12345678000, 1, NULL, DOMID_SELF),
		-XEN_EFAULT);
	TEST_EQ(hypercall_mmuext_op((void *)0xffff830000000000ul, 1, NULL,
				    DOMID_SELF),
		-XEN_EFAULT);
}

static void flushes(void)
{
	unsigned long bitmap = 1;
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_MULTI };

	set_xen_guest_handle(op.arg2.vcpumask, &bitmap);
	TEST_EQ(one(op), 0);
	op.cmd = MMUEXT_INVLPG_MULTI;
	op.arg1.linear_addr = MM_WINDOW;
	TEST_EQ(one(op), 0);
	bitmap = ~0ul;
	TEST_EQ(one(op), 0);
	set_xen_guest_handle(op.arg2.vcpumask, (void *)0x12345678000);
	TEST_CHECK(one(op) < 0);
	set_xen_guest_handle(op.arg2.vcpumask, (void *)0xffff830000000000ul);
	TEST_CHECK(one(op) < 0);
	op = (struct mmuext_op){ .cmd = MMUEXT_TLB_FLUSH_ALL };
	TEST_EQ(one(op), 0);
	op.cmd = MMUEXT_INVLPG_ALL;
	TEST_EQ(one(op), 0);
	/* Addresses that are not canonical or not the guest's: harmless. */
	op.cmd = MMUEXT_INVLPG_LOCAL;
	op.arg1.linear_addr = 0x0000800000000000ul;
	TEST_EQ(one(op), 0);
	op.arg1.linear_addr = 0xffff830000000000ul;
	TEST_EQ(one(op), 0);
	/* Cache flushes ask for hardware access, which dom0 has. */
	op = (struct mmuext_op){ .cmd = MMUEXT_FLUSH_CACHE };
	TEST_EQ(one(op), 0);
}

static void clear_copy(void)
{
	char *a = mm_page_alloc(), *b = mm_page_alloc();
	struct mmuext_op op = { .cmd = MMUEXT_COPY_PAGE };
	uint64_t *table = mm_table_new();

	memset(a, 0x42, PAGE_SIZE);
	op.arg1.mfn = mm_virt_to_mfn(b);
	op.arg2.src_mfn = mm_virt_to_mfn(a);
	TEST_EQ(one(op), 0);
	TEST_EQ(memcmp(a, b, PAGE_SIZE), 0);
	TEST_EQ(mm_ext_mfn(MMUEXT_CLEAR_PAGE, mm_virt_to_mfn(b)), 0);
	TEST_EQ(b[0] | b[4095], 0);
	/* Neither may write to a page table. */
	TEST_EQ(mm_pin(1, mm_virt_to_mfn(table)), 0);
	TEST_CHECK(mm_ext_mfn(MMUEXT_CLEAR_PAGE, mm_virt_to_mfn(table)) < 0);
	op.arg1.mfn = mm_virt_to_mfn(table);
	TEST_CHECK(one(op) < 0);
	op.arg1.mfn = mm_l4_mfn();
	TEST_CHECK(one(op) < 0);
	TEST_EQ(table[0], 0);
	TEST_EQ(mm_unpin(mm_virt_to_mfn(table)), 0);
	mm_table_free(table);
	mm_page_free(a);
	mm_page_free(b);
}

/* A second kernel root, switched to and back. */
static void new_root(void)
{
	const uint64_t *old = (void *)start_info->pt_base;
	uint64_t *root = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn(root), was = mm_l4_mfn();

	root[0] = old[0];
	root[MM_WINDOW >> 39] = old[MM_WINDOW >> 39];
	TEST_EQ(mm_page_protect(root, false), 0);
	TEST_EQ(mm_pin(4, mfn), 0);
	/* Never what the guest wrote into the hypervisor's slots. */
	TEST_CHECK(mm_pte_write(mfn * PAGE_SIZE + 256 * 8, old[0]) < 0);
	TEST_EQ(mm_ext_mfn(MMUEXT_NEW_BASEPTR, mfn), 0);
	TEST_EQ(insn_read_cr3(), xen_pfn_to_cr3(mfn));
	TEST_EQ(mm_unpin(mfn), 0);
	TEST_CHECK(mm_page_protect(root, true) < 0);
	TEST_EQ(mm_ext_mfn(MMUEXT_NEW_BASEPTR, was), 0);
	TEST_EQ(insn_read_cr3(), xen_pfn_to_cr3(was));
	TEST_EQ(mm_page_protect(root, true), 0);
	mm_page_free(root);
}

/* Rubbish in the reserved slots of a page pinned as L4 is not used. */
static void dirty_root(void)
{
	const uint64_t *old = (void *)start_info->pt_base;
	uint64_t *root = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn(root);
	unsigned int i;
	long ret;

	for (i = 256; i < 272; i++) {
		root[i] = 0xdead000 | PTE_RW;
	}
	root[0] = old[0];
	TEST_EQ(mm_page_protect(root, false), 0);
	ret = mm_pin(4, mfn);
	if (!ret) {
		TEST_EQ(mm_ext_mfn(MMUEXT_NEW_BASEPTR, mfn), 0);
		TEST_EQ(*(volatile unsigned long *)0xffff800000000000ul,
			mm_mfn_to_pfn(0));
		TEST_EQ(mm_ext_mfn(MMUEXT_NEW_BASEPTR, mm_virt_to_mfn(old)), 0);
		TEST_EQ(mm_unpin(mfn), 0);
	}
	TEST_EQ(mm_page_protect(root, true), 0);
	mm_page_free(root);
}

static void ldt(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_SET_LDT };
	char *page = mm_page_alloc();

	op.arg1.linear_addr = (unsigned long)page + 1;
	op.arg2.nr_ents = 8;
	TEST_CHECK(one(op) < 0);
	op.arg1.linear_addr = (unsigned long)page;
	op.arg2.nr_ents = 8193;
	TEST_CHECK(one(op) < 0);
	op.arg1.linear_addr = 0xffff830000000000ul;
	op.arg2.nr_ents = 8;
	TEST_CHECK(one(op) < 0);
	op.arg1.linear_addr = 0;
	op.arg2.nr_ents = 0;
	TEST_EQ(one(op), 0);
	mm_page_free(page);
}

void test_main(void)
{
	bad_frames();
	lists();
	flushes();
	clear_copy();
	new_root();
	dirty_root();
	ldt();
}
