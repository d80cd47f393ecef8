/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sched_op: yield, block, poll, and what to say at the end.
 *
 * block() unmasks events and sleeps until one comes; poll() sleeps until one
 * of its ports is pending or the timeout has passed, both not before their
 * time and not much after it.
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
#include "rt/vcpu.h"

const char test_title[] = "sched";

static unsigned int timer_events;

static void on_timer(evtchn_port_t port)
{
	(void)port;
	timer_events++;
}

static long poll(evtchn_port_t *ports, unsigned int n, uint64_t timeout)
{
	struct sched_poll op = { .nr_ports = n, .timeout = timeout };

	set_xen_guest_handle(op.ports, ports);
	return hypercall_sched_op(SCHEDOP_poll, &op);
}

static void yields(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		if (hypercall_sched_op(SCHEDOP_yield, NULL)) {
			TEST_CHECK(!"yield");
		}
	}
	TEST_EQ(hypercall_sched_op(SCHEDOP_yield, (void *)~0ul), 0);
}

/*
 * No event waits, of those that may have come while they were masked. The
 * selector, too: with its bit left set, a later event would not be told of.
 */
static void forget_events(evtchn_port_t port)
{
	evtchn_clear(port);
	vcpu_self()->info->evtchn_pending_sel = 0;
	vcpu_self()->info->evtchn_upcall_pending = 0;
}

static void blocks(void)
{
	int port = evtchn_bind_virq(VIRQ_TIMER, 0, on_timer);
	uint64_t start = time_now();

	TEST_CHECK(port > 0);
	/* A PV vcpu starts with a periodic timer of 10 ms. */
	TEST_EQ(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	evtchn_upcall_mask();
	forget_events((evtchn_port_t)port);
	start = time_now();
	TEST_EQ(hypercall_set_timer_op(start + 30 * MS), 0);
	TEST_EQ(hypercall_sched_op(SCHEDOP_block, NULL), 0);
	TEST_EQ(vcpu_self()->info->evtchn_upcall_mask, 0);
	TEST_EQ(timer_events, 1);
	TEST_CHECK(time_now() - start >= 30 * MS);
	TEST_CHECK(time_now() - start < 2000 * MS);
	evtchn_upcall_mask();

	/* An event that waits already: block comes back at once. */
	TEST_EQ(hypercall_set_timer_op(time_now() + MS), 0);
	time_delay(20 * MS);
	TEST_EQ(vcpu_self()->info->evtchn_upcall_pending, 1);
	start = time_now();
	TEST_EQ(hypercall_sched_op(SCHEDOP_block, NULL), 0);
	TEST_CHECK(time_now() - start < 1000 * MS);
	TEST_EQ(timer_events, 2);
	evtchn_upcall_mask();
	TEST_EQ(evtchn_close((evtchn_port_t)port), 0);
}

static void polls(void)
{
	int a = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
	int b = evtchn_bind_interdomain(DOMID_SELF, (evtchn_port_t)a, NULL);
	evtchn_port_t pb = (evtchn_port_t)b;
	evtchn_port_t list[2] = { pb, pb };
	uint64_t start = time_now();
	long ret;

	evtchn_mask(pb);
	forget_events(pb);
	TEST_EQ(poll(list, 1, start + 30 * MS), 0);
	TEST_CHECK(time_now() - start >= 30 * MS);
	TEST_CHECK(time_now() - start < 2000 * MS);

	/* Pending already. */
	TEST_EQ(evtchn_send((evtchn_port_t)a), 0);
	start = time_now();
	TEST_EQ(poll(list, 2, start + 3000 * MS), 0);
	TEST_CHECK(time_now() - start < 1000 * MS);
	evtchn_clear(pb);

	/* No port at all, only time; a time gone by; an unallocated port. */
	start = time_now();
	TEST_EQ(poll(NULL, 0, start + 20 * MS), 0);
	TEST_CHECK(time_now() - start >= 20 * MS);
	TEST_EQ(poll(list, 1, 1), 0);
	list[0] = 60;
	start = time_now();
	ret = poll(list, 1, start + 20 * MS);
	TEST_CHECK(!ret || ret == -XEN_EINVAL);
	TEST_CHECK(time_now() - start < 2000 * MS);

	list[0] = 0x7fffffff;
	TEST_EQ(poll(list, 1, time_now() + MS), -XEN_EINVAL);
	list[0] = ~0u;
	TEST_EQ(poll(list, 1, time_now() + MS), -XEN_EINVAL);
	TEST_EQ(poll(list, 129, time_now() + MS), -XEN_EINVAL);
	TEST_EQ(poll(list, ~0u, time_now() + MS), -XEN_EINVAL);
	TEST_EQ(poll((void *)0x12345678000, 1, time_now() + MS), -XEN_EFAULT);
	TEST_EQ(poll((void *)0xffff830000000000ul, 1, time_now() + MS),
		-XEN_EFAULT);
	TEST_EQ(hypercall_sched_op(SCHEDOP_poll, (void *)0x12345678000),
		-XEN_EFAULT);
	TEST_EQ(evtchn_close(pb), 0);
	TEST_EQ(evtchn_close((evtchn_port_t)a), 0);
}

static void watchdogs(void)
{
	struct sched_watchdog w = { .id = 0, .timeout = 30 };
	long id = hypercall_sched_op(SCHEDOP_watchdog, &w);

	TEST_CHECK(id > 0);
	w.id = (uint32_t)id;
	w.timeout = 0;
	TEST_EQ(hypercall_sched_op(SCHEDOP_watchdog, &w), 0);
	w.id = 99;
	w.timeout = 1;
	TEST_CHECK(hypercall_sched_op(SCHEDOP_watchdog, &w) < 0);
}

static void refused(void)
{
	struct sched_remote_shutdown rs = { .domain_id = 0x1234 };

	TEST_EQ(hypercall_sched_op(SCHEDOP_remote_shutdown, &rs), -XEN_ESRCH);
	TEST_EQ(hypercall_sched_op(SCHEDOP_shutdown, (void *)0x12345678000),
		-XEN_EFAULT);
	TEST_EQ(hypercall_sched_op(SCHEDOP_shutdown,
				   (void *)0xffff830000000000ul),
		-XEN_EFAULT);
	TEST_EQ(hypercall_sched_op(99, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_sched_op(~0u, NULL), -XEN_ENOSYS);
}

void test_main(void)
{
	yields();
	blocks();
	polls();
	watchdogs();
	refused();
}
