/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Choosing who runs on a CPU, and where one that wakes waits.
 *
 * Each CPU has a queue and decides for itself (schedule()), by the arithmetic
 * of sched_credit.c. CPUs meet at two points. One that wakes is put on an idle
 * CPU if it may run on one (its own first), else stays where it was. And a CPU
 * that has nobody takes one that waits elsewhere; a busy one looks around once
 * a slice and takes one that had much less time lately than its own, which
 * evens out what placing did not foresee: three vCPUs on two CPUs get two
 * thirds each.
 *
 * A vCPU that is being switched away from (is_running, but not curr) stays on
 * its queue until sched_switched(): its state is not in memory before.
 */
#include "core/sched.h"

#include "core/domain.h"
#include "core/guest_time.h"
#include "core/rcu.h"
#include "core/sched_queue.h"
#include "core/softirq.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "cpu/clock.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "mm/pool.h"
#include "x86/atomic.h"
#include "x86/insn.h"

struct sched_cpu sched_cpus PERCPU_DATA;

static struct credit_params sched_params = {
	.slice = 10 * CREDIT_MS,
	.ratelimit = CREDIT_MS / 2,
};
static cpumask_t sched_idlers; /* CPUs that run their idle vCPU; atomic */

bool vcpu_runnable(const struct vcpu *v)
{
	return vcpu_is_idle(v) || (!read_once(v->sched.pause_flags) &&
				   !read_once(v->sched.pause_count) &&
				   !read_once(v->domain->pause_count));
}

/* ---- locking ---- */

struct sched_cpu *sched_lock(const struct vcpu *v,
			     unsigned long *flags) LOCK_UNCHECKED
{
	for (;;) {
		unsigned int cpu = read_once(v->sched.processor);
		struct sched_cpu *rq = sched_cpu_of(cpu);

		*flags = spin_lock_irqsave(&rq->lock);
		if (v->sched.processor == cpu) {
			return rq;
		}
		spin_unlock_irqrestore(&rq->lock, *flags);
	}
}

/* The queues of v's CPU (returned) and of `other`. */
static struct sched_cpu *sched_lock_pair(const struct vcpu *v,
					 struct sched_cpu *other,
					 unsigned long *flags) LOCK_UNCHECKED
{
	for (;;) {
		unsigned int cpu = read_once(v->sched.processor);
		struct sched_cpu *rq = sched_cpu_of(cpu);

		*flags = irq_save();
		spin_lock_two(&rq->lock, &other->lock);
		if (v->sched.processor == cpu) {
			return rq;
		}
		spin_unlock_two(&rq->lock, &other->lock);
		irq_restore(*flags);
	}
}

/* ---- accounts ---- */

void sched_set_runstate(struct vcpu *v, int state, int64_t now)
{
	struct vcpu_runstate_info *r = &v->sched.runstate;
	int64_t spent = now - (int64_t)r->state_entry_time;

	if (spent > 0) {
		r->time[r->state] += (uint64_t)spent;
		r->state_entry_time = (uint64_t)now;
	}
	r->state = state;
}

static int not_runnable_state(const struct vcpu *v)
{
	return read_once(v->sched.pause_flags) == VPF_BLOCKED
		       ? RUNSTATE_blocked
		       : RUNSTATE_offline;
}

void sched_take_off(struct sched_cpu *rq, struct vcpu *v)
{
	if (v->sched.credit.queued) {
		credit_dequeue(&rq->queue, &v->sched.credit);
	}
	v->sched.parked = false;
	v->sched.homeless = false;
}

/* ---- placing ---- */

/* First CPU of a & b & c at or after `from`, round the end, or MAX_CPUS. */
static unsigned int pick_from(const cpumask_t *a, const cpumask_t *b,
			      const cpumask_t *c, unsigned int from)
{
	cpumask_t m;
	unsigned int cpu;

	cpumask_and(&m, a, b);
	cpumask_and(&m, &m, c);
	cpu = cpumask_next(&m, from);
	return cpu < MAX_CPUS ? cpu : cpumask_next(&m, 0);
}

/* Of the allowed CPUs, the one with the fewest waiting. */
static unsigned int pick_least_busy(const cpumask_t *allowed)
{
	unsigned int cpu, best = MAX_CPUS, fewest = UINT32_MAX;

	for_each_cpu(cpu, allowed) {
		unsigned int n = read_once(sched_cpu_of(cpu)->queue.waiting);

		if (n < fewest) {
			best = cpu;
			fewest = n;
		}
	}
	return best;
}

