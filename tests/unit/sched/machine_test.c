/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scheduler, timers, softirqs, RCU and guest time together on the simulated
 * machine, under guests that do all they can at random. After every round the
 * machine checks the rules (machine_check() in machine.c): nobody is lost or in
 * two places, nobody waits while a CPU that it may use is idle, no event is
 * slept through, times add up.
 */
#include "core/guest_time.h"
#include "core/rcu.h"
#include "core/softirq.h"
#include "tests/unit/hv-lib/suite.h"
#include "tests/unit/sched/machine.h"
#include "x86/percpu.h"

static struct domain *dom_a, *dom_b;
static unsigned int turns[MAX_VCPUS];

static void guest_busy(struct vcpu *v)
{
	turns[v->id]++;
}

static void up_all(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(v, d) {
		CU_ASSERT_EQUAL(vcpu_up(v), 0);
	}
}

static uint64_t ran(struct domain *d, unsigned int i)
{
	return vcpu_cpu_time(d->vcpu[i]);
}

/* Busy for half of the time, woken by its own timer. */
static void guest_half(struct vcpu *v)
{
	turns[v->id]++;
	machine_take_event(v);
	if (turns[v->id] % 2) {
		guest_time_set_single(v, machine_time + 100000, false);
		v->info->evtchn_upcall_mask = 0;
		vcpu_block();
	}
}

/* Anything, at random. */
static void guest_wild(struct vcpu *v)
{
	struct vcpu *other = dom_a->vcpu[machine_random() % dom_a->max_vcpus];

	turns[v->id]++;
	machine_take_event(v);
	switch (machine_random() % 12) {
	case 0:
		guest_time_set_single(
			v, machine_time + machine_random() % 2000000, false);
		vcpu_block();
		break;
	case 1:
		sched_yield();
		break;
	case 2:
	case 3:
		machine_event(other);
		break;
	case 4:
		/* Somebody has to stay up. */
		if (other->id) {
			vcpu_down(other);
		}
		break;
	case 5:
	case 6:
		CU_ASSERT_EQUAL(vcpu_up(other), 0);
		break;
	case 7:
		if (other != v) {
			vcpu_pause(other);
			CU_ASSERT_EQUAL(machine_cpu_of(other), -1);
			vcpu_unpause(other);
		}
		break;
	case 8: {
		cpumask_t mask = { { 1 + machine_random() % 15 } };

		sched_set_affinity(other, &mask, NULL);
		break;
	}
	case 9: {
		cpumask_t all = { { 15 } };

		sched_set_affinity(other, &all, &all);
		break;
	}
	case 10:
		sched_poll_begin(v, 0);
		guest_time_set_poll(v,
				    machine_time + machine_random() % 1000000);
		softirq_raise(SOFTIRQ_SCHEDULE);
		break;
	default:
		break;
	}
}

static void test_idle_stays_idle(void)
{
	machine_init(2);
	machine_run(10 * CREDIT_MS);
	CU_ASSERT_EQUAL(sched_idle_time(0), (uint64_t)machine_time);
	CU_ASSERT_EQUAL(sched_idle_time(1), (uint64_t)machine_time);
	machine_fini();
}

static void test_busy_on_four(void)
{
	machine_init(4);
	dom_a = machine_domain(4, guest_busy);
	up_all(dom_a);
	machine_run(100 * CREDIT_MS);
	for (unsigned int i = 0; i < 4; i++) {
		CU_ASSERT_TRUE(ran(dom_a, i) > 98 * CREDIT_MS);
	}
	CU_ASSERT_EQUAL(machine_violations(), 0);
	machine_fini();
}

