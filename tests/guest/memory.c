/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_op: giving pages back, getting others, asking about the machine.
 *
 * The balance must hold (what is given back is gone from the count, and comes
 * back with the next increase), and lists of frames are lists in guest memory
 * that a guest may point anywhere. XSA-212: memory_exchange checked only where
 * its output list begins, so that a start below the guest's limit and a large
 * offset wrote into the hypervisor.
 */
#include <xen/memory.h>

#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "memory";

#define XEN_AREA 0xffff830000000000ul
#define M2P_AREA 0xffff800000000000ul

static long current(void)
{
	domid_t self = DOMID_SELF;

	return hypercall_memory_op(XENMEM_current_reservation, &self);
}

static struct xen_memory_reservation reservation(xen_pfn_t *list,
						 unsigned long n)
{
	struct xen_memory_reservation r = { .nr_extents = n,
					    .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, list);
	return r;
}

static void queries(void)
{
	domid_t dom = DOMID_SELF, none = 0x1234;

	TEST_EQ(current(), start_info->nr_pages);
	/* max: of dom0_mem in run.sh */
	TEST_EQ(hypercall_memory_op(XENMEM_maximum_reservation, &dom),
		96 << 20 >> PAGE_SHIFT);
	TEST_EQ(hypercall_memory_op(XENMEM_current_reservation, &none),
		-XEN_ESRCH);
	TEST_CHECK(hypercall_memory_op(XENMEM_maximum_ram_page, NULL) > 0x1000);
	TEST_EQ(hypercall_memory_op(XENMEM_current_reservation,
				    (void *)XEN_AREA),
		-XEN_EFAULT);
}

/* A page given back while unmapped; a page got; the balance. */
static void decrease_increase(void)
{
	char *page = mm_page_alloc();
	xen_pfn_t mfn = mm_virt_to_mfn(page), old = mfn;
	unsigned long pfn = mm_virt_to_pfn(page);
	struct xen_memory_reservation r = reservation(&mfn, 1);
	long before = current();

	TEST_EQ(mm_va_set(page, 0), 0);
	TEST_EQ(hypercall_memory_op(XENMEM_decrease_reservation, &r), 1);
	TEST_EQ(current(), before - 1);
	TEST_CHECK(mm_mfn_to_pfn(old) != pfn);
	/* Not ours any more: neither to give again nor to map. */
	r = reservation(&mfn, 1);
	TEST_CHECK(hypercall_memory_op(XENMEM_decrease_reservation, &r) <= 0);
	TEST_EQ(current(), before - 1);
	TEST_CHECK(mm_va_set(page, old << PAGE_SHIFT | PTE_RW) < 0);

	mfn = pfn;
	r = reservation(&mfn, 1);
	TEST_EQ(hypercall_memory_op(XENMEM_populate_physmap, &r), 1);
	TEST_EQ(current(), before);
	TEST_EQ(mm_mfn_to_pfn(mfn), pfn);
	mm_p2m()[pfn] = mfn;
	TEST_EQ(mm_va_set(page, mfn << PAGE_SHIFT | PTE_RW), 0);
	page[0] = 1;
	mm_page_free(page);
}

/* Given back with a mapping left: the contents stay until it goes. */
static void still_mapped(void)
{
	volatile unsigned long *page = mm_page_alloc();
	unsigned long pfn = mm_virt_to_pfn((void *)page);
	xen_pfn_t mfn = mm_virt_to_mfn((void *)page);
	struct xen_memory_reservation r = reservation(&mfn, 1);
	long before = current();

	*page = 0x1234;
	TEST_EQ(hypercall_memory_op(XENMEM_decrease_reservation, &r), 1);
	TEST_EQ(*page, 0x1234);
	*page = 0x5678;
	TEST_EQ(mm_va_set((void *)page, 0), 0);
	TEST_EQ(current(), before - 1);
	mfn = pfn;
	r = reservation(&mfn, 1);
	TEST_EQ(hypercall_memory_op(XENMEM_populate_physmap, &r), 1);
	mm_p2m()[pfn] = mfn;
	TEST_EQ(mm_va_set((void *)page, mfn << PAGE_SHIFT | PTE_RW), 0);
	mm_page_free((void *)page);
}

