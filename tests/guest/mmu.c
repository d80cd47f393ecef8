/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of a PV guest: one property, many ways to break it.
 *
 *	No frame is ever mapped writable while it is a page table, and no page
 *	table holds an entry that was not validated.
 *
 * The ways: writable mappings of a table by mmu_update, update_va_mapping and
 * pinning in either order; XSA-148 (a present L2 entry turned into a superpage
 * by a "flags only" update) and XSA-182 (flags changed in place that matter);
 * self-maps of an L4, writable or at another level; bits that no guest may set;
 * entries of the hypervisor's own slots; frames that are not the guest's.
 */
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "mmu";

#define VA ((char *)MM_WINDOW)

static uint64_t frame_of(const void *page)
{
	return (uint64_t)mm_virt_to_mfn(page) << PAGE_SHIFT;
}

static uint64_t pte_maddr(const void *va, unsigned int level)
{
	uint64_t maddr;

	mm_pte_read(va, level, &maddr);
	return maddr;
}

static void write_at(void *va)
{
	*(volatile unsigned long *)va = 0x5a5a5a5a;
}

/* mmu_update as a hypercall: alignment, type, count, foreign domain. */
static void requests(void)
{
	char *page = mm_page_alloc();
	uint64_t maddr = pte_maddr(page, 1);
	uint64_t pte = mm_pte_read(page, 1, NULL);
	struct mmu_update u[2] = { { maddr, pte }, { maddr, pte } };
	unsigned int done = 9;
	unsigned int i;

	TEST_EQ(hypercall_mmu_update(u, 2, &done, DOMID_SELF), 0);
	TEST_EQ(done, 2);
	TEST_EQ(hypercall_mmu_update(u, 0, &done, DOMID_SELF), 0);

	/* Bits 0 and 1 are the command, bit 2 must still be zero. */
	u[0].ptr = maddr + 4;
	TEST_CHECK(hypercall_mmu_update(u, 1, &done, DOMID_SELF) < 0);
	TEST_EQ(done, 0);
	for (i = 0; i < 4; i += 2) {
		u[0].ptr = maddr | i;
		TEST_EQ(hypercall_mmu_update(u, 1, NULL, DOMID_SELF), 0);
	}
	/* The M2P may be changed for frames of one's own only. */
	u[0].ptr = (uint64_t)mm_virt_to_mfn(page) << PAGE_SHIFT |
		   MMU_MACHPHYS_UPDATE;
	u[0].val = 0x123456;
	TEST_EQ(hypercall_mmu_update(u, 1, NULL, DOMID_SELF), 0);
	TEST_EQ(mm_mfn_to_pfn(mm_virt_to_mfn(page)), 0x123456);
	u[0].val = mm_virt_to_pfn(page);
	TEST_EQ(hypercall_mmu_update(u, 1, NULL, DOMID_SELF), 0);
	u[0].ptr = (0xfffffffffull << PAGE_SHIFT) | MMU_MACHPHYS_UPDATE;
	TEST_CHECK(hypercall_mmu_update(u, 1, NULL, DOMID_SELF) < 0);
	u[0].ptr = MMU_MACHPHYS_UPDATE;
	TEST_CHECK(hypercall_mmu_update(u, 1, NULL, DOMID_SELF) < 0);
	u[0].val = pte;
	/* The first of two done, the second refused: done says one. */
	u[0].ptr = maddr;
	u[1].ptr = maddr + 4;
	TEST_CHECK(hypercall_mmu_update(u, 2, &done, DOMID_SELF) < 0);
	TEST_EQ(done, 1);

	u[1].ptr = ~7ull;
	TEST_CHECK(hypercall_mmu_update(u + 1, 1, &done, DOMID_SELF) < 0);
	TEST_EQ(hypercall_mmu_update(u, 1, NULL, 0x1234), -XEN_ESRCH);
	TEST_EQ(hypercall_mmu_update((void *)0x12345678000, 1, NULL,
				     DOMID_SELF),
		-XEN_EFAULT);
	TEST_EQ(hypercall_mmu_update((void *)0xffff830000000000ul, 1, NULL,
				     DOMID_SELF),
		-XEN_EFAULT);
	TEST_EQ(hypercall_mmu_update((void *)0xfffffffffffffff0ul, 2, NULL,
				     DOMID_SELF),
		-XEN_EFAULT);
	mm_page_free(page);
}

