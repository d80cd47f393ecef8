/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeps a vCPU from running, and what lets it run again: blocking for an
 * event, pausing (counted), up and down, the start and end of its life.
 */
#include "core/domain.h"
#include "core/guest_time.h"
#include "core/sched_queue.h"
#include "core/softirq.h"
#include "core/upcalls.h"
#include "cpu/clock.h"
#include "cpu/lapic.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "x86/atomic.h"
#include "x86/insn.h"

/* ---- sleeping ---- */

void vcpu_sleep_nosync(struct vcpu *v)
{
	unsigned long flags;
	struct sched_cpu *rq = sched_lock(v, &flags);

	if (!vcpu_runnable(v)) {
		if (rq->curr == v) {
			softirq_raise_on(v->sched.processor, SOFTIRQ_SCHEDULE);
		} else {
			sched_take_off(rq, v);
			if (v->sched.runstate.state == RUNSTATE_runnable) {
				sched_set_runstate(v, RUNSTATE_offline,
						   clock_now());
			}
		}
	}
	sched_unlock(rq, flags);
}

void vcpu_sleep_sync(struct vcpu *v)
{
	vcpu_sleep_nosync(v);
	/* Pairs with the release in sched_switched(). */
	while (load_acquire(&v->sched.is_running) && !vcpu_runnable(v)) {
		cpu_relax();
	}
	context_sync(v);
}

/* ---- events ---- */

void vcpu_block(void)
{
	struct vcpu *v = current;

	/* Set, then look: who raises an event marks it, then looks. */
	atomic_fetch_or(&v->sched.pause_flags, VPF_BLOCKED);
	if (evtchn_upcall_pending(v)) {
		atomic_fetch_and(&v->sched.pause_flags, (uint32_t)~VPF_BLOCKED);
	} else {
		softirq_raise(SOFTIRQ_SCHEDULE);
	}
}

void sched_poll_begin(struct vcpu *v, evtchn_port_t port)
{
	v->sched.polling = true;
	evtchn_poll_begin(v, port);
	atomic_fetch_or(&v->sched.pause_flags, VPF_BLOCKED);
}

void sched_poll_end(struct vcpu *v)
{
	v->sched.polling = false;
	atomic_fetch_and(&v->sched.pause_flags, (uint32_t)~VPF_BLOCKED);
	guest_time_stop_poll(v);
	evtchn_poll_end(v);
}

void vcpu_unblock(struct vcpu *v)
{
	if (!(read_once(v->sched.pause_flags) & VPF_BLOCKED)) {
		return;
	}
	if (atomic_fetch_and(&v->sched.pause_flags, (uint32_t)~VPF_BLOCKED) &
	    VPF_BLOCKED) {
		vcpu_wake(v);
	}
}

void vcpu_kick(struct vcpu *v)
{
	bool running;

	/* The event's mark is visible before these are read; pairs with the
	 * atomic in vcpu_block() and the store of is_running. */
	smp_mb();
	running = read_once(v->sched.is_running);
	vcpu_unblock(v);
	if (running && v != current) {
		smp_send_event_check(read_once(v->sched.processor));
	}
}

/* ---- pausing ---- */

void vcpu_pause_nosync(struct vcpu *v)
{
	atomic_fetch_add(&v->sched.pause_count, 1);
	vcpu_sleep_nosync(v);
}

void vcpu_pause(struct vcpu *v)
{
	atomic_fetch_add(&v->sched.pause_count, 1);
	vcpu_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (atomic_sub_return(&v->sched.pause_count, 1) == 0) {
		vcpu_wake(v);
	}
}

void domain_pause_nosync(struct domain *d)
{
	struct vcpu *v;

	atomic_fetch_add(&d->pause_count, 1);
	for_each_vcpu(v, d) {
		vcpu_sleep_nosync(v);
	}
}

void domain_pause(struct domain *d)
{
	struct vcpu *v;

	/* All are told before the first is waited for. */
	domain_pause_nosync(d);
	for_each_vcpu(v, d) {
		vcpu_sleep_sync(v);
	}
}

void domain_unpause(struct domain *d)
{
	struct vcpu *v;

	if (atomic_sub_return(&d->pause_count, 1) == 0) {
		for_each_vcpu(v, d) {
			vcpu_wake(v);
		}
	}
}

/* ---- up and down ---- */

int vcpu_up(struct vcpu *v)
{
	if (!read_once(v->is_initialised)) {
		return ERR(-EINVAL);
	}
	if (atomic_fetch_and(&v->sched.pause_flags, (uint32_t)~VPF_DOWN) &
	    VPF_DOWN) {
		vcpu_wake(v);
	}
	return 0;
}

void vcpu_down(struct vcpu *v)
{
	if (!(atomic_fetch_or(&v->sched.pause_flags, VPF_DOWN) & VPF_DOWN)) {
		vcpu_sleep_nosync(v);
	}
}

bool vcpu_is_up(const struct vcpu *v)
{
	return !(read_once(v->sched.pause_flags) & VPF_DOWN);
}

void sched_yield(void)
{
	current->sched.yielding = true;
	softirq_raise(SOFTIRQ_SCHEDULE);
}

/* ---- life ---- */

/* Spread the vCPUs of a domain over the CPUs to begin with. */
static unsigned int first_processor(const struct vcpu *v)
{
	unsigned int n = v->id + v->domain->id, cpu;

	n %= max(cpumask_weight(&cpu_online), 1U);
	for_each_cpu(cpu, &cpu_online) {
		if (n-- == 0) {
			return cpu;
		}
	}
	return 0;
}

void sched_vcpu_init(struct vcpu *v)
{
	struct sched_vcpu *s = &v->sched;

	s->processor = first_processor(v);
	s->pause_flags = VPF_DOWN;
	credit_entity_init(&s->credit, v->domain->sched.weight);
	s->hard = (cpumask_t){ { ~0UL, ~0UL, ~0UL, ~0UL } };
	s->soft = s->hard;
	s->runstate.state = RUNSTATE_offline;
	s->runstate.state_entry_time = (uint64_t)clock_now();
}

void sched_vcpu_destroy(struct vcpu *v)
{
	atomic_fetch_or(&v->sched.pause_flags, VPF_DYING);
	vcpu_sleep_sync(v);
}
