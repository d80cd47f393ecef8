/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Freeing what others may still be looking at. A reader needs no lock and no
 * mark: whatever it found stays there until its CPU goes through softirq_run()
 * (return to a guest, idle loop), and it must not keep the pointer beyond that.
 * The writer takes the object out of reach and hands it to rcu_call(); fn runs
 * when every CPU online has been through softirq_run() since.
 *
 * Grace periods are rare here (a domain is freed), so each one simply pokes all
 * CPUs.
 */
#ifndef HOSPES_CORE_RCU_H
#define HOSPES_CORE_RCU_H

#include "lib/types.h"

struct rcu_head {
	struct rcu_head *next;
	void (*fn)(struct rcu_head *head);
	uint64_t period; /* may run when all have seen this one */
};

/* Any context but NMI. fn runs as a softirq of this CPU, no lock held. */
void rcu_call(struct rcu_head *head, void (*fn)(struct rcu_head *head));

/* Before the CPU is online: it holds nothing yet. (sched_cpu_init() does it) */
void rcu_cpu_init(unsigned int cpu);
/* Boot: opens SOFTIRQ_RCU. */
void rcu_init(void);

#endif
