/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_op: a second virtual CPU from nothing to down and up again, and the
 * areas a vcpu may register in guest memory.
 *
 * Initialise takes a whole context from the guest: one that would run in ring
 * 0, without page tables or with somebody else's must be refused, and a
 * refusal leaves the vcpu as it was, ready for a good context.
 */
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/time.h"
#include "rt/traps.h"
#include "rt/vcpu.h"

const char test_title[] = "vcpu";

static volatile unsigned long started, stop, ipis;
static unsigned int ipi_vcpu;

static void on_ipi(evtchn_port_t port)
{
	(void)port;
	ipi_vcpu = vcpu_self()->id;
	ipis++;
}

static void second(void *arg)
{
	started = (unsigned long)arg;
	evtchn_upcall_unmask();
	while (!stop) {
		cpu_relax();
	}
	evtchn_upcall_mask();
}

static bool wait_for(volatile unsigned long *v, unsigned long want)
{
	uint64_t end = time_now() + 5000 * MS;

	while (*v != want) {
		if (time_now() > end) {
			return false;
		}
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
	return true;
}

static bool wait_down(void)
{
	uint64_t end = time_now() + 5000 * MS;

	while (hypercall_vcpu_op(VCPUOP_is_up, 1, NULL)) {
		if (time_now() > end) {
			return false;
		}
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
	return true;
}

static void before(void)
{
	TEST_EQ(hypercall_vcpu_op(VCPUOP_is_up, 0, NULL), 1);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_is_up, VCPU_MAX + 100, NULL),
		-XEN_ENOENT);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_initialise, 1, (void *)0x12345678000),
		-XEN_EFAULT);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_initialise, 1,
				  (void *)0xffff830000000000ul),
		-XEN_EFAULT);
}

static void bad_contexts(void)
{
	static struct vcpu_guest_context good, c;

	vcpu_context(&good, 1, second, NULL);
	c = good;
	c.ctrlreg[3] = ~0ul;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	c = good;
	c.ctrlreg[3] = xen_pfn_to_cr3(mm_virt_to_mfn(test_title));
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	c = good;
	c.ctrlreg[1] = xen_pfn_to_cr3(mm_virt_to_mfn(test_title)) | 1;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	/* In user mode, without a page table for it: it must not get one that
	 * happens to be in frame 0. */
	c = good;
	c.flags = 0;
	c.ctrlreg[1] = 0;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	c = good;
	c.gdt_ents = 512;
	c.gdt_frames[0] = mm_l4_mfn();
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	c = good;
	c.gdt_ents = ~0ul;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	c = good;
	c.ldt_base = 1;
	c.ldt_ents = 8;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	c = good;
	c.fs_base = 0x8000000000000000ul;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	c = good;
	c.event_callback_eip = 0x8000000000000000ul;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, &c) < 0);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
}

static void up_and_down(void)
{
	struct vcpu_runstate_info rs;
	static struct vcpu_guest_context c;
	int port;

	TEST_EQ(vcpu_boot(1, second, (void *)77), 0);
	TEST_CHECK(wait_for(&started, 77));
	TEST_EQ(hypercall_vcpu_op(VCPUOP_is_up, 1, NULL), 1);
	vcpu_context(&c, 1, second, (void *)77);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EEXIST);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_up, 1, NULL), 0);

	/* Runs at the same time, and takes events of its own. */
	port = evtchn_bind_ipi(1, on_ipi);
	TEST_CHECK(port > 0);
	TEST_EQ(evtchn_send((evtchn_port_t)port), 0);
	TEST_CHECK(wait_for(&ipis, 1));
	TEST_EQ(ipi_vcpu, 1);

	memset(&rs, 0xa5, sizeof(rs));
	TEST_EQ(hypercall_vcpu_op(VCPUOP_get_runstate_info, 1, &rs), 0);
	TEST_CHECK(rs.state == RUNSTATE_running ||
		   rs.state == RUNSTATE_runnable);
	TEST_CHECK(rs.time[RUNSTATE_running] > 0);
	TEST_CHECK(rs.state_entry_time <= time_now() + MS);

	stop = 1;
	TEST_CHECK(wait_down());
	/* Down is said first, and true a moment later. */
	time_delay(50 * MS);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_get_runstate_info, 1, &rs), 0);
	TEST_EQ(rs.state, RUNSTATE_offline);
	TEST_EQ(evtchn_close((evtchn_port_t)port), 0);
}