static void test_weights_and_caps(void)
{
	uint32_t weight, cap;

	machine_init(1);
	dom_a = machine_domain(1, guest_busy);
	dom_b = machine_domain(1, guest_busy);
	CU_ASSERT_EQUAL(sched_adjust(dom_a, 768, 0), 0);
	CU_ASSERT_EQUAL(sched_adjust(dom_a, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(sched_adjust(dom_a, 65536, 0), -EINVAL);
	sched_get(dom_a, &weight, &cap);
	CU_ASSERT_EQUAL(weight, 768);
	up_all(dom_a);
	up_all(dom_b);
	machine_run(1000 * CREDIT_MS);
	CU_ASSERT_TRUE(ran(dom_a, 0) > 720 * CREDIT_MS);
	CU_ASSERT_TRUE(ran(dom_a, 0) < 780 * CREDIT_MS);

	/* Now a tenth of a CPU at most; the other has the rest. */
	CU_ASSERT_EQUAL(sched_adjust(dom_a, 768, 10), 0);
	int64_t before = (int64_t)ran(dom_a, 0);

	machine_run(1000 * CREDIT_MS);
	CU_ASSERT_TRUE((int64_t)ran(dom_a, 0) - before > 80 * CREDIT_MS);
	CU_ASSERT_TRUE((int64_t)ran(dom_a, 0) - before < 120 * CREDIT_MS);
	/* And without it again. */
	CU_ASSERT_EQUAL(sched_adjust(dom_a, 768, 0), 0);
	before = (int64_t)ran(dom_a, 0);
	machine_run(400 * CREDIT_MS);
	CU_ASSERT_TRUE((int64_t)ran(dom_a, 0) - before > 250 * CREDIT_MS);
	CU_ASSERT_EQUAL(machine_violations(), 0);
	machine_fini();
}

static void test_sleepers(void)
{
	machine_init(2);
	dom_a = machine_domain(8, guest_half);
	up_all(dom_a);
	machine_run(200 * CREDIT_MS);
	for (unsigned int i = 0; i < 8; i++) {
		CU_ASSERT_TRUE(ran(dom_a, i) > 10 * CREDIT_MS);
	}
	CU_ASSERT_EQUAL(machine_violations(), 0);
	machine_fini();
}

static void test_pause_counts(void)
{
	machine_init(2);
	dom_a = machine_domain(2, guest_busy);
	up_all(dom_a);
	machine_run(CREDIT_MS);
	domain_pause(dom_a);
	domain_pause(dom_a);
	vcpu_pause(dom_a->vcpu[0]);
	uint64_t at = ran(dom_a, 0);

	machine_run(10 * CREDIT_MS);
	CU_ASSERT_EQUAL(ran(dom_a, 0), at);
	domain_unpause(dom_a);
	machine_run(10 * CREDIT_MS);
	CU_ASSERT_EQUAL(ran(dom_a, 1), at);
	domain_unpause(dom_a);
	machine_run(10 * CREDIT_MS);
	CU_ASSERT_EQUAL(ran(dom_a, 0), at);
	CU_ASSERT_TRUE(ran(dom_a, 1) > at);
	vcpu_unpause(dom_a->vcpu[0]);
	machine_run(10 * CREDIT_MS);
	CU_ASSERT_TRUE(ran(dom_a, 0) > at);
	CU_ASSERT_EQUAL(machine_violations(), 0);
	machine_fini();
}

static void test_affinity(void)
{
	cpumask_t two = { { 4 } }, none = { { 1UL << 40 } };

	machine_init(4);
	dom_a = machine_domain(3, guest_busy);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(sched_set_affinity(dom_a->vcpu[i], &two, NULL),
				0);
	}
	CU_ASSERT_EQUAL(sched_set_affinity(dom_a->vcpu[0], &none, NULL),
			-EINVAL);
	up_all(dom_a);
	machine_run(300 * CREDIT_MS);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(ran(dom_a, i) > 80 * CREDIT_MS);
		CU_ASSERT_TRUE(ran(dom_a, i) < 120 * CREDIT_MS);
	}
	CU_ASSERT_EQUAL(sched_pin(dom_a->vcpu[0], 1), -EINVAL);
	CU_ASSERT_EQUAL(sched_pin(dom_a->vcpu[0], 2), 0);
	CU_ASSERT_EQUAL(sched_pin(dom_a->vcpu[0], 2), -EBUSY);
	CU_ASSERT_EQUAL(sched_set_affinity(dom_a->vcpu[0], &two, NULL), -EBUSY);
	CU_ASSERT_EQUAL(sched_pin(dom_a->vcpu[0], -1), 0);
	CU_ASSERT_EQUAL(machine_violations(), 0);
	machine_fini();
}