/* Where v, about to wait in a queue, best does. Reads without locks: a wrong
 * guess costs time only. */
static unsigned int sched_pick_cpu(const struct vcpu *v)
{
	const struct sched_vcpu *s = &v->sched;
	unsigned int here = read_once(s->processor), cpu;
	cpumask_t allowed;

	cpu = pick_from(&s->soft, &s->hard, &sched_idlers, here);
	if (cpu == MAX_CPUS) {
		cpu = pick_from(&s->hard, &sched_idlers, &cpu_online, here);
	}
	if (cpu < MAX_CPUS && cpumask_test(&cpu_online, cpu)) {
		return cpu;
	}
	cpumask_and(&allowed, &s->hard, &cpu_online);
	if (cpumask_test(&allowed, here) && cpumask_test(&s->soft, here)) {
		return here;
	}
	cpu = pick_from(&allowed, &s->soft, &cpu_online, here);
	if (cpu == MAX_CPUS) {
		cpu = pick_least_busy(&allowed);
	}
	return cpu < MAX_CPUS ? cpu : here;
}

/* v waits: a CPU that is idle and may run it shall come and take it. */
static void sched_tell_idler(const struct vcpu *v)
{
	unsigned int idler = pick_from(&v->sched.hard, &sched_idlers,
				       &cpu_online, v->sched.processor);

	if (idler < MAX_CPUS) {
		softirq_raise_on(idler, SOFTIRQ_SCHEDULE);
	}
}

/*
 * Somebody came into the queue of `cpu`, which is locked: does it matter to the
 * one that runs there? True: raise its softirq, once the lock is released, for
 * the interrupt would make it come at once and spin on the lock.
 */
static bool sched_poke(unsigned int cpu, struct sched_cpu *rq, int64_t now)
{
	struct vcpu *curr = rq->curr;
	int64_t recheck;

	if (vcpu_is_idle(curr)) {
		cpumask_clear_atomic(&sched_idlers, cpu);
		return true;
	}
	sched_charge(rq, curr, now);
	if (credit_must_yield(&rq->queue, &curr->sched.credit, &sched_params,
			      now, &recheck)) {
		return true;
	}
	if (!timer_is_set(&rq->timer) || rq->timer.expires > recheck) {
		timer_set(&rq->timer, recheck);
	}
	return false;
}

/*
 * v can run: let it wait on CPU `to`, unless it is queued or runs already. Its
 * queue and that of `to` are locked. The CPU to tell of it, or MAX_CPUS.
 */
static unsigned int sched_enqueue_woken(struct sched_cpu *from, struct vcpu *v,
					unsigned int to, int64_t now)
{
	struct sched_vcpu *s = &v->sched;
	struct sched_cpu *rq = sched_cpu_of(to);

	if (s->credit.queued || s->parked || s->homeless || from->curr == v) {
		return MAX_CPUS;
	}
	if (read_once(s->is_running)) {
		to = s->processor;
		rq = from;
	}
	if (rq != from) {
		credit_move(&from->queue, &rq->queue, &s->credit);
		write_once(s->processor, to);
	}
	credit_wake(&rq->queue, &s->credit);
	credit_enqueue(&rq->queue, &s->credit);
	return sched_poke(to, rq, now) ? to : MAX_CPUS;
}

void vcpu_wake(struct vcpu *v)
{
	unsigned int to = sched_pick_cpu(v), tell = MAX_CPUS;
	struct sched_cpu *target = sched_cpu_of(to), *rq;
	unsigned long flags;
	int64_t now;

	rq = sched_lock_pair(v, target, &flags);
	now = clock_now();
	if (vcpu_runnable(v)) {
		if (v->sched.runstate.state >= RUNSTATE_blocked) {
			sched_set_runstate(v, RUNSTATE_runnable, now);
		}
		tell = sched_enqueue_woken(rq, v, to, now);
	} else if (v->sched.runstate.state >= RUNSTATE_blocked) {
		sched_set_runstate(v, not_runnable_state(v), now);
	}
	spin_unlock_two(&rq->lock, &target->lock);
	if (tell < MAX_CPUS) {
		softirq_raise_on(tell, SOFTIRQ_SCHEDULE);
	}
	irq_restore(flags);
}

