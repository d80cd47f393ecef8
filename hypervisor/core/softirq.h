/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work that an interrupt or another CPU leaves for a CPU to do when it is on
 * its way back to a guest, or idle: one bit each in a word of that CPU. The
 * lowest number goes first.
 *
 * softirq_run() is called at the two places where a CPU holds no lock and no
 * pointer read under RCU: the return to a guest, and the idle loop. So it is
 * also where RCU knows the CPU to be quiescent, and where the scheduler may
 * leave the stack for another vCPU's.
 */
#ifndef HOSPES_CORE_SOFTIRQ_H
#define HOSPES_CORE_SOFTIRQ_H

#include "lib/types.h"

enum softirq {
	SOFTIRQ_TIMER,
	SOFTIRQ_RCU,
	SOFTIRQ_SCHEDULE, /* last: it may not come back */
	SOFTIRQ_COUNT
};

/* Boot: who does the work. Interrupts are on in fn, no lock is held. */
void softirq_open(enum softirq nr, void (*fn)(void));

/* Any context, also with interrupts off. */
void softirq_raise(enum softirq nr);
void softirq_raise_on(unsigned int cpu, enum softirq nr);

/* Something waits on this CPU. Stable only with interrupts off. */
bool softirq_pending(void);

/*
 * Do all that waits on this CPU; interrupts on, no lock held. May end in
 * context_switch() and then does not return. The caller then turns interrupts
 * off and looks at softirq_pending() again.
 */
void softirq_run(void);

#endif