static void bad_extents(void)
{
	xen_pfn_t mfn = ~0ul;
	struct xen_memory_reservation r = reservation(&mfn, 1);
	long before = current();
	static const unsigned int cmd[] = { XENMEM_increase_reservation,
					    XENMEM_decrease_reservation,
					    XENMEM_populate_physmap };
	unsigned int i;

	TEST_CHECK(hypercall_memory_op(XENMEM_decrease_reservation, &r) <= 0);
	mfn = 1ul << 40;
	TEST_CHECK(hypercall_memory_op(XENMEM_decrease_reservation, &r) <= 0);
	for (i = 0; i < ARRAY_SIZE(cmd); i++) {
		r = reservation(&mfn, ~0ul);
		TEST_CHECK(hypercall_memory_op(cmd[i], &r) <= 0);
		r = reservation(&mfn, 1);
		r.extent_order = 63;
		TEST_CHECK(hypercall_memory_op(cmd[i], &r) <= 0);
		r = reservation(&mfn, 1);
		r.extent_order = ~0u;
		TEST_CHECK(hypercall_memory_op(cmd[i], &r) <= 0);
		r = reservation((void *)XEN_AREA, 1);
		TEST_CHECK(hypercall_memory_op(cmd[i], &r) <= 0);
		r = reservation((void *)0xfffffffffffffff8ul, 2);
		TEST_CHECK(hypercall_memory_op(cmd[i], &r) <= 0);
		r = reservation((void *)0x12345678000, 1);
		if (cmd[i] != XENMEM_increase_reservation) {
			TEST_CHECK(hypercall_memory_op(cmd[i], &r) <= 0);
		}
		r = reservation(&mfn, 1);
		r.domid = 0x1234;
		TEST_CHECK(hypercall_memory_op(cmd[i], &r) <= 0);
		TEST_CHECK(hypercall_memory_op(cmd[i], (void *)XEN_AREA) <= 0);
		TEST_CHECK(hypercall_memory_op(cmd[i], (void *)0x12345678000) <=
			   0);
	}
	/* Got, but nowhere to tell its number: such a page is ours still. */
	TEST_CHECK(current() >= before && current() <= before + 2);
}

static long exchange(struct xen_memory_exchange *x)
{
	return hypercall_memory_op(XENMEM_exchange, x);
}

static void exchange_one(void)
{
	char *page = mm_page_alloc();
	unsigned long pfn = mm_virt_to_pfn(page);
	xen_pfn_t in = mm_virt_to_mfn(page), out = pfn;
	struct xen_memory_exchange x = { .in = reservation(&in, 1),
					 .out = reservation(&out, 1) };
	long before = current();

	TEST_EQ(mm_va_set(page, 0), 0);
	if (!TEST_EQ(exchange(&x), 0)) {
		TEST_EQ(mm_va_set(page, in << PAGE_SHIFT | PTE_RW), 0);
		return;
	}
	TEST_EQ(x.nr_exchanged, 1);
	TEST_EQ(current(), before);
	TEST_EQ(mm_mfn_to_pfn(out), pfn);
	mm_p2m()[pfn] = out;
	TEST_EQ(mm_va_set(page, out << PAGE_SHIFT | PTE_RW), 0);
	page[0] = 1;
	mm_page_free(page);
}

static void exchange_refused(void)
{
	char *page = mm_page_alloc();
	xen_pfn_t in = mm_virt_to_mfn(page), out = mm_virt_to_pfn(page);
	struct xen_memory_exchange good = { .in = reservation(&in, 1),
					    .out = reservation(&out, 1) };
	struct xen_memory_exchange x;
	long before = current();

	/* A page that is mapped elsewhere cannot go. */
	x = good;
	TEST_CHECK(exchange(&x) < 0);
	TEST_EQ(x.nr_exchanged, 0);
	x = good;
	x.out.nr_extents = 2;
	TEST_CHECK(exchange(&x) < 0);
	x = good;
	x.nr_exchanged = 2;
	TEST_CHECK(exchange(&x) < 0);
	x = good;
	x.in.extent_order = x.out.extent_order = 40;
	TEST_CHECK(exchange(&x) < 0);
	x = good;
	x.out.domid = 0x1234;
	TEST_CHECK(exchange(&x) < 0);
	x = good;
	x.in.nr_extents = x.out.nr_extents = ~0ul;
	TEST_CHECK(exchange(&x) < 0);
	in = ~0ul;
	x = good;
	TEST_CHECK(exchange(&x) < 0);
	TEST_EQ(current(), before);
	mm_page_free(page);
}

