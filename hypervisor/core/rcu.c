/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace periods by counting. rcu_period is the number of the youngest period;
 * rcu_call() begins a new one, tags the callback with it and makes every CPU
 * run its RCU softirq, where the CPU writes down the number that it finds
 * (rcu_seen). The softirq is a quiescent point, so when every CPU has seen
 * period p, none can still hold a pointer from before p began.
 *
 * Callbacks wait on the CPU that made them, oldest first. Whoever moves the
 * least of all rcu_seen pokes the CPUs that wait.
 */
#include "core/rcu.h"

#include "core/softirq.h"
#include "x86/atomic.h"
#include "x86/cpumask.h"
#include "x86/insn.h"
#include "x86/percpu.h"

struct rcu_list {
	struct rcu_head *first, *last; /* interrupts off */
};

static struct rcu_list rcu_lists PERCPU_DATA;
static uint64_t rcu_seen PERCPU_DATA;
static uint64_t rcu_period;
static cpumask_t rcu_waiting; /* CPUs with callbacks; atomic */

static uint64_t rcu_least_seen(void)
{
	uint64_t least = UINT64_MAX;
	unsigned int cpu;

	for_each_cpu(cpu, &cpu_online) {
		least = min(least, load_acquire(&per_cpu(rcu_seen, cpu)));
	}
	return least;
}

static void rcu_raise(const cpumask_t *mask)
{
	unsigned int cpu;

	for_each_cpu(cpu, mask) {
		softirq_raise_on(cpu, SOFTIRQ_RCU);
	}
}

void rcu_call(struct rcu_head *head, void (*fn)(struct rcu_head *head))
{
	struct rcu_list *list = &this_cpu(rcu_lists);
	unsigned long flags = irq_save();

	head->fn = fn;
	head->next = NULL;
	head->period = atomic_add_return(&rcu_period, 1);
	if (list->last) {
		list->last->next = head;
	} else {
		list->first = head;
	}
	list->last = head;
	cpumask_set_atomic(&rcu_waiting, smp_cpu_id());
	irq_restore(flags);

	rcu_raise(&cpu_online);
	softirq_raise(SOFTIRQ_RCU); /* before this CPU counts as online */
}

/* Take the first callback off if its period is over. */
static struct rcu_head *rcu_next_done(struct rcu_list *list, uint64_t least)
{
	unsigned long flags = irq_save();
	struct rcu_head *head = list->first;

	if (!head) {
		cpumask_clear_atomic(&rcu_waiting, smp_cpu_id());
	} else if (head->period > least) {
		head = NULL;
	} else {
		list->first = head->next;
		if (!list->first) {
			list->last = NULL;
		}
	}
	irq_restore(flags);
	return head;
}

static void rcu_softirq(void)
{
	uint64_t before = rcu_least_seen(), least;
	struct rcu_head *head;

	/* The acquire pairs with rcu_call(): what it took out of reach is out
	 * of reach for whatever this CPU reads after this point. */
	store_release(&this_cpu(rcu_seen), load_acquire(&rcu_period));
	smp_mb();

	least = rcu_least_seen();
	while ((head = rcu_next_done(&this_cpu(rcu_lists), least))) {
		head->fn(head);
	}
	if (least != before) {
		cpumask_t others = rcu_waiting;

		cpumask_clear(&others, smp_cpu_id());
		rcu_raise(&others);
	}
}

void rcu_cpu_init(unsigned int cpu)
{
	store_release(&per_cpu(rcu_seen, cpu), load_acquire(&rcu_period));
}

void rcu_init(void)
{
	cpumask_zero(&rcu_waiting);
	softirq_open(SOFTIRQ_RCU, rcu_softirq);
}
