/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each call at an exhausted resource (XSA-496's kind: an error path that undoes
 * what was never done).
 *
 * The guest takes all memory that the hypervisor will give, then asks for what
 * needs some: ports, grant frames, a vcpu, tables, event arrays. Each may be
 * refused, with an error, and must leave nothing half made: after the memory
 * has been given back, the same calls succeed.
 */
#include <xen/memory.h>
#include <xen/vcpu.h>

#include "rt/evtchn.h"
#include "rt/gnttab.h"
#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/vcpu.h"

const char test_title[] = "exhaust";

#define LISTS 3
static const unsigned int order[LISTS] = { 9, 4, 0 };
static xen_pfn_t taken[LISTS][8192];
static unsigned long count[LISTS];

static long memory(unsigned int cmd, unsigned int list, unsigned long first,
		   unsigned long n)
{
	struct xen_memory_reservation r = { .nr_extents = n,
					    .extent_order = order[list],
					    .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &taken[list][first]);
	return hypercall_memory_op(cmd, &r);
}

static void take_all(void)
{
	unsigned int i;

	for (i = 0; i < LISTS; i++) {
		while (count[i] < ARRAY_SIZE(taken[0]) &&
		       memory(XENMEM_increase_reservation, i, count[i], 1) ==
			       1) {
			count[i]++;
		}
	}
	test_note("took %lu of 2 MiB, %lu of 64 KiB, %lu of 4 KiB", count[0],
		  count[1], count[2]);
	TEST_CHECK(count[0] + count[1] + count[2] > 0);
}

static void give_back(void)
{
	unsigned int i;

	for (i = 0; i < LISTS; i++) {
		if (count[i]) {
			TEST_EQ(memory(XENMEM_decrease_reservation, i, 0,
				       count[i]),
				(long)count[i]);
		}
	}
}

static void fn(void *unused)
{
	(void)unused;
}

static long vcpu_init(void)
{
	static struct vcpu_guest_context c;

	vcpu_context(&c, 1, fn, NULL);
	return hypercall_vcpu_op(VCPUOP_initialise, 1, &c);
}

static long grant_frames(unsigned int n)
{
	static xen_pfn_t frames[64];
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = n };
	long ret;

	set_xen_guest_handle(op.frame_list, frames);
	ret = hypercall_grant_table_op(GNTTABOP_setup_table, &op, 1);
	return ret ? ret : op.status;
}

static unsigned int ports_take(void)
{
	unsigned int n = 0;

	while (n < 4096 && evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF) > 0) {
		n++;
	}
	return n;
}

static void ports_drop(void)
{
	struct evtchn_reset op = { .dom = DOMID_SELF };

	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_reset, &op), 0);
}

void test_main(void)
{
	domid_t self = DOMID_SELF;
	long before = hypercall_memory_op(XENMEM_current_reservation, &self);
	unsigned int some, all;
	long ret, frames;

	take_all();
	some = ports_take();
	TEST_CHECK(evtchn_bind_virq(VIRQ_DEBUG, 0, NULL) < 0);
	TEST_CHECK(evtchn_bind_ipi(0, NULL) < 0);
	frames = grant_frames(32);
	ret = vcpu_init();
	test_note("without memory: %u ports, 32 grant frames %ld, vcpu %ld",
		  some, frames, ret);
	/* Page tables need no memory of the hypervisor's. */
	TEST_EQ(mm_map(MM_WINDOW, 0), 0);
	ports_drop();
	give_back();
	TEST_EQ(hypercall_memory_op(XENMEM_current_reservation, &self), before);

	all = ports_take();
	TEST_CHECK(all >= some && all > 1000);
	ports_drop();
	TEST_CHECK(evtchn_bind_virq(VIRQ_DEBUG, 0, NULL) > 0);
	TEST_EQ(grant_frames(32), 0);
	TEST_EQ(vcpu_init(), ret ? 0 : -XEN_EEXIST);
}
