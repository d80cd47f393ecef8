/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the scheduler's own files: the queue of a CPU, and how to lock it.
 *
 *   sched.c         choosing, switching, placing
 *   sched_pause.c   blocking, pausing, up and down
 *   sched_policy.c  affinity, weights, caps, accounts
 */
#ifndef HOSPES_CORE_SCHED_QUEUE_H
#define HOSPES_CORE_SCHED_QUEUE_H

#include "core/sched.h"
#include "core/vcpu.h"
#include "x86/percpu.h"

struct sched_cpu {
	spinlock_t lock; /* RANK_SCHED, interrupts off */
	struct credit_queue queue;
	struct vcpu *curr; /* chosen last: runs, or is about to */
	struct vcpu *idle;
	struct timer timer;   /* look again who is to run */
	int64_t last_balance; /* this CPU only */
};

extern struct sched_cpu sched_cpus; /* per CPU */

static inline struct sched_cpu *sched_cpu_of(unsigned int cpu)
{
	return &per_cpu(sched_cpus, cpu);
}

static inline struct vcpu *vcpu_of_credit(struct credit_entity *e)
{
	return container_of(e, struct vcpu, sched.credit);
}

/* Lock the queue of the CPU that v belongs to. */
struct sched_cpu *sched_lock(const struct vcpu *v, unsigned long *flags);
static inline void sched_unlock(struct sched_cpu *rq,
				unsigned long flags) LOCK_UNCHECKED
{
	spin_unlock_irqrestore(&rq->lock, flags);
}

/* v's runstate from now on; its queue is locked. */
void sched_set_runstate(struct vcpu *v, int state, int64_t now);

/* Take v off the queue that is locked, with no runstate changed. */
void sched_take_off(struct sched_cpu *rq, struct vcpu *v);

/* The running v pays up to now; its queue is locked. */
void sched_charge(struct sched_cpu *rq, struct vcpu *v, int64_t now);

/* v's domain has a cap and has used it up: park v. */
bool sched_park_if_spent(struct vcpu *v, int64_t now);
/* How long v may run at most by its domain's cap. */
int64_t sched_cap_slice(struct vcpu *v);

#endif