/* ---- taking from other CPUs ---- */

/* Of those that wait in `from`, one that may come to `cpu` and has had little
 * enough time. */
static struct vcpu *sched_find_pullable(const struct sched_cpu *from,
					unsigned int cpu, int64_t usage,
					int64_t now)
{
	struct credit_entity *e;

	for (e = credit_first(&from->queue); e; e = credit_next(e)) {
		struct vcpu *v = vcpu_of_credit(e);
		bool idle = usage == INT64_MAX;

		if (load_acquire(&v->sched.is_running) ||
		    !cpumask_test(&v->sched.hard, cpu) ||
		    (!idle && !cpumask_test(&v->sched.soft, cpu))) {
			continue;
		}
		if (idle ||
		    credit_should_pull(usage, credit_usage(e, false, now))) {
			return v;
		}
	}
	return NULL;
}

static bool sched_pull_from(struct sched_cpu *rq, unsigned int cpu,
			    struct sched_cpu *from, int64_t usage, int64_t now)
{
	struct vcpu *v;

	spin_lock_two(&rq->lock, &from->lock);
	v = sched_find_pullable(from, cpu, usage, now);
	if (v) {
		credit_dequeue(&from->queue, &v->sched.credit);
		credit_move(&from->queue, &rq->queue, &v->sched.credit);
		/* It goes first: that is what it was fetched for. */
		credit_wake(&rq->queue, &v->sched.credit);
		v->sched.credit.vtime = min(v->sched.credit.vtime,
					    rq->queue.min_vtime - CREDIT_MS);
		write_once(v->sched.processor, cpu);
		credit_enqueue(&rq->queue, &v->sched.credit);
	}
	spin_unlock_two(&rq->lock, &from->lock);
	return v != NULL;
}

/* Somebody waits there and has to: one that an idle CPU has just been given is
 * about to run. Without the lock: a wrong guess costs time only. */
static bool sched_has_waiting(const struct sched_cpu *rq)
{
	unsigned int coming = vcpu_is_idle(read_once(rq->curr)) ? 1 : 0;

	return read_once(rq->queue.waiting) > coming;
}

/*
 * Take one that waits elsewhere and had less time than `usage` (INT64_MAX:
 * any). This CPU's queue is not locked; interrupts off.
 */
static bool sched_pull(struct sched_cpu *rq, int64_t usage, int64_t now)
{
	unsigned int self = smp_cpu_id(), n = 0, cpu = self;

	while (n++ < MAX_CPUS) {
		cpu = cpumask_next(&cpu_online, cpu + 1);
		if (cpu == MAX_CPUS) {
			cpu = cpumask_next(&cpu_online, 0);
		}
		if (cpu == self || cpu == MAX_CPUS) {
			return false;
		}
		if (sched_has_waiting(sched_cpu_of(cpu)) &&
		    sched_pull_from(rq, self, sched_cpu_of(cpu), usage, now)) {
			return true;
		}
	}
	return false;
}

/* ---- choosing ---- */

static bool stays_here(const struct vcpu *v, unsigned int cpu)
{
	return !vcpu_is_idle(v) && vcpu_runnable(v) && !v->sched.parked &&
	       cpumask_test(&v->sched.hard, cpu);
}

/* First in the queue that may run; others are put aside: parked, or as a
 * stray, to be placed anew when the lock is released. */
static struct vcpu *sched_pick(struct sched_cpu *rq, unsigned int cpu,
			       int64_t now, struct vcpu **stray)
{
	struct credit_entity *e = credit_first(&rq->queue), *next;

	for (; e; e = next) {
		struct vcpu *v = vcpu_of_credit(e);

		next = credit_next(e);
		if (!cpumask_test(&v->sched.hard, cpu)) {
			if (!*stray && !read_once(v->sched.is_running)) {
				credit_dequeue(&rq->queue, e);
				v->sched.homeless = true;
				*stray = v;
			}
			continue;
		}
		if (sched_park_if_spent(v, now)) {
			credit_dequeue(&rq->queue, e);
			continue;
		}
		return v;
	}
	return NULL;
}