/* vcpu_info moves once, to where the guest says, events included. */
static void info_area(void)
{
	char *page = mm_page_alloc();
	struct vcpu_register_vcpu_info op = { .mfn = mm_virt_to_mfn(page) };
	struct vcpu *v = vcpu_self();
	int port = evtchn_bind_ipi(0, NULL);

	op.offset = PAGE_SIZE - 8;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &op) < 0);
	op.offset = 0xfffffff0;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &op) < 0);
	op.offset = 0;
	op.mfn = ~0ul >> 12;
	TEST_EQ(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &op),
		-XEN_EINVAL);
	op.mfn = mm_l4_mfn();
	TEST_EQ(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &op),
		-XEN_EINVAL);
	op.mfn = mm_virt_to_mfn(page);
	op.offset = 128;
	TEST_EQ(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &op), 0);
	v->info = (void *)(page + 128);
	TEST_CHECK(v->info->time.tsc_to_system_mul != 0);
	/* To be safe, whatever was masked looks pending now, once. */
	v->info->evtchn_upcall_mask = 1;
	v->info->evtchn_upcall_pending = 0;
	v->info->evtchn_pending_sel = 0;
	TEST_EQ(evtchn_send((evtchn_port_t)port), 0);
	TEST_EQ(v->info->evtchn_upcall_pending, 1);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 0, &op),
		-XEN_EINVAL);
	/* Its frame is held: it cannot become a page table meanwhile. */
	TEST_EQ(mm_page_protect(page, false), 0);
	TEST_CHECK(mm_pin(1, mm_virt_to_mfn(page)) < 0);
	TEST_EQ(mm_page_protect(page, true), 0);
	v->info->evtchn_upcall_mask = 1;
	TEST_EQ(evtchn_close((evtchn_port_t)port), 0);
}

static void runstate_area(void)
{
	static struct vcpu_runstate_info area;
	struct vcpu_register_runstate_memory_area op = { .addr.p = 0 };
	uint64_t before_ns;

	op.addr.v = &area;
	TEST_EQ(hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &op),
		0);
	TEST_EQ(area.state, RUNSTATE_running);
	before_ns = area.time[RUNSTATE_running] + area.time[RUNSTATE_blocked];
	hypercall_set_timer_op(time_now() + 20 * MS);
	hypercall_sched_op(
		SCHEDOP_poll,
		&(struct sched_poll){ .timeout = time_now() + 20 * MS });
	TEST_EQ(area.state, RUNSTATE_running);
	TEST_CHECK(area.time[RUNSTATE_running] + area.time[RUNSTATE_blocked] >
		   before_ns);
	op.addr.p = 0xffff830000000000ul;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0,
				     &op) < 0);
	/* An area that goes away must not hurt the hypervisor. */
	op.addr.p = 0x12345678000ul;
	hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &op);
	hypercall_sched_op(SCHEDOP_yield, NULL);
	op.addr.v = &area;
	TEST_EQ(hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &op),
		0);
}

static void time_area(void)
{
	static struct vcpu_time_info area;
	struct vcpu_register_time_memory_area op = { .addr.p = 0 };

	op.addr.v = &area;
	TEST_EQ(hypercall_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0,
				  &op),
		0);
	TEST_CHECK(area.tsc_to_system_mul != 0);
	op.addr.p = 0xffff830000000000ul;
	TEST_CHECK(hypercall_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0,
				     &op) < 0);
}

void test_main(void)
{
	before();
	bad_contexts();
	up_and_down();
	runstate_area();
	time_area();
	info_area();
}
