/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: call fn(data) on a chosen CPU when system time (clock_now(), in ns)
 * has reached `expires`. Each CPU keeps its own in a tree by time, the first
 * one in the local APIC's timer. fn runs as a softirq: interrupts on, no lock
 * held; it may set, stop or kill its own timer, or free what holds it.
 *
 * Lock: one per CPU (RANK_TIMER), inside; it guards every field of the timers
 * that are that CPU's.
 */
#ifndef HOSPES_CORE_TIMER_H
#define HOSPES_CORE_TIMER_H

#include "lib/rbtree.h"
#include "lib/types.h"

struct timer {
	struct rb_node node;
	int64_t expires; /* ns of system time */
	void (*fn)(void *data);
	void *data;
	unsigned int cpu;
	bool queued;
	bool killed; /* cannot be set again */
};

void timer_cpu_init(unsigned int cpu);
/* Boot: opens SOFTIRQ_TIMER. */
void timer_init_all(void);

void timer_init(struct timer *t, void (*fn)(void *data), void *data,
		unsigned int cpu);
/* Set it, or set it anew. No effect on a killed timer. */
void timer_set(struct timer *t, int64_t expires_ns);
/* It will not start after this; fn may still be running on its CPU. */
void timer_stop(struct timer *t);
/*
 * Stop it for good and wait until fn has ended (unless fn itself calls).
 * A zeroed timer that was never initialised may be killed. No lock that fn
 * takes may be held; interrupts on.
 */
void timer_kill(struct timer *t);
/* Let it run on `cpu` from now on; it stays set. */
void timer_migrate(struct timer *t, unsigned int cpu);
bool timer_is_set(const struct timer *t);

#endif