static void test_wild(unsigned int cpus)
{
	machine_init(cpus);
	dom_a = machine_domain(7, guest_wild);
	dom_b = machine_domain(2, guest_busy);
	CU_ASSERT_EQUAL(sched_adjust(dom_b, 256, 50), 0);
	up_all(dom_a);
	up_all(dom_b);
	machine_run(3000 * CREDIT_MS);
	CU_ASSERT_EQUAL(machine_violations(), 0);
	machine_fini();
}

static void test_wild_one(void)
{
	test_wild(1);
}

static void test_wild_two(void)
{
	test_wild(2);
}

static void test_wild_four(void)
{
	test_wild(4);
}

/* As guest_wild(), and its cap and pinning change as well. */
static void guest_wild_capped(struct vcpu *v)
{
	static const uint32_t caps[] = { 0, 20, 50, 150 };
	uint32_t cap = caps[machine_random() % ARRAY_SIZE(caps)];

	if (machine_random() % 50 == 0) {
		CU_ASSERT_EQUAL(sched_adjust(dom_a, 256, cap), 0);
	}
	if (machine_random() % 500 == 0) {
		machine_stall(machine_random() % 40 * CREDIT_MS);
	}
	guest_wild(v);
}

static void test_wild_capped(void)
{
	machine_init(2);
	dom_a = machine_domain(7, guest_wild_capped);
	dom_b = machine_domain(2, guest_half);
	up_all(dom_a);
	up_all(dom_b);
	machine_run(6000 * CREDIT_MS);
	CU_ASSERT_EQUAL(machine_violations(), 0);
	machine_fini();
}

/* Both on one CPU and with half of it, beside one that always wants it. */
static void test_capped_and_pinned(void)
{
	cpumask_t second = { { 2 } };

	machine_init(2);
	dom_b = machine_domain(2, guest_busy);
	dom_a = machine_domain(2, guest_busy);
	CU_ASSERT_EQUAL(sched_adjust(dom_a, 256, 50), 0);
	for (unsigned int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(
			sched_set_affinity(dom_a->vcpu[i], &second, NULL), 0);
	}
	up_all(dom_a);
	up_all(dom_b);
	machine_run(3000 * CREDIT_MS);
	CU_ASSERT_TRUE(ran(dom_a, 0) > 600 * CREDIT_MS);
	CU_ASSERT_TRUE(ran(dom_a, 1) > 600 * CREDIT_MS);
	CU_ASSERT_TRUE(ran(dom_a, 0) + ran(dom_a, 1) < 1600 * CREDIT_MS);
	CU_ASSERT_EQUAL(machine_violations(), 0);
	machine_fini();
}

static unsigned int fired;
static int64_t fired_at;

static void on_timer(void *data)
{
	(void)data;
	fired++;
	fired_at = machine_time;
}

static void test_timers(void)
{
	struct timer t[20] = { 0 }, dead = { 0 };

	machine_init(2);
	timer_kill(&dead);
	fired = 0;
	for (unsigned int i = 0; i < 20; i++) {
		timer_init(&t[i], on_timer, NULL, i % 2);
		timer_set(&t[i], (20 - i) * CREDIT_MS);
	}
	timer_stop(&t[0]);
	timer_kill(&t[1]);
	timer_set(&t[1], CREDIT_MS);
	timer_migrate(&t[2], 1);
	timer_migrate(&t[3], 0);
	timer_set(&t[4], 40 * CREDIT_MS);
	machine_run(30 * CREDIT_MS);
	CU_ASSERT_EQUAL(fired, 17);
	CU_ASSERT_TRUE(fired_at < 19 * CREDIT_MS);
	CU_ASSERT_TRUE(timer_is_set(&t[4]));
	machine_run(11 * CREDIT_MS);
	CU_ASSERT_EQUAL(fired, 18);
	CU_ASSERT_TRUE(fired_at >= 40 * CREDIT_MS && fired_at < 41 * CREDIT_MS);
	machine_fini();
}

/* The times at both ends that a guest can ask for do no harm to others. */
static void test_odd_times(void)
{
	struct timer never, past, good;

	machine_init(1);
	fired = 0;
	timer_init(&never, on_timer, NULL, 0);
	timer_init(&past, on_timer, NULL, 0);
	timer_init(&good, on_timer, NULL, 0);
	timer_set(&never, INT64_MAX - 1);
	machine_run(CREDIT_MS);
	CU_ASSERT_TRUE(machine_armed(0) <= machine_time + 11000 * CREDIT_MS);
	timer_set(&past, INT64_MIN);
	timer_set(&good, 5 * CREDIT_MS);
	machine_run(CREDIT_MS);
	CU_ASSERT_EQUAL(fired, 1);
	CU_ASSERT_TRUE(machine_armed(0) > 0);
	machine_run(5 * CREDIT_MS);
	CU_ASSERT_EQUAL(fired, 2);
	machine_fini();
}

