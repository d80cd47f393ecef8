/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an administrator tells the scheduler (weights, caps, affinity), and what
 * it tells him (accounts).
 *
 * A cap is a budget of the domain that its vCPUs draw on (budget_lock, which
 * may be taken under a queue's lock). A vCPU that finds it used up is parked:
 * runnable, but on no queue. The domain's timer fills it up at the next period
 * and brings the parked ones back.
 */
#include "core/domain.h"
#include "core/sched_queue.h"
#include "core/softirq.h"
#include "cpu/clock.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "x86/atomic.h"
#include "x86/insn.h"

/* ---- caps ---- */

void sched_charge(struct sched_cpu *rq, struct vcpu *v, int64_t now)
{
	int64_t ran = credit_charge(&rq->queue, &v->sched.credit, now);
	struct sched_domain *sd = &v->domain->sched;

	if (read_once(sd->budget.cap)) {
		spin_lock(&sd->budget_lock);
		credit_budget_charge(&sd->budget, ran);
		spin_unlock(&sd->budget_lock);
	}
}

bool sched_park_if_spent(struct vcpu *v, int64_t now)
{
	struct sched_domain *sd = &v->domain->sched;

	if (!read_once(sd->budget.cap)) {
		return false;
	}
	spin_lock(&sd->budget_lock);
	if (sd->budget.cap && !credit_budget_fill(&sd->budget, now)) {
		v->sched.parked = true;
		timer_set(&sd->budget_timer,
			  sd->budget.filled + CREDIT_CAP_PERIOD);
	}
	spin_unlock(&sd->budget_lock);
	return v->sched.parked;
}

int64_t sched_cap_slice(struct vcpu *v)
{
	struct sched_domain *sd = &v->domain->sched;
	int64_t slice;

	if (!read_once(sd->budget.cap)) {
		return 1000 * CREDIT_MS;
	}
	spin_lock(&sd->budget_lock);
	slice = credit_budget_slice(&sd->budget, v->domain->max_vcpus);
	spin_unlock(&sd->budget_lock);
	return slice;
}

static void sched_unpark(struct vcpu *v)
{
	unsigned long flags;
	struct sched_cpu *rq = sched_lock(v, &flags);
	bool parked = v->sched.parked;

	v->sched.parked = false;
	sched_unlock(rq, flags);
	if (parked) {
		vcpu_wake(v);
	}
}

static void sched_budget_timer(void *data)
{
	struct domain *d = data;
	struct sched_domain *sd = &d->sched;
	struct vcpu *v;
	unsigned long flags = spin_lock_irqsave(&sd->budget_lock);
	bool left =
		!sd->budget.cap || credit_budget_fill(&sd->budget, clock_now());

	if (!left) {
		/* Still in debt. */
		timer_set(&sd->budget_timer,
			  sd->budget.filled + CREDIT_CAP_PERIOD);
	}
	spin_unlock_irqrestore(&sd->budget_lock, flags);
	if (left) {
		for_each_vcpu(v, d) {
			sched_unpark(v);
		}
	}
}

/* ---- life ---- */

void sched_domain_init(struct domain *d)
{
	struct sched_domain *sd = &d->sched;

	*sd = (struct sched_domain){ .weight = CREDIT_WEIGHT_DEFAULT };
	spin_lock_init(&sd->budget_lock, RANK_SCHED_BUDGET);
	spin_lock_init(&sd->watchdog_lock, RANK_NONE);
	timer_init(&sd->budget_timer, sched_budget_timer, d, smp_cpu_id());
}

void sched_domain_destroy(struct domain *d)
{
	timer_kill(&d->sched.budget_timer);
	timer_kill(&d->sched.watchdog[0]);
	timer_kill(&d->sched.watchdog[1]);
}

/* ---- weights ---- */

static void sched_set_weight(struct vcpu *v, uint32_t weight)
{
	unsigned long flags;
	struct sched_cpu *rq = sched_lock(v, &flags);

	if (rq->curr == v) {
		/* What it ran until now is paid for at the old rate. */
		sched_charge(rq, v, clock_now());
	}
	v->sched.credit.weight = weight;
	sched_unlock(rq, flags);
}

int sched_adjust(struct domain *d, uint32_t weight, uint32_t cap)
{
	struct sched_domain *sd = &d->sched;
	struct vcpu *v;
	unsigned long flags;

	if (weight < 1 || weight > CREDIT_WEIGHT_MAX ||
	    cap > 100 * (uint32_t)MAX_CPUS) {
		return ERR(-EINVAL);
	}
	flags = spin_lock_irqsave(&sd->budget_lock);
	if (cap != sd->budget.cap) {
		credit_budget_set(&sd->budget, cap, clock_now());
	}
	write_once(sd->weight, weight);
	spin_unlock_irqrestore(&sd->budget_lock, flags);

	for_each_vcpu(v, d) {
		sched_set_weight(v, weight);
		sched_unpark(v);
	}
	return 0;
}

void sched_get(struct domain *d, uint32_t *weight, uint32_t *cap)
{
	*weight = read_once(d->sched.weight);
	*cap = read_once(d->sched.budget.cap);
}

/* ---- affinity ---- */

/* v's queue is locked, and its affinity was changed: off it, to be placed anew
 * by vcpu_wake() when the lock is released. */
static void sched_dislodge(struct sched_cpu *rq, struct vcpu *v)
{
	unsigned int cpu = v->sched.processor;

	if (rq->curr != v) {
		if (!read_once(v->sched.is_running)) {
			sched_take_off(rq, v);
		}
	} else if (!cpumask_test(&v->sched.hard, cpu)) {
		softirq_raise_on(cpu, SOFTIRQ_SCHEDULE);
	}
}

/* A mask that leaves v no CPU that is there is refused. */
static bool mask_has_cpu(const cpumask_t *m)
{
	cpumask_t usable;

	cpumask_and(&usable, m, &cpu_online);
	return !cpumask_empty(&usable);
}

int sched_set_affinity(struct vcpu *v, const cpumask_t *hard,
		       const cpumask_t *soft)
{
	struct sched_cpu *rq;
	unsigned long flags;
	int err = 0;

	if (hard && !mask_has_cpu(hard)) {
		return ERR(-EINVAL);
	}
	rq = sched_lock(v, &flags);
	if (hard && v->sched.pinned) {
		err = -EBUSY;
	} else {
		if (hard) {
			v->sched.hard = *hard;
		}
		if (soft) {
			v->sched.soft = *soft;
		}
		sched_dislodge(rq, v);
	}
	sched_unlock(rq, flags);
	vcpu_wake(v);
	return err;
}

int sched_pin(struct vcpu *v, int cpu)
{
	struct sched_cpu *rq;
	unsigned long flags;
	int err = 0;

	if (cpu >= 0 && (cpu >= MAX_CPUS ||
			 !cpumask_test(&cpu_online, (unsigned int)cpu))) {
		return ERR(-EINVAL);
	}
	rq = sched_lock(v, &flags);
	if (cpu < 0) {
		if (v->sched.pinned) {
			v->sched.hard = v->sched.pinned_from;
			v->sched.pinned = false;
			sched_dislodge(rq, v);
		}
	} else if (v->sched.pinned) {
		err = -EBUSY;
	} else if (!cpumask_test(&v->sched.hard, (unsigned int)cpu)) {
		err = -EINVAL;
	} else {
		v->sched.pinned_from = v->sched.hard;
		v->sched.pinned = true;
		cpumask_zero(&v->sched.hard);
		cpumask_set(&v->sched.hard, (unsigned int)cpu);
		sched_dislodge(rq, v);
	}
	sched_unlock(rq, flags);
	vcpu_wake(v);
	return err;
}

/* ---- accounts ---- */

void vcpu_get_runstate(struct vcpu *v, struct vcpu_runstate_info *out)
{
	unsigned long flags;
	struct sched_cpu *rq = sched_lock(v, &flags);
	int64_t spent;

	*out = v->sched.runstate;
	spent = clock_now() - (int64_t)out->state_entry_time;
	sched_unlock(rq, flags);
	if (spent > 0) {
		out->time[out->state] += (uint64_t)spent;
	}
}

uint64_t vcpu_cpu_time(struct vcpu *v)
{
	struct vcpu_runstate_info r;

	vcpu_get_runstate(v, &r);
	return r.time[RUNSTATE_running];
}

uint64_t sched_idle_time(unsigned int cpu)
{
	struct vcpu *idle = sched_idle_vcpu(cpu);

	return idle ? vcpu_cpu_time(idle) : 0;
}
