/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long operations, done whole.
 *
 * A hypervisor breaks off what takes long and goes on later (XSA-240, 299, 310
 * came of tables left half validated). Seen from the guest there is nothing
 * but the complete result: counts, every entry's own answer, and tables that
 * can be taken apart again. Each list is longer than any one slice.
 */
#include <xen/memory.h>
#include <xen/version.h>

#include "rt/gnttab.h"
#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"

const char test_title[] = "continuation";

#define LONG 4000

static void mmu_updates(void)
{
	static struct mmu_update u[LONG];
	uint64_t *page = mm_page_alloc();
	uint64_t base = (uint64_t)mm_virt_to_mfn(page) * PAGE_SIZE;
	unsigned int done = 0, i, wrong = 0;

	for (i = 0; i < LONG; i++) {
		u[i].ptr = base + i % 512 * 8;
		u[i].val = i;
	}
	TEST_EQ(hypercall_mmu_update(u, LONG, &done, DOMID_SELF), 0);
	TEST_EQ(done, LONG);
	for (i = LONG - 512; i < LONG; i++) {
		wrong += page[i % 512] != i;
	}
	TEST_EQ(wrong, 0);
	/* Stopped in the middle by a bad one, far in. */
	u[3000].ptr = ~7ull;
	TEST_CHECK(hypercall_mmu_update(u, LONG, &done, DOMID_SELF) < 0);
	TEST_EQ(done, 3000);
	mm_page_free(page);
}

static void mmuext_ops(void)
{
	static struct mmuext_op op[2000];
	unsigned int done = 0, i;

	for (i = 0; i < ARRAY_SIZE(op); i++) {
		op[i].cmd =
			i % 2 ? MMUEXT_INVLPG_LOCAL : MMUEXT_TLB_FLUSH_LOCAL;
		op[i].arg1.linear_addr = i * PAGE_SIZE;
	}
	TEST_EQ(hypercall_mmuext_op(op, ARRAY_SIZE(op), &done, DOMID_SELF), 0);
	TEST_EQ(done, ARRAY_SIZE(op));
}

static void multicalls(void)
{
	static struct multicall_entry list[LONG];
	unsigned int i, wrong = 0;

	for (i = 0; i < LONG; i++) {
		list[i].op = i % 3 ? __HYPERVISOR_xen_version : 63;
		list[i].args[0] = i % 3 == 1 ? XENVER_version : XENVER_pagesize;
	}
	TEST_EQ(hypercall_multicall(list, LONG), 0);
	for (i = 0; i < LONG; i++) {
		long want = i % 3 == 0	 ? -XEN_ENOSYS
			    : i % 3 == 1 ? 4 << 16 | 17
					 : PAGE_SIZE;

		wrong += (long)list[i].result != want;
	}
	TEST_EQ(wrong, 0);
}

/* A long call inside a multicall: continued there, its result in its slot. */
static void long_in_multicall(void)
{
	static struct mmu_update u[LONG];
	static struct multicall_entry list[3];
	uint64_t *page = mm_page_alloc();
	unsigned int done = 0, i;

	for (i = 0; i < LONG; i++) {
		u[i].ptr = (uint64_t)mm_virt_to_mfn(page) * PAGE_SIZE +
			   i % 512 * 8;
		u[i].val = i;
	}
	list[0].op = list[2].op = __HYPERVISOR_xen_version;
	list[0].args[0] = list[2].args[0] = XENVER_pagesize;
	list[1].op = __HYPERVISOR_mmu_update;
	list[1].args[0] = HC(u);
	list[1].args[1] = LONG;
	list[1].args[2] = HC(&done);
	list[1].args[3] = DOMID_SELF;
	TEST_EQ(hypercall_multicall(list, 3), 0);
	TEST_EQ(list[0].result, PAGE_SIZE);
	TEST_EQ(list[1].result, 0);
	TEST_EQ(list[2].result, PAGE_SIZE);
	TEST_EQ(done, LONG);
	mm_page_free(page);
}

