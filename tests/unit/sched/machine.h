/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated machine for the scheduler, timers, softirqs, RCU and guest time:
 * the real sources, on CPUs that take turns in one thread, in simulated time.
 * What differs from a machine is only that a CPU is left at certain points:
 * when its softirqs are done, and where it waits for another (cpu_relax).
 *
 * Locks check their rank, and that those used in interrupt context are taken
 * with interrupts off; a lock that is held already would never be free again,
 * and ends the test.
 */
#ifndef HOSPES_TESTS_SCHED_MACHINE_H
#define HOSPES_TESTS_SCHED_MACHINE_H

#include "core/domain.h"
#include "core/vcpu.h"

#define MACHINE_CPUS_MAX 4

/* What a simulated guest does each time that it has the CPU. */
typedef void (*machine_guest)(struct vcpu *v);

extern int64_t machine_time;

void machine_init(unsigned int cpus);
void machine_fini(void);
struct domain *machine_domain(unsigned int vcpus, machine_guest guest);

/* Let it run for `ns`, in rounds of 20 to 60 us in which each CPU has a turn.
 */
void machine_run(int64_t ns);

/* All of it stands still for `ns`, as one does whose host is busy. */
void machine_stall(int64_t ns);

/* An event for v, as evtchn_mark_pending() raises it. */
void machine_event(struct vcpu *v);
bool machine_take_event(struct vcpu *v);

/* How many rounds broke a rule: see machine_check() in machine.c. */
unsigned int machine_violations(void);
unsigned int machine_random(void);
/* What the CPU's timer is set to. */
int64_t machine_armed(unsigned int cpu);
/* CPU that runs v now, or -1. */
int machine_cpu_of(const struct vcpu *v);

#endif
