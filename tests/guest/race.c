/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two vcpus at the same object.
 *
 * The invariants of mmu, grant and evtchn must hold while another CPU works on
 * the same frame, reference or port (XSA-218, 343, 401 and their kind):
 *
 *  1. A frame that one vcpu succeeded to pin is not writable by the other's
 *     success, at any moment between the two calls that end it.
 *  2. Maps, unmaps (also of the other's handle) and copies of one grant: at
 *     the end the entry is unused and its frame has no stray count.
 *  3. Ports opened, bound, sent to, closed and reset from both sides: at the
 *     end all of them are free.
 */
#include <xen/sched.h>

#include "rt/evtchn.h"
#include "rt/gnttab.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/time.h"
#include "rt/vcpu.h"

const char test_title[] = "race";

#define RUN_NS (300 * MS)
#define MAP_VA (MM_WINDOW + 0x1000000ul)

static char *page;
static unsigned long mfn;
static volatile bool writable, pinned;
static volatile unsigned long bad, pins, writes, maps, copies, sends;
static volatile uint64_t deadline;
static volatile unsigned int phase, phase_done;
static volatile uint32_t handle;
static grant_ref_t ref;

static void pause_some(unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < (seed * 7 & 31); i++) {
		cpu_relax();
	}
}

static void pinner(void)
{
	unsigned int i;

	for (i = 0; time_now() < deadline; i++) {
		if (mm_pin(1, mfn)) {
			continue;
		}
		pinned = true;
		bad += writable;
		pause_some(i);
		bad += writable;
		pinned = false;
		mm_unpin(mfn);
		pins++;
	}
}

static void writer(void)
{
	unsigned int i;

	for (i = 0; time_now() < deadline; i++) {
		if (!mm_page_protect(page, true)) {
			writable = true;
			bad += pinned;
			pause_some(i);
			bad += pinned;
			writable = false;
			writes++;
			mm_page_protect(page, false);
		}
	}
	mm_page_protect(page, false);
}

static long grant_unmap(uint32_t h)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = MAP_VA, .handle = h };
	long ret = hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1);

	return ret ? ret : op.status;
}

/*
 * The second vCPU is about to take a mapping away. To map at the same address
 * before it has done so would replace the entry it looks for, and leave one
 * handle that no entry belongs to: the guest's own fault, and not the race
 * meant here.
 */
static volatile bool unmapping;

static void grant_mapper(void)
{
	while (time_now() < deadline) {
		while (unmapping) {
		}
		struct gnttab_map_grant_ref op = { .host_addr = MAP_VA,
						   .flags = GNTMAP_host_map,
						   .ref = ref };

		hypercall_grant_table_op(GNTTABOP_map_grant_ref, &op, 1);
		if (op.status == GNTST_okay) {
			handle = op.handle;
			maps++;
			grant_unmap(op.handle);
		}
	}
}

static void grant_disturber(void)
{
	struct gnttab_copy op = {
		.source = { .u.ref = ref, .domid = 0 },
		.dest = { .u.ref = ref, .domid = 0, .offset = 2048 },
		.len = 512,
		.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref,
	};

	while (time_now() < deadline) {
		unmapping = true;
		grant_unmap(handle);
		unmapping = false;
		hypercall_grant_table_op(GNTTABOP_copy, &op, 1);
		copies += op.status == GNTST_okay;
		gnttab_revoke(ref);
		gnttab_entry(ref)->flags = GTF_permit_access;
	}
}

static void port_maker(void)
{
	while (time_now() < deadline) {
		struct evtchn_reset reset = { .dom = DOMID_SELF };
		int a = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
		int b = a < 0 ? -1
			      : evtchn_bind_interdomain(DOMID_SELF,
							(evtchn_port_t)a, NULL);

		if (b > 0) {
			evtchn_send((evtchn_port_t)b);
			evtchn_close((evtchn_port_t)b);
		}
		if (a > 0 && (a & 1)) {
			evtchn_close((evtchn_port_t)a);
		} else {
			hypercall_event_channel_op(EVTCHNOP_reset, &reset);
		}
	}
}

static void port_disturber(void)
{
	evtchn_port_t p;

	while (time_now() < deadline) {
		for (p = 1; p < 8; p++) {
			struct evtchn_bind_vcpu bind = { .port = p, .vcpu = 1 };

			sends += !evtchn_send(p);
			hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &bind);
			evtchn_bind_interdomain(DOMID_SELF, p, NULL);
			evtchn_close(p);
		}
	}
}

static void phase_run(unsigned int n, void (*mine)(void))
{
	deadline = time_now() + RUN_NS;
	__atomic_store_n(&phase, n, __ATOMIC_SEQ_CST);
	mine();
	while (phase_done != n) {
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
}

static void second(void *unused)
{
	static void (*const job[])(void) = { pinner, grant_disturber,
					     port_disturber };
	unsigned int n;

	(void)unused;
	for (n = 1; n <= ARRAY_SIZE(job); n++) {
		while (phase != n) {
			hypercall_sched_op(SCHEDOP_yield, NULL);
		}
		job[n - 1]();
		phase_done = n;
	}
}

static void types(void)
{
	TEST_EQ(mm_page_protect(page, false), 0);
	phase_run(1, writer);
	TEST_EQ(bad, 0);
	TEST_CHECK(pins > 0 && writes > 0);
	TEST_EQ(mm_pin(1, mfn), 0);
	TEST_CHECK(mm_page_protect(page, true) < 0);
	TEST_EQ(mm_unpin(mfn), 0);
	TEST_EQ(mm_page_protect(page, true), 0);
}

static void grants(void)
{
	TEST_EQ(gnttab_init(1), 0);
	TEST_EQ(mm_map(MAP_VA, 0), 0);
	ref = gnttab_grant(0, mfn, false);
	phase_run(2, grant_mapper);
	grant_unmap(handle);
	TEST_CHECK(maps > 0 && copies > 0);
	TEST_EQ(gnttab_entry(ref)->flags & (GTF_reading | GTF_writing), 0);
	TEST_EQ(mm_pte_read((void *)MAP_VA, 1, NULL), 0);
	/* No writable count left: the frame can become a page table. */
	memset(page, 0, PAGE_SIZE);
	TEST_EQ(mm_page_protect(page, false), 0);
	TEST_EQ(mm_pin(1, mfn), 0);
	TEST_EQ(mm_unpin(mfn), 0);
	TEST_EQ(mm_page_protect(page, true), 0);
}

static void ports(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	struct evtchn_status st;
	evtchn_port_t p;

	phase_run(3, port_maker);
	TEST_CHECK(sends > 0);
	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_reset, &reset), 0);
	for (p = 1; p < 16; p++) {
		if (!evtchn_status(p, &st)) {
			TEST_EQ(st.status, EVTCHNSTAT_closed);
		}
	}
	TEST_CHECK(evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF) > 0);
}

void test_main(void)
{
	page = mm_page_alloc();
	mfn = mm_virt_to_mfn(page);
	TEST_EQ(vcpu_boot(1, second, NULL), 0);
	types();
	grants();
	ports();
	test_note("pins %lu, writes %lu, maps %lu, copies %lu, sends %lu", pins,
		  writes, maps, copies, sends);
}