/* Someone else is to run: prev waits, sleeps or moves. */
static void sched_put_back(struct sched_cpu *rq, struct vcpu *prev,
			   unsigned int cpu, int64_t now)
{
	if (vcpu_is_idle(prev)) {
		sched_set_runstate(prev, RUNSTATE_runnable, now);
	} else if (!vcpu_runnable(prev)) {
		sched_set_runstate(prev, not_runnable_state(prev), now);
	} else {
		sched_set_runstate(prev, RUNSTATE_runnable, now);
		if (prev->sched.parked) {
			return;
		}
		if (cpumask_test(&prev->sched.hard, cpu)) {
			credit_enqueue(&rq->queue, &prev->sched.credit);
		} else {
			prev->sched.homeless = true;
		}
	}
}

/* next runs from now on: account, and say when to look again. */
static void sched_start(struct sched_cpu *rq, struct vcpu *next, int64_t now)
{
	struct credit_entity *e = &next->sched.credit;

	if (e->queued) {
		credit_dequeue(&rq->queue, e);
	}
	rq->curr = next;
	credit_start(e, now);
	sched_set_runstate(next, RUNSTATE_running, now);
	store_release(&next->sched.is_running, true);
}

static void sched_set_timer(struct sched_cpu *rq, struct vcpu *next,
			    int64_t recheck, int64_t now)
{
	if (vcpu_is_idle(next)) {
		timer_stop(&rq->timer);
		return;
	}
	/* Even alone it looks around now and then for others to pull. */
	recheck = min(recheck, now + 3 * sched_params.slice);
	recheck = min(recheck, now + sched_cap_slice(next));
	timer_set(&rq->timer, recheck);
}

/* Look at the other CPUs' queues, when this one has nobody or it is time. True:
 * it had nobody, and took any it could find. */
static bool sched_balance(struct sched_cpu *rq, struct vcpu *prev,
			  unsigned int cpu, int64_t now)
{
	int64_t usage = INT64_MAX;

	if (stays_here(prev, cpu)) {
		if (now - rq->last_balance < sched_params.slice) {
			return false;
		}
		usage = credit_usage(&prev->sched.credit, true, now);
	} else if (read_once(rq->queue.waiting)) {
		return false;
	} else {
		/* Known to be idle before the look around: one that comes to
		 * wait afterwards is told of by sched_prev_left(). */
		cpumask_set_atomic(&sched_idlers, cpu);
	}
	rq->last_balance = now;
	sched_pull(rq, usage, now);
	return usage == INT64_MAX;
}

/* The choice itself; this CPU's queue is locked. */
static struct vcpu *sched_choose(struct sched_cpu *rq, struct vcpu *prev,
				 unsigned int cpu, int64_t now,
				 struct vcpu **stray)
{
	struct vcpu *next = prev;
	int64_t recheck = INT64_MAX;
	bool stays, yield = prev->sched.yielding;

	if (!vcpu_is_idle(prev)) {
		sched_charge(rq, prev, now);
		sched_park_if_spent(prev, now);
	}
	stays = stays_here(prev, cpu);
	prev->sched.yielding = false;
	if (stays && !yield &&
	    !credit_must_yield(&rq->queue, &prev->sched.credit, &sched_params,
			       now, &recheck)) {
		sched_set_timer(rq, prev, recheck, now);
		return prev;
	}

	/* The first of the others, if there is one that may run. */
	next = sched_pick(rq, cpu, now, stray);
	if (!next) {
		next = stays ? prev : rq->idle;
	}
	if (next != prev) {
		if (yield && stays) {
			/* Behind the one that it lets go first. */
			prev->sched.credit.vtime =
				max(prev->sched.credit.vtime,
				    next->sched.credit.vtime + 1);
		}
		sched_put_back(rq, prev, cpu, now);
		sched_start(rq, next, now);
		/* prev itself cannot go yet: see sched_prev_left(). */
		if (credit_first(&rq->queue)) {
			sched_tell_idler(
				vcpu_of_credit(credit_first(&rq->queue)));
		}
	}
	recheck = INT64_MAX;
	if (vcpu_is_idle(next)) {
		/* Also when it was idle before: sched_poke() took it out. */
		cpumask_set_atomic(&sched_idlers, cpu);
	} else {
		if (cpumask_test(&sched_idlers, cpu)) {
			cpumask_clear_atomic(&sched_idlers, cpu);
		}
		credit_must_yield(&rq->queue, &next->sched.credit,
				  &sched_params, now, &recheck);
	}
	sched_set_timer(rq, next, recheck, now);
	return next;
}

