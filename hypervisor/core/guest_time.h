/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU's time: its timers, the pvclock in its vcpu_info, the copies of time
 * and runstate in memory that it registered, and its domain's wall clock.
 *
 * The pvclock is the hypervisor's own clock: all vCPUs see the same formula
 * (time 0 at clock_boot_tsc), which never changes while the machine runs. Where
 * the TSC can be trusted across CPUs the stable bit is set, so Linux reads the
 * time in its vDSO without a call.
 *
 * Copies that were registered by virtual address are in the kernel's half of
 * the guest's page tables. While a PV vCPU is in user mode they may not be
 * mapped; then `deferred` is set, and whoever switches it to kernel mode calls
 * guest_time_flush().
 *
 * Fields are the vCPU's own: written by itself, on switching to it, or while it
 * is paused; the timers have their own lock.
 */
#ifndef HOSPES_CORE_GUEST_TIME_H
#define HOSPES_CORE_GUEST_TIME_H

#include <xen/vcpu.h>
#include <xen/xen.h>

#include "core/timer.h"
#include "lib/types.h"
#include "x86/addr.h"

struct domain;
struct vcpu;

struct guest_time {
	struct timer periodic, single, poll;
	int64_t period;	     /* ns; 0: no periodic timer */
	int64_t next_period; /* system time of the next tick */

	guest_ptr_t time_area;	    /* 0: none */
	guest_ptr_t runstate_area;  /* 0: none */
	struct vcpu_time_info last; /* as time_area has it */
	bool time_stale;	    /* time_area is to be written */
	bool deferred;
};

/* The PVCLOCK stable bit may be shown. Boot: after clock_init(). */
extern bool guest_time_tsc_stable;
void guest_time_init(void);

void guest_time_vcpu_init(struct vcpu *v);
void guest_time_vcpu_destroy(struct vcpu *v);

/* Bring vcpu->info->time up to date: at switch-in and when info moved. */
void guest_time_update(struct vcpu *v);
/* v goes on or off this CPU. Called by the scheduler. */
void guest_time_switch_in(struct vcpu *v);
void guest_time_switch_out(struct vcpu *v);
/* v is current and its kernel's page tables are loaded. */
void guest_time_flush(struct vcpu *v);

/* Wall clock in shared_info: one domain, or all after it was set. */
void guest_time_update_wallclock(struct domain *d);
void guest_time_set_wallclock(uint64_t sec, uint32_t nsec, int64_t at);

/* VCPUOP and set_timer_op. Only v itself, or v paused. */
int guest_time_set_periodic(struct vcpu *v, int64_t period_ns);
int guest_time_set_single(struct vcpu *v, int64_t deadline, bool in_future);
void guest_time_stop_single(struct vcpu *v);
/* Wakes a vCPU that polls, at an absolute time. */
void guest_time_set_poll(struct vcpu *v, int64_t deadline);
void guest_time_stop_poll(struct vcpu *v);

/* v is current; the areas are written at once. -EFAULT. */
int guest_time_register_area(struct vcpu *v, guest_ptr_t area);
int guest_time_register_runstate(struct vcpu *v, guest_ptr_t area);

#endif
