/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: which vCPU runs on which CPU.
 *
 * A vCPU is runnable when nothing in sched.pause_flags is set and neither its
 * pause_count nor its domain's is above zero. A runnable vCPU waits in the
 * queue of the CPU sched.processor or runs there. All of it happens under that
 * queue's lock (RANK_SCHED, interrupts off); sched.processor itself changes
 * under the locks of both queues.
 *
 * Leaving a CPU takes two steps: schedule() chooses the next one and calls
 * context_switch(); the new context says sched_switched(), which clears
 * is_running of the vCPU before it. Until then that vCPU's state is not all in
 * memory and no other CPU takes it. A CPU that goes idle may keep the registers
 * of the last vCPU; context_switch() to that vCPU elsewhere syncs it first.
 *
 * Events must not be lost: vcpu_block() first sets VPF_BLOCKED, then looks for
 * events; who raises one marks it first, then calls vcpu_kick().
 */
#ifndef HOSPES_CORE_SCHED_H
#define HOSPES_CORE_SCHED_H

#include <xen/event_channel.h>
#include <xen/vcpu.h>
#include <xen/xen.h>

#include "core/sched_credit.h"
#include "core/timer.h"
#include "lib/types.h"
#include "x86/cpumask.h"
#include "x86/spinlock.h"

struct domain;
struct vcpu;

#define VPF_BLOCKED BIT(0) /* until an event comes */
#define VPF_DOWN    BIT(1) /* not brought up by its guest */
#define VPF_DYING   BIT(2) /* never again */

struct sched_vcpu {
	unsigned int processor;
	bool is_running;      /* read anywhere; see the head comment */
	uint32_t pause_flags; /* VPF_*; atomic */
	uint32_t pause_count; /* atomic */

	/* Lock of processor's queue. */
	struct credit_entity credit;
	bool homeless; /* left a CPU that it may not run on; not queued */
	bool parked;   /* its domain's cap is used up; not queued */
	bool yielding;
	bool polling;	       /* in SCHEDOP_poll; its own */
	cpumask_t hard, soft;  /* affinity */
	cpumask_t pinned_from; /* hard, before SCHEDOP_pin_override */
	bool pinned;
	struct vcpu_runstate_info runstate;
};

struct sched_domain {
	uint32_t weight;
	/* budget_lock (RANK_SCHED_BUDGET): the cap. */
	spinlock_t budget_lock;
	struct credit_budget budget;
	struct timer budget_timer;
	/* SCHEDOP_watchdog. */
	spinlock_t watchdog_lock;
	uint32_t watchdog_set; /* bit of each watchdog that runs */
	struct timer watchdog[2];
};

/* ---- boot ---- */

void sched_init(void);		       /* once, before any vCPU; on the BSP */
void sched_cpu_init(unsigned int cpu); /* on each CPU, before it is online */

/* Idle vCPU of `cpu` (in idle_domain), running there. NULL: no memory. */
struct vcpu *sched_create_idle(unsigned int cpu);
struct vcpu *sched_idle_vcpu(unsigned int cpu);

/* `ratelimit=`, `slice=` and XEN_SYSCTL_scheduler_op. -EINVAL out of range
 * (slice 1 to 1000 ms, ratelimit 0 or 100 us to 500 ms, not above the slice).
 */
int sched_set_params(unsigned int slice_ms, unsigned int ratelimit_us);
void sched_get_params(unsigned int *slice_ms, unsigned int *ratelimit_us);

/* ---- life ---- */

void sched_domain_init(struct domain *d);
void sched_domain_destroy(struct domain *d);
/* v comes with VPF_DOWN and may run everywhere. (Its timers are guest_time's.)
 */
void sched_vcpu_init(struct vcpu *v);
/* v does not run and never will. */
void sched_vcpu_destroy(struct vcpu *v);

/* ---- the schedule softirq ---- */

/*
 * Called by context_switch()'s tail in the context of `next`, with interrupts
 * off: prev's state is in memory (or context_sync() will put it there).
 */
void sched_switched(struct vcpu *prev, struct vcpu *next);

/* ---- waking and sleeping; any context unless said ---- */

/* Something that kept v from running went away: look whether it can. */
void vcpu_wake(struct vcpu *v);
/* The other way: take it off its queue, make its CPU drop it. Do not wait. */
void vcpu_sleep_nosync(struct vcpu *v);
/* The same, and wait until its state is in memory. v is not current;
 * interrupts on, no lock held that v's CPU could want. */
void vcpu_sleep_sync(struct vcpu *v);

/* current waits for an event; takes effect on the way to the guest. It does
 * not block if there is one. Does not change the upcall mask. */
void vcpu_block(void);
void vcpu_unblock(struct vcpu *v);
/* Make v notice that an event is pending: unblock it and, if it runs on
 * another CPU, make it enter the hypervisor. */
void vcpu_kick(struct vcpu *v);

/*
 * SCHEDOP_poll by v, which is current: blocked from now on, until an event on
 * `port` (0: any), an upcall or sched_poll_end(). The caller then looks at the
 * ports, and raises SOFTIRQ_SCHEDULE or ends it.
 */
void sched_poll_begin(struct vcpu *v, evtchn_port_t port);
void sched_poll_end(struct vcpu *v);

/* Counted. vcpu_pause() waits for v to stop, v is not current. The _nosync form
 * may be used on current. */
void vcpu_pause(struct vcpu *v);
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
void domain_pause(struct domain *d); /* d is not the current domain */
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);

/* VCPUOP_up, _down. 0; vcpu_up: -EINVAL not initialised. */
int vcpu_up(struct vcpu *v);
void vcpu_down(struct vcpu *v); /* takes effect at once, unless current */
bool vcpu_is_up(const struct vcpu *v);

/* current lets others of its queue go first, once. */
void sched_yield(void);

/* ---- policy ---- */

/* NULL leaves one as it is. -EINVAL: no CPU online is in `hard`. -EBUSY: v is
 * pinned by SCHEDOP_pin_override. */
int sched_set_affinity(struct vcpu *v, const cpumask_t *hard,
		       const cpumask_t *soft);
/* Let v run on `cpu` alone; negative: undo. -EBUSY, -EINVAL. */
int sched_pin(struct vcpu *v, int cpu);

/* weight 1 to 65535, cap in percent of one CPU, 0: none. -EINVAL. */
int sched_adjust(struct domain *d, uint32_t weight, uint32_t cap);
void sched_get(struct domain *d, uint32_t *weight, uint32_t *cap);

/* ---- accounts ---- */

void vcpu_get_runstate(struct vcpu *v, struct vcpu_runstate_info *out);
/* ns that v has run. */
uint64_t vcpu_cpu_time(struct vcpu *v);
/* ns that `cpu` was idle. */
uint64_t sched_idle_time(unsigned int cpu);

bool vcpu_runnable(const struct vcpu *v);

#endif