static void grant_copies(void)
{
	static struct gnttab_copy op[1500];
	uint16_t *src = mm_page_alloc(), *dst = mm_page_alloc();
	unsigned int i, wrong = 0;

	for (i = 0; i < 2048; i++) {
		src[i] = (uint16_t)(i + 1);
	}
	for (i = 0; i < ARRAY_SIZE(op); i++) {
		op[i].source.u.gmfn = mm_virt_to_mfn(src);
		op[i].dest.u.gmfn = mm_virt_to_mfn(dst);
		op[i].source.domid = op[i].dest.domid = DOMID_SELF;
		op[i].source.offset = op[i].dest.offset = (uint16_t)(i * 2);
		op[i].len = 2;
		op[i].status = 99;
	}
	TEST_EQ(hypercall_grant_table_op(GNTTABOP_copy, op, ARRAY_SIZE(op)), 0);
	for (i = 0; i < ARRAY_SIZE(op); i++) {
		wrong += op[i].status != GNTST_okay || dst[i] != i + 1;
	}
	TEST_EQ(wrong, 0);
	TEST_EQ(dst[ARRAY_SIZE(op)], 0);
	mm_page_free(src);
	mm_page_free(dst);
}

static void reservations(void)
{
	static xen_pfn_t list[1500];
	struct xen_memory_reservation r = { .nr_extents = ARRAY_SIZE(list),
					    .domid = DOMID_SELF };
	domid_t self = DOMID_SELF;
	long before = hypercall_memory_op(XENMEM_current_reservation, &self);

	set_xen_guest_handle(r.extent_start, list);
	TEST_EQ(hypercall_memory_op(XENMEM_increase_reservation, &r),
		ARRAY_SIZE(list));
	TEST_EQ(hypercall_memory_op(XENMEM_current_reservation, &self),
		before + (long)ARRAY_SIZE(list));
	TEST_EQ(hypercall_memory_op(XENMEM_decrease_reservation, &r),
		ARRAY_SIZE(list));
	TEST_EQ(hypercall_memory_op(XENMEM_current_reservation, &self), before);
}

/*
 * A tree of 512 x 512 entries that all lead to one L1: to validate it takes a
 * quarter of a million steps, and as many to undo.
 */
static void big_tree(void)
{
	uint64_t *l1 = mm_table_new(), *l2 = mm_page_alloc(),
		 *l3 = mm_page_alloc(), *l4 = mm_page_alloc();
	unsigned int i;

	for (i = 0; i < 512; i++) {
		l2[i] = (uint64_t)mm_virt_to_mfn(l1) * PAGE_SIZE | PTE_RW;
		l3[i] = (uint64_t)mm_virt_to_mfn(l2) * PAGE_SIZE | PTE_RW;
	}
	for (i = 0; i < 256; i++) {
		l4[i] = (uint64_t)mm_virt_to_mfn(l3) * PAGE_SIZE | PTE_RW;
	}
	TEST_EQ(mm_page_protect(l2, false), 0);
	TEST_EQ(mm_page_protect(l3, false), 0);
	TEST_EQ(mm_page_protect(l4, false), 0);
	TEST_EQ(mm_pin(4, mm_virt_to_mfn(l4)), 0);
	TEST_CHECK(mm_page_protect(l1, true) < 0);
	TEST_CHECK(mm_page_protect(l3, true) < 0);
	TEST_EQ(mm_unpin(mm_virt_to_mfn(l4)), 0);
	TEST_EQ(mm_page_protect(l4, true), 0);
	TEST_EQ(mm_page_protect(l3, true), 0);
	TEST_EQ(mm_page_protect(l2, true), 0);

	/* Bad at the very end: all that was counted before is uncounted. */
	l2[511] = (uint64_t)mm_l4_mfn() * PAGE_SIZE | PTE_RW;
	TEST_EQ(mm_page_protect(l2, false), 0);
	TEST_EQ(mm_page_protect(l3, false), 0);
	TEST_CHECK(mm_pin(3, mm_virt_to_mfn(l3)) < 0);
	TEST_EQ(mm_page_protect(l3, true), 0);
	TEST_EQ(mm_page_protect(l2, true), 0);
	TEST_EQ(mm_page_protect(l1, true), 0);
}

void test_main(void)
{
	mmu_updates();
	mmuext_ops();
	multicalls();
	long_in_multicall();
	grant_copies();
	reservations();
	big_tree();
}