/* An ordinary page is written through mmu_update as data. */
static void data_pages(void)
{
	uint64_t *page = mm_page_alloc();

	page[3] = 1;
	TEST_EQ(mm_pte_write(frame_of(page) + 24, 0x1234), 0);
	TEST_EQ(page[3], 0x1234);
	mm_page_free(page);
}

/* Writable first: no pin. Pinned: no writable mapping, by any way. */
static void writable_or_table(void)
{
	uint64_t *t = mm_page_alloc();
	uint64_t frame = frame_of(t);
	struct fault f;

	TEST_CHECK(mm_pin(1, frame >> PAGE_SHIFT) < 0);
	TEST_EQ(mm_page_protect(t, false), 0);
	TEST_EQ(mm_pin(1, frame >> PAGE_SHIFT), 0);
	TEST_CHECK(mm_pin(1, frame >> PAGE_SHIFT) < 0);
	TEST_CHECK(mm_page_protect(t, true) < 0);
	TEST_CHECK(mm_pte_write(pte_maddr(t, 1), frame | PTE_RW) < 0);
	TEST_CHECK(mm_map(MM_WINDOW, frame | PTE_RW) < 0);
	TEST_EQ(mm_map(MM_WINDOW, frame | PTE_RO), 0);
	TEST_CHECK(mm_pte_write(pte_maddr(VA, 1), frame | PTE_RW) < 0);
	/* A plain write there is an entry's update: this one is not present. */
	TEST_CHECK(!fault_try(write_at, VA, &f));
	TEST_EQ(t[0], 0x5a5a5a5a);

	/* As an entry of itself, and as a table of another level. */
	TEST_CHECK(mm_pte_write(frame, frame | PTE_RW) < 0);
	TEST_CHECK(mm_pin(2, frame >> PAGE_SHIFT) < 0);
	TEST_CHECK(mm_pin(3, frame >> PAGE_SHIFT) < 0);
	TEST_CHECK(mm_pin(4, frame >> PAGE_SHIFT) < 0);
	TEST_EQ(mm_unpin(frame >> PAGE_SHIFT), 0);
	TEST_CHECK(mm_unpin(frame >> PAGE_SHIFT) < 0);
	TEST_EQ(mm_page_protect(t, true), 0);
	TEST_EQ(mm_map(MM_WINDOW, 0), 0);
	mm_page_free(t);
}

/* What a pin finds inside decides; the page is unchanged when it fails. */
static void pin_contents(void)
{
	static const uint64_t bad[] = {
		0x0000ffffff000000ull | PTE_RW, /* beyond memory */
		1ull << 51 | PTE_RW,
	};
	uint64_t *t = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn(t);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		t[5] = bad[i];
		TEST_EQ(mm_page_protect(t, false), 0);
		TEST_CHECK(mm_pin(1, mfn) < 0);
		TEST_EQ(mm_page_protect(t, true), 0);
	}
	/* A table that maps itself, and one that maps the running root. */
	t[5] = frame_of(t) | PTE_RW;
	TEST_EQ(mm_page_protect(t, false), 0);
	TEST_CHECK(mm_pin(1, mfn) < 0);
	TEST_EQ(mm_page_protect(t, true), 0);
	t[5] = (uint64_t)mm_l4_mfn() << PAGE_SHIFT | PTE_RW;
	TEST_EQ(mm_page_protect(t, false), 0);
	TEST_CHECK(mm_pin(1, mfn) < 0);
	TEST_EQ(mm_page_protect(t, true), 0);
	/* As an L2 its entries must be L1 tables: a data page is none. */
	t[5] = frame_of(test_title) | PTE_RW;
	TEST_EQ(mm_page_protect(t, false), 0);
	TEST_CHECK(mm_pin(2, mfn) < 0);
	TEST_EQ(mm_page_protect(t, true), 0);
	/* Not-present entries hold anything. */
	t[5] = 0xdeadbeefdeadbee0ull & ~PTE_P;
	TEST_EQ(mm_page_protect(t, false), 0);
	TEST_EQ(mm_pin(1, mfn), 0);
	TEST_EQ(t[5], 0xdeadbeefdeadbee0ull);
	TEST_EQ(mm_unpin(mfn), 0);
	TEST_EQ(mm_page_protect(t, true), 0);
	t[5] = 0;
	mm_page_free(t);
}

