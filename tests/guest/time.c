/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: pvclock never goes back, the wall clock is of this century, timers go
 * off when due and not before.
 */
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/rt.h"
#include "rt/test.h"
#include "rt/time.h"
#include "rt/vcpu.h"

const char test_title[] = "time";

static volatile unsigned int fired;

static void on_timer(evtchn_port_t port)
{
	(void)port;
	fired++;
}

static void monotonic(void)
{
	uint64_t last = time_now(), now, first = last;
	unsigned int i, back = 0;

	TEST_CHECK(vcpu_self()->info->time.tsc_to_system_mul != 0);
	TEST_EQ(vcpu_self()->info->time.version & 1, 0);
	for (i = 0; i < 20000; i++) {
		now = time_now();
		back += now < last;
		last = now;
		if (i % 100 == 0) {
			hypercall_sched_op(SCHEDOP_yield, NULL);
		}
	}
	TEST_EQ(back, 0);
	TEST_CHECK(last > first);
	TEST_CHECK(last < 3600ull * 1000 * MS);
}

static void wallclock(void)
{
	uint64_t wall = time_wall();

	/* 2020 to 2100. */
	TEST_CHECK(wall > 1577836800 && wall < 4102444800);
	TEST_CHECK(shared_info->wc_nsec < 1000000000);
	TEST_EQ(shared_info->wc_version & 1, 0);
}

static void wait_fired(unsigned int count, uint64_t ns)
{
	uint64_t end = time_now() + ns;

	while (fired < count && time_now() < end) {
		cpu_relax();
	}
}

static void set_timer(void)
{
	uint64_t start = time_now();

	fired = 0;
	TEST_EQ(hypercall_set_timer_op(start + 50 * MS), 0);
	wait_fired(1, 2000 * MS);
	TEST_EQ(fired, 1);
	TEST_CHECK(time_now() - start >= 50 * MS);

	/* Zero cancels. */
	TEST_EQ(hypercall_set_timer_op(time_now() + 30 * MS), 0);
	TEST_EQ(hypercall_set_timer_op(0), 0);
	wait_fired(2, 100 * MS);
	TEST_EQ(fired, 1);

	/* Gone by: at once. */
	TEST_EQ(hypercall_set_timer_op(1), 0);
	wait_fired(2, 1000 * MS);
	TEST_EQ(fired, 2);
	/* So far ahead that it is never: no event, no harm. */
	hypercall_set_timer_op(~0ull >> 2);
	wait_fired(3, 50 * MS);
	TEST_CHECK(fired <= 3);
	TEST_EQ(hypercall_set_timer_op(0), 0);
}

static void single_shot(void)
{
	struct vcpu_set_singleshot_timer t = { .timeout_abs_ns =
						       time_now() + 40 * MS };
	uint64_t start = time_now();
	long ret;

	fired = 0;
	TEST_EQ(hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &t), 0);
	wait_fired(1, 2000 * MS);
	TEST_EQ(fired, 1);
	TEST_CHECK(time_now() - start >= 39 * MS);

	t.timeout_abs_ns = time_now() + 30 * MS;
	TEST_EQ(hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &t), 0);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
	wait_fired(2, 100 * MS);
	TEST_EQ(fired, 1);

	/* VCPU_SSHOTTMR_future may be ignored: then it goes off at once. */
	t.timeout_abs_ns = 1;
	t.flags = VCPU_SSHOTTMR_future;
	ret = hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &t);
	TEST_CHECK(!ret || ret == -XEN_ETIME);
	wait_fired(2, ret ? 0 : 1000 * MS);
	TEST_EQ(fired, ret ? 1 : 2);
	/* One's own timer only. */
	TEST_EQ(hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 1, &t),
		-XEN_EINVAL);
}

static void periodic(void)
{
	struct vcpu_set_periodic_timer t = { .period_ns = 10 * MS };
	struct vcpu_set_periodic_timer fast = { .period_ns = 1000 };

	fired = 0;
	TEST_EQ(hypercall_vcpu_op(VCPUOP_set_periodic_timer, 0, &t), 0);
	wait_fired(3, 3000 * MS);
	TEST_CHECK(fired >= 3);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	TEST_EQ(hypercall_vcpu_op(VCPUOP_set_periodic_timer, 0, &fast),
		-XEN_EINVAL);
}

void test_main(void)
{
	int port = evtchn_bind_virq(VIRQ_TIMER, 0, on_timer);

	TEST_CHECK(port > 0);
	/* A PV vcpu starts with a periodic timer of 10 ms. */
	TEST_EQ(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	evtchn_upcall_unmask();
	monotonic();
	wallclock();
	set_timer();
	single_shot();
	periodic();
	evtchn_upcall_mask();
}