static unsigned int freed;

static void on_rcu(struct rcu_head *head)
{
	(void)head;
	freed++;
}

static void test_rcu(void)
{
	struct rcu_head h[10];

	machine_init(4);
	dom_a = machine_domain(4, guest_busy);
	up_all(dom_a);
	machine_run(CREDIT_MS);
	freed = 0;
	machine_cpu = 0;
	for (unsigned int i = 0; i < 10; i++) {
		rcu_call(&h[i], on_rcu);
	}
	/* Not before the others were seen. */
	softirq_run();
	CU_ASSERT_EQUAL(freed, 0);
	machine_run(CREDIT_MS);
	CU_ASSERT_EQUAL(freed, 10);
	machine_cpu = 3;
	rcu_call(&h[0], on_rcu);
	machine_run(CREDIT_MS);
	CU_ASSERT_EQUAL(freed, 11);
	machine_fini();
}

static void test_guest_time(void)
{
	static struct vcpu_time_info area;
	static struct vcpu_runstate_info runstate;
	struct vcpu *v;

	machine_init(1);
	guest_time_init();
	dom_a = machine_domain(1, guest_busy);
	v = dom_a->vcpu[0];
	guest_time_update(v);
	CU_ASSERT_EQUAL(v->info->time.version % 2, 0);
	CU_ASSERT_EQUAL(v->info->time.flags, XEN_PVCLOCK_TSC_STABLE_BIT);
	CU_ASSERT_EQUAL(v->info->time.tsc_to_system_mul, 1U << 31);
	CU_ASSERT_EQUAL(guest_time_register_area(v, guest_ptr((uint64_t)&area)),
			0);
	CU_ASSERT_EQUAL(area.version % 2, 0);
	CU_ASSERT_EQUAL(area.flags, XEN_PVCLOCK_TSC_STABLE_BIT);
	dom_a->vm_assist = BIT(VMASST_TYPE_runstate_update_flag);
	CU_ASSERT_EQUAL(
		guest_time_register_runstate(v, guest_ptr((uint64_t)&runstate)),
		0);
	up_all(dom_a);
	machine_run(CREDIT_MS);
	CU_ASSERT_EQUAL(runstate.state, RUNSTATE_running);
	CU_ASSERT_EQUAL(runstate.state_entry_time & XEN_RUNSTATE_UPDATE, 0);
	CU_ASSERT_EQUAL(guest_time_set_single(v, machine_time - 1, true),
			-ETIME);
	CU_ASSERT_EQUAL(guest_time_set_periodic(v, 1000), -EINVAL);
	machine_take_event(v);
	CU_ASSERT_EQUAL(guest_time_set_periodic(v, 10 * CREDIT_MS), 0);
	machine_run(9 * CREDIT_MS);
	CU_ASSERT_FALSE(machine_take_event(v));
	machine_run(2 * CREDIT_MS);
	CU_ASSERT_TRUE(machine_take_event(v));
	machine_fini();
}

int main(void)
{
	static const struct test tests[] = {
		{ "idle stays idle", test_idle_stays_idle },
		{ "four busy on four CPUs", test_busy_on_four },
		{ "weights and caps", test_weights_and_caps },
		{ "eight that sleep on two", test_sleepers },
		{ "pausing counts", test_pause_counts },
		{ "affinity and pinning", test_affinity },
		{ "anything, 1 CPU", test_wild_one },
		{ "anything, 2 CPUs", test_wild_two },
		{ "anything, 4 CPUs", test_wild_four },
		{ "anything, with caps", test_wild_capped },
		{ "capped and pinned", test_capped_and_pinned },
		{ "timers", test_timers },
		{ "timers at odd times", test_odd_times },
		{ "RCU", test_rcu },
		{ "guest time", test_guest_time },
	};

	return suite_run("scheduler machine", tests, ARRAY_SIZE(tests));
}