/* XSA-148, XSA-182: a present entry, same frame, only flags differ. */
static void fast_path_flags(void)
{
	char *page = mm_page_alloc();
	uint64_t l2, l3, l4, m2, m3, m4;
	unsigned int bit;

	TEST_EQ(mm_map(MM_WINDOW, frame_of(page) | PTE_RW), 0);
	l2 = mm_pte_read(VA, 2, &m2);
	l3 = mm_pte_read(VA, 3, &m3);
	l4 = mm_pte_read(VA, 4, &m4);
	TEST_CHECK(mm_pte_write(m2, l2 | PTE_PSE) < 0);
	TEST_CHECK(mm_pte_write(m2, l2 | PTE_PSE | PTE_W) < 0);
	TEST_CHECK(mm_pte_write(m3, l3 | PTE_PSE) < 0);
	TEST_CHECK(mm_pte_write(m4, l4 | PTE_PSE) < 0);
	TEST_EQ(mm_pte_read(VA, 2, NULL), l2);
	TEST_EQ(mm_pte_read(VA, 3, NULL), l3);
	TEST_EQ(mm_pte_read(VA, 4, NULL), l4);

	/* Each single flag: accepted or not, never the size bit. */
	for (bit = 0; bit < 12; bit++) {
		mm_pte_write(m2, l2 ^ 1ull << bit);
		TEST_CHECK(!(mm_pte_read(VA, 2, NULL) & PTE_PSE));
		TEST_EQ(mm_pte_write(m2, l2), 0);
	}
	TEST_EQ(mm_pte_write(m2, (l2 & ~PTE_A) | PTE_NX), 0);
	TEST_EQ(mm_pte_write(m2, l2), 0);
	mm_page_free(page);
}

/* A root may show itself read-only at most (linear page tables). */
static void self_map(void)
{
	uint64_t root = (uint64_t)mm_l4_mfn() << PAGE_SHIFT;
	unsigned int slot = 200;
	uint64_t m4 = root + slot * 8, l4, l3;
	uint64_t *l3table;
	long ret;

	TEST_CHECK(mm_pte_write(m4, root | PTE_RW) < 0);
	ret = mm_pte_write(m4, root | PTE_RO);
	TEST_CHECK(ret == 0 || ret == -XEN_EINVAL);
	if (!ret) {
		/* Made read-only, it must not become writable in place. */
		TEST_CHECK(mm_pte_write(m4, root | PTE_RW) < 0);
		TEST_CHECK(mm_pte_write(m4, root | PTE_RO | PTE_PSE) < 0);
		TEST_EQ(mm_pte_write(m4, 0), 0);
	}
	/* An L3 entry that names an L4 or the L3 itself, writable. */
	l4 = mm_pte_read(VA, 4, NULL);
	l3table = mm_mfn_to_virt((l4 & PTE_ADDR_MASK) >> PAGE_SHIFT);
	l3 = frame_of(l3table);
	TEST_CHECK(mm_pte_write(l3 + 100 * 8, root | PTE_RO) < 0);
	TEST_CHECK(mm_pte_write(l3 + 100 * 8, l3 | PTE_RW) < 0);
	TEST_EQ(l3table[100], 0);
}

/* Slots 256 to 271 of a root are not the guest's. */
static void hypervisor_slots(void)
{
	uint64_t root = (uint64_t)mm_l4_mfn() << PAGE_SHIFT;
	uint64_t l4 = mm_pte_read(VA, 4, NULL);
	unsigned int slot;

	for (slot = 256; slot < 272; slot++) {
		TEST_CHECK(mm_pte_write(root + slot * 8, l4) < 0);
		TEST_CHECK(mm_pte_write(root + slot * 8, 0) < 0);
	}
	TEST_EQ(mm_pte_write(root + 272 * 8, l4), 0);
	TEST_EQ(mm_pte_write(root + 272 * 8, 0), 0);
	TEST_EQ(mm_pte_write(root + 511 * 8, l4), 0);
	TEST_EQ(mm_pte_write(root + 511 * 8, 0), 0);
}