static void schedule(void)
{
	unsigned int cpu = smp_cpu_id();
	struct sched_cpu *rq = sched_cpu_of(cpu);
	struct vcpu *prev = current, *next, *stray = NULL;
	bool looked;
	int64_t now;

	irq_disable();
	now = clock_now();
	looked = sched_balance(rq, prev, cpu, now);
	spin_lock(&rq->lock);
	next = sched_choose(rq, prev, cpu, now, &stray);
	spin_unlock(&rq->lock);

	if (!looked && vcpu_is_idle(next) && sched_pull(rq, INT64_MAX, now)) {
		/* Those that waited here may not run, but another may. */
		softirq_raise(SOFTIRQ_SCHEDULE);
	}
	if (stray) {
		stray->sched.homeless = false;
		vcpu_wake(stray);
	}
	if (next == prev) {
		irq_enable();
		return;
	}
	if (!vcpu_is_idle(prev)) {
		guest_time_switch_out(prev);
	}
	/* It sees to it that no other CPU holds next's registers still. */
	context_switch(prev, next);
}

/* prev is off this CPU at last; it may have to be somewhere else now. */
static void sched_prev_left(struct vcpu *prev)
{
	store_release(&prev->sched.is_running, false);
	/* From here on another CPU may run it. It is not freed before this CPU
	 * has been through its softirqs (RCU). Pairs with the atomic in
	 * sched_balance(). */
	smp_mb();
	if (read_once(prev->sched.homeless)) {
		prev->sched.homeless = false;
		vcpu_wake(prev);
	} else if (read_once(prev->sched.credit.queued)) {
		sched_tell_idler(prev);
	}
}

void sched_switched(struct vcpu *prev, struct vcpu *next)
{
	if (prev != next && !vcpu_is_idle(prev)) {
		sched_prev_left(prev);
	}
	if (!vcpu_is_idle(next)) {
		if (next->sched.polling) {
			sched_poll_end(next);
		}
		guest_time_switch_in(next);
	}
}

/* ---- boot ---- */

static void sched_timer_fired(void *data)
{
	(void)data;
	softirq_raise(SOFTIRQ_SCHEDULE);
}

void sched_cpu_init(unsigned int cpu)
{
	struct sched_cpu *rq = sched_cpu_of(cpu);

	spin_lock_init(&rq->lock, RANK_SCHED);
	credit_queue_init(&rq->queue);
	timer_cpu_init(cpu);
	timer_init(&rq->timer, sched_timer_fired, NULL, cpu);
	rcu_cpu_init(cpu);
}

void sched_init(void)
{
	cpumask_zero(&sched_idlers);
	timer_init_all();
	rcu_init();
	softirq_open(SOFTIRQ_SCHEDULE, schedule);
}

struct vcpu *sched_create_idle(unsigned int cpu)
{
	struct sched_cpu *rq = sched_cpu_of(cpu);
	struct vcpu *v = pool_alloc(sizeof(*v));

	if (!v) {
		return NULL;
	}
	v->id = 0xffff;
	v->domain = idle_domain;
	v->sched.processor = cpu;
	v->sched.is_running = true;
	cpumask_set(&v->sched.hard, cpu);
	credit_entity_init(&v->sched.credit, 1);
	v->sched.runstate.state = RUNSTATE_running;
	v->sched.runstate.state_entry_time = (uint64_t)clock_now();
	rq->idle = v;
	rq->curr = v;
	cpumask_set_atomic(&sched_idlers, cpu);
	return v;
}

struct vcpu *sched_idle_vcpu(unsigned int cpu)
{
	return sched_cpu_of(cpu)->idle;
}

int sched_set_params(unsigned int slice_ms, unsigned int ratelimit_us)
{
	if (slice_ms < 1 || slice_ms > 1000 ||
	    (ratelimit_us && (ratelimit_us < 100 || ratelimit_us > 500000)) ||
	    ratelimit_us > slice_ms * 1000) {
		return ERR(-EINVAL);
	}
	write_once(sched_params.slice, slice_ms * CREDIT_MS);
	write_once(sched_params.ratelimit, ratelimit_us * CREDIT_MS / 1000);
	return 0;
}

void sched_get_params(unsigned int *slice_ms, unsigned int *ratelimit_us)
{
	*slice_ms = (unsigned int)(sched_params.slice / CREDIT_MS);
	*ratelimit_us =
		(unsigned int)(sched_params.ratelimit * 1000 / CREDIT_MS);
}