/* XSA-212: start + nr_exchanged * 8 reaches into the hypervisor. */
static void exchange_offset(void)
{
	static const unsigned long target[] = { M2P_AREA, XEN_AREA,
						0xffff82d040200000ul,
						0xffff820000000000ul };
	volatile unsigned long *m2p = (void *)M2P_AREA;
	unsigned long m2p_was = m2p[0];
	char *page = mm_page_alloc();
	struct xen_memory_exchange x;
	unsigned long skip;
	xen_pfn_t in, out;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(target); i++) {
		in = mm_virt_to_mfn(page);
		/* The list starts in the guest's own half and runs over. */
		skip = (target[i] - (unsigned long)&in) / 8;
		x = (struct xen_memory_exchange){
			.in = reservation(&in - skip, skip + 1),
			.out = reservation((void *)(target[i] - skip * 8),
					   skip + 1),
			.nr_exchanged = skip,
		};
		TEST_CHECK(exchange(&x) < 0);
		/* And directly. */
		out = mm_virt_to_pfn(page);
		x = (struct xen_memory_exchange){
			.in = reservation(&in, 1),
			.out = reservation((void *)target[i], 1),
		};
		TEST_CHECK(exchange(&x) < 0);
		x = (struct xen_memory_exchange){
			.in = reservation((void *)target[i], 1),
			.out = reservation(&out, 1),
		};
		TEST_CHECK(exchange(&x) < 0);
	}
	TEST_EQ(m2p[0], m2p_was);
	mm_page_free(page);
}

static void machine_maps(void)
{
	struct xen_machphys_mapping map = { .v_start = 0 };
	struct xen_machphys_mfn_list list = { .max_extents = 4 };
	struct xen_memory_map mm = { .nr_entries = 128 };
	xen_pfn_t extents[4];
	static char buf[128 * 20];

	TEST_EQ(hypercall_memory_op(XENMEM_machphys_mapping, &map), 0);
	TEST_EQ(map.v_start, M2P_AREA);
	TEST_CHECK(map.v_end > map.v_start &&
		   map.v_end <= 0xffff804000000000ul);
	TEST_CHECK(map.max_mfn > 0x1000);
	set_xen_guest_handle(list.extent_start, extents);
	TEST_EQ(hypercall_memory_op(XENMEM_machphys_mfn_list, &list), 0);
	TEST_CHECK(list.nr_extents >= 1 && list.nr_extents <= 4);
	set_xen_guest_handle(list.extent_start, (void *)XEN_AREA);
	TEST_EQ(hypercall_memory_op(XENMEM_machphys_mfn_list, &list),
		-XEN_EFAULT);
	set_xen_guest_handle(mm.buffer, buf);
	TEST_EQ(hypercall_memory_op(XENMEM_machine_memory_map, &mm), 0);
	TEST_CHECK(mm.nr_entries > 1 && mm.nr_entries < 128);
	mm.nr_entries = 128;
	set_xen_guest_handle(mm.buffer, (void *)XEN_AREA);
	TEST_EQ(hypercall_memory_op(XENMEM_machine_memory_map, &mm),
		-XEN_EFAULT);
}

/* The hypervisor-private parts are for translated guests, or for tools. */
static void not_for_us(void)
{
	struct xen_add_to_physmap a = { .domid = DOMID_SELF,
					.space = XENMAPSPACE_grant_table };

	TEST_CHECK(hypercall_memory_op(XENMEM_add_to_physmap, &a) < 0);
	a.domid = 0x1234;
	TEST_CHECK(hypercall_memory_op(XENMEM_add_to_physmap, &a) < 0);
}

void test_main(void)
{
	queries();
	decrease_increase();
	still_mapped();
	bad_extents();
	exchange_one();
	exchange_refused();
	exchange_offset();
	machine_maps();
	not_for_us();
}