/* Leaf entries: superpages, reserved bits, the hypervisor's frames. */
static void leaves(void)
{
	char *page = mm_page_alloc();
	uint64_t frame = frame_of(page), m1;

	TEST_EQ(mm_map(MM_WINDOW, frame | PTE_RW), 0);
	m1 = pte_maddr(VA, 1);
	TEST_CHECK(mm_pte_write(m1, frame | PTE_RW | 1ull << 51) < 0);
	TEST_CHECK(mm_pte_write(m1, ~0ull) < 0);
	/* Memory beyond all memory; a dom0 could map MMIO there, writable. */
	TEST_CHECK(mm_pte_write(m1, 0x0000ffffff000000ull | PTE_RW) < 0);
	/* Bits 9 to 11 are the guest's own, but one set means "superpage". */
	TEST_EQ(mm_pte_write(m1, frame | PTE_RW | 1ull << 9), 0);
	TEST_EQ(mm_pte_write(m1, frame | PTE_RW | PTE_NX), 0);
	TEST_EQ(mm_pte_read(VA, 1, NULL) & PTE_NX, PTE_NX);
	TEST_EQ(mm_pte_write(m1, frame | PTE_RW), 0);
	mm_page_free(page);
}

/* The hypervisor's image and direct map are no frames of dom0's. */
static void xen_frames(void)
{
	uint64_t m1 = pte_maddr(VA, 1);
	unsigned long mfn, mapped = 0;
	uint64_t old = mm_pte_read(VA, 1, NULL);

	/* Every frame of the first 256 MiB that no guest frame claims. */
	for (mfn = 0x100; mfn < 0x10000; mfn += 0x33) {
		unsigned long pfn = mm_mfn_to_pfn(mfn);

		if (pfn < start_info->nr_pages && mm_p2m()[pfn] == mfn) {
			continue;
		}
		if (!mm_pte_write(m1, (uint64_t)mfn << PAGE_SHIFT | PTE_RW)) {
			mapped++;
			test_note("frame %lx is mapped", mfn);
		}
	}
	TEST_EQ(mapped, 0);
	TEST_EQ(mm_pte_write(m1, old), 0);
}

/* A live table chain taken apart bottom up, frames writable again after. */
static void teardown(void)
{
	unsigned long va = MM_WINDOW + (5ul << 39);
	char *page = mm_page_alloc();
	uint64_t l4, l3, l2, m4, m3, m2;
	void *t3, *t2, *t1;

	TEST_EQ(mm_map(va, frame_of(page) | PTE_RW), 0);
	l4 = mm_pte_read((void *)va, 4, &m4);
	l3 = mm_pte_read((void *)va, 3, &m3);
	l2 = mm_pte_read((void *)va, 2, &m2);
	t3 = mm_mfn_to_virt((l4 & PTE_ADDR_MASK) >> PAGE_SHIFT);
	t2 = mm_mfn_to_virt((l3 & PTE_ADDR_MASK) >> PAGE_SHIFT);
	t1 = mm_mfn_to_virt((l2 & PTE_ADDR_MASK) >> PAGE_SHIFT);
	TEST_CHECK(mm_page_protect(t1, true) < 0);
	TEST_CHECK(mm_page_protect(t2, true) < 0);
	TEST_CHECK(mm_page_protect(t3, true) < 0);
	/* The page is data: it cannot be a table while it is mapped there. */
	TEST_EQ(mm_page_protect(page, false), 0);
	TEST_CHECK(mm_pin(1, frame_of(page) >> PAGE_SHIFT) < 0);
	/* Cut at the top: all three drop their types at once. */
	TEST_EQ(mm_pte_write(m4, 0), 0);
	TEST_EQ(mm_ext_mfn(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
	mm_table_free(t1);
	mm_table_free(t2);
	mm_table_free(t3);
	TEST_EQ(mm_page_protect(page, true), 0);
	mm_page_free(page);
}

void test_main(void)
{
	requests();
	data_pages();
	writable_or_table();
	pin_contents();
	fast_path_flags();
	self_map();
	hypervisor_slots();
	leaves();
	xen_frames();
	teardown();
}
