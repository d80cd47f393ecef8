/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: a red-black tree by expiry for each CPU. The local APIC is set to the
 * first of it, when that becomes earlier; when the first one is stopped the
 * interrupt is let come, finds nothing due and sets the APIC anew: stopping is
 * much more frequent than such an interrupt.
 *
 * A timer that is set for another CPU and comes first there makes that CPU run
 * its timer softirq, which arms its own APIC.
 *
 * `running` of a CPU is the timer whose function it is in. It is only ever
 * compared: the function may have freed it.
 */
#include "core/timer.h"

#include "core/softirq.h"
#include "cpu/clock.h"
#include "cpu/lapic.h"
#include "cpu/upcalls.h"
#include "x86/atomic.h"
#include "x86/cpumask.h"
#include "x86/percpu.h"
#include "x86/spinlock.h"

#define TIMER_ARM_MAX INT64_C(10000000000) /* then it is armed again */
#define TIMER_ARM_MIN INT64_C(1000)

struct timer_cpu {
	spinlock_t lock;
	struct rb_root tree;
	struct timer *first;
	const struct timer *running;
	int64_t armed; /* what the APIC is set to; this CPU only */
};

static struct timer_cpu timer_cpus PERCPU_DATA;

void timer_cpu_init(unsigned int cpu)
{
	struct timer_cpu *tc = &per_cpu(timer_cpus, cpu);

	spin_lock_init(&tc->lock, RANK_TIMER);
	tc->armed = INT64_MAX;
}

void timer_init(struct timer *t, void (*fn)(void *data), void *data,
		unsigned int cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu };
}

/* Lock the CPU that t is on; it may move until the lock is held. */
static struct timer_cpu *timer_lock(const struct timer *t,
				    unsigned long *flags) LOCK_UNCHECKED
{
	for (;;) {
		unsigned int cpu = read_once(t->cpu);
		struct timer_cpu *tc = &per_cpu(timer_cpus, cpu);

		*flags = spin_lock_irqsave(&tc->lock);
		if (t->cpu == cpu) {
			return tc;
		}
		spin_unlock_irqrestore(&tc->lock, *flags);
	}
}

static void timer_insert(struct timer_cpu *tc, struct timer *t)
{
	struct rb_node **link = &tc->tree.node, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (t->expires <
		    rb_entry(parent, struct timer, node)->expires) {
			link = &parent->left;
		} else {
			link = &parent->right;
			first = false;
		}
	}
	rb_link(&t->node, parent, link);
	rb_balance_insert(&tc->tree, &t->node);
	t->queued = true;
	if (first) {
		tc->first = t;
	}
}

static void timer_remove(struct timer_cpu *tc, struct timer *t)
{
	if (!t->queued) {
		return;
	}
	if (tc->first == t) {
		struct rb_node *next = rb_next(&t->node);

		tc->first = next ? rb_entry(next, struct timer, node) : NULL;
	}
	rb_erase(&tc->tree, &t->node);
	t->queued = false;
}

/*
 * This CPU's lock is held. A guest may ask for any time there is: the hardware
 * only ever sees one that it can count to, and not one before boot.
 */
static void timer_arm(struct timer_cpu *tc)
{
	int64_t first = tc->first ? tc->first->expires : INT64_MAX;

	if (first == tc->armed) {
		return;
	}
	tc->armed = first;
	if (first != INT64_MAX) {
		first = min(first, clock_now() + TIMER_ARM_MAX);
		first = max(first, TIMER_ARM_MIN);
	}
	lapic_timer_arm(first);
}

/* t was put first on its CPU: let the interrupt come early enough. */
static void timer_hurry(struct timer_cpu *tc, const struct timer *t)
{
	if (tc->first != t) {
		return;
	}
	if (t->cpu != smp_cpu_id()) {
		softirq_raise_on(t->cpu, SOFTIRQ_TIMER);
	} else if (t->expires < tc->armed) {
		timer_arm(tc);
	}
}

void timer_set(struct timer *t, int64_t expires_ns)
{
	unsigned long flags;
	struct timer_cpu *tc = timer_lock(t, &flags);

	timer_remove(tc, t);
	if (!t->killed) {
		t->expires = expires_ns;
		timer_insert(tc, t);
		timer_hurry(tc, t);
	}
	spin_unlock_irqrestore(&tc->lock, flags);
}

void timer_stop(struct timer *t)
{
	unsigned long flags;
	struct timer_cpu *tc = timer_lock(t, &flags);

	timer_remove(tc, t);
	spin_unlock_irqrestore(&tc->lock, flags);
}

void timer_kill(struct timer *t)
{
	struct timer_cpu *tc;
	unsigned long flags;
	unsigned int cpu;

	if (!t->fn) {
		return;
	}
	tc = timer_lock(t, &flags);
	timer_remove(tc, t);
	t->killed = true;
	spin_unlock_irqrestore(&tc->lock, flags);

	/* It may have moved while its function runs: ask every other CPU. */
	for_each_cpu(cpu, &cpu_online) {
		while (cpu != smp_cpu_id() &&
		       load_acquire(&per_cpu(timer_cpus, cpu).running) == t) {
			cpu_relax();
		}
	}
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	struct timer_cpu *to = &per_cpu(timer_cpus, cpu);

	for (;;) {
		unsigned int old = read_once(t->cpu);
		struct timer_cpu *from = &per_cpu(timer_cpus, old);
		unsigned long flags;
		bool moved;

		if (old == cpu) {
			return;
		}
		flags = irq_save();
		spin_lock_two(&from->lock, &to->lock);
		moved = t->cpu == old;
		if (moved) {
			bool queued = t->queued;

			timer_remove(from, t);
			write_once(t->cpu, cpu);
			if (queued) {
				timer_insert(to, t);
				timer_hurry(to, t);
			}
		}
		spin_unlock_two(&from->lock, &to->lock);
		irq_restore(flags);
		if (moved) {
			return;
		}
	}
}

bool timer_is_set(const struct timer *t)
{
	return read_once(t->queued);
}

static void timer_softirq(void)
{
	struct timer_cpu *tc = &this_cpu(timer_cpus);
	unsigned long flags = spin_lock_irqsave(&tc->lock);

	while (tc->first && tc->first->expires <= clock_now()) {
		struct timer *t = tc->first;
		void (*fn)(void *data) = t->fn;
		void *data = t->data;

		timer_remove(tc, t);
		store_release(&tc->running, t);
		spin_unlock_irqrestore(&tc->lock, flags);
		fn(data);
		flags = spin_lock_irqsave(&tc->lock);
		store_release(&tc->running, NULL);
	}
	timer_arm(tc);
	spin_unlock_irqrestore(&tc->lock, flags);
}

void timer_interrupt(void)
{
	this_cpu(timer_cpus).armed = INT64_MAX;
	softirq_raise(SOFTIRQ_TIMER);
}

void timer_init_all(void)
{
	softirq_open(SOFTIRQ_TIMER, timer_softirq);
}
