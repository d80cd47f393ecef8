/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time that guests see: see the header.
 *
 * Version protocol of the pvclock (struct vcpu_time_info): the version is odd
 * while the rest is being written, and different afterwards. The memory is the
 * guest's as well; nothing is ever read back from it but the version, which
 * only ever goes back to the guest.
 *
 * Xen's periodic timer (100 Hz at the start) only ticks while the vCPU runs;
 * what it missed is made up by one tick when it goes on. Linux turns it off.
 */
#include "core/guest_time.h"

#include "core/domain.h"
#include "core/evtchn.h"
#include "core/sched.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "cpu/clock.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "x86/atomic.h"
#include "x86/insn.h"
#include "x86/percpu.h"

#define NS_PER_SEC     INT64_C(1000000000)
#define PERIOD_DEFAULT INT64_C(10000000) /* 100 Hz */
#define PERIOD_MIN     INT64_C(1000000)

bool guest_time_tsc_stable;
static spinlock_t wallclock_lock = SPINLOCK_INIT(RANK_NONE);

/*
 * The TSC is the same on all CPUs and never stops: where the CPU says it is
 * invariant (SDM 3B 17.17.1), or under another hypervisor or emulator, whose
 * TSC is a clock of its own.
 */
void guest_time_init(void)
{
	bool invariant = cpuid(0x80000000, 0).eax >= 0x80000007 &&
			 cpuid(0x80000007, 0).edx & BIT(8);
	bool virtualised = cpuid(1, 0).ecx & BIT(31);

	guest_time_tsc_stable = invariant || virtualised;
}

/* ---- pvclock ---- */

static struct vcpu_time_info pvclock_now(void)
{
	return (struct vcpu_time_info){
		.tsc_timestamp = clock_boot_tsc,
		.system_time = 0,
		.tsc_to_system_mul = clock_tsc_scale.mul,
		.tsc_shift = clock_tsc_scale.shift,
		.flags = guest_time_tsc_stable ? XEN_PVCLOCK_TSC_STABLE_BIT : 0,
	};
}

static bool pvclock_same(const struct vcpu_time_info *a,
			 const struct vcpu_time_info *b)
{
	return a->tsc_timestamp == b->tsc_timestamp &&
	       a->system_time == b->system_time &&
	       a->tsc_to_system_mul == b->tsc_to_system_mul &&
	       a->tsc_shift == b->tsc_shift && a->flags == b->flags;
}

void guest_time_update(struct vcpu *v)
{
	struct vcpu_time_info now = pvclock_now(), *t;
	uint32_t version;

	if (!v->info) {
		return;
	}
	t = &v->info->time;
	if (pvclock_same(t, &now)) {
		return;
	}
	version = read_once(t->version) | 1;
	write_once(t->version, version);
	smp_wmb();
	t->tsc_timestamp = now.tsc_timestamp;
	t->system_time = now.system_time;
	t->tsc_to_system_mul = now.tsc_to_system_mul;
	t->tsc_shift = now.tsc_shift;
	t->flags = now.flags;
	smp_wmb();
	write_once(t->version, version + 1);
}

/* The copy at time_area, when it is not what it should be. -EFAULT. */
static int time_area_write(struct vcpu *v)
{
	struct guest_time *gt = &v->time;
	struct vcpu_time_info now = pvclock_now();
	guest_ptr_t version_at = guest_ptr_add(
		gt->time_area, offsetof(struct vcpu_time_info, version));
	int err;

	now.version = gt->last.version + 1;
	err = copy_to_guest(version_at, &now.version, sizeof(now.version));
	if (!err) {
		smp_wmb();
		err = copy_to_guest(gt->time_area, &now, sizeof(now));
	}
	if (!err) {
		smp_wmb();
		now.version++;
		err = copy_to_guest(version_at, &now.version,
				    sizeof(now.version));
	}
	if (!err) {
		gt->last = now;
		gt->time_stale = false;
	}
	return err;
}

/* ---- runstate ---- */

static int runstate_area_write(struct vcpu *v)
{
	guest_ptr_t area = v->time.runstate_area;
	guest_ptr_t entry_at = guest_ptr_add(
		area, offsetof(struct vcpu_runstate_info, state_entry_time));
	struct vcpu_runstate_info r = v->sched.runstate;
	bool flag =
		v->domain->vm_assist & BIT(VMASST_TYPE_runstate_update_flag);
	int err = 0;

	if (flag) {
		r.state_entry_time |= XEN_RUNSTATE_UPDATE;
		err = copy_to_guest(entry_at, &r.state_entry_time,
				    sizeof(r.state_entry_time));
		smp_wmb();
	}
	if (!err) {
		err = copy_to_guest(area, &r, sizeof(r));
	}
	if (!err && flag) {
		smp_wmb();
		r.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
		err = copy_to_guest(entry_at, &r.state_entry_time,
				    sizeof(r.state_entry_time));
	}
	return err;
}

void guest_time_flush(struct vcpu *v)
{
	v->time.deferred = false;
	/* An area that the guest has unmapped is its own loss. */
	if (!guest_ptr_is_null(v->time.runstate_area) &&
	    runstate_area_write(v)) {
		return;
	}
	if (!guest_ptr_is_null(v->time.time_area) && v->time.time_stale &&
	    time_area_write(v)) {
		return;
	}
}

/* ---- timers ---- */

static void single_fired(void *data)
{
	evtchn_send_virq(data, VIRQ_TIMER);
}

static void poll_fired(void *data)
{
	vcpu_unblock(data);
}

/* One tick for all that are due, and the next one. */
static void periodic_tick(struct vcpu *v)
{
	struct guest_time *gt = &v->time;
	int64_t period = read_once(gt->period), now = clock_now();

	if (!period) {
		return;
	}
	if (now >= gt->next_period) {
		evtchn_send_virq(v, VIRQ_TIMER);
		gt->next_period =
			now + period - (now - gt->next_period) % period;
	}
	timer_set(&gt->periodic, gt->next_period);
}

static void periodic_fired(void *data)
{
	struct vcpu *v = data;

	/* It may have left the CPU since: then switch_in() does it. */
	if (v == current) {
		periodic_tick(v);
	}
}

void guest_time_vcpu_init(struct vcpu *v)
{
	struct guest_time *gt = &v->time;
	unsigned int cpu = v->sched.processor;

	*gt = (struct guest_time){ .period = PERIOD_DEFAULT };
	timer_init(&gt->periodic, periodic_fired, v, cpu);
	timer_init(&gt->single, single_fired, v, cpu);
	timer_init(&gt->poll, poll_fired, v, cpu);
}

void guest_time_vcpu_destroy(struct vcpu *v)
{
	timer_kill(&v->time.periodic);
	timer_kill(&v->time.single);
	timer_kill(&v->time.poll);
}

void guest_time_switch_in(struct vcpu *v)
{
	struct guest_time *gt = &v->time;
	unsigned int cpu = smp_cpu_id();

	if (gt->single.cpu != cpu) {
		timer_migrate(&gt->single, cpu);
		timer_migrate(&gt->periodic, cpu);
		timer_migrate(&gt->poll, cpu);
	}
	guest_time_update(v);
	if (guest_ptr_is_null(gt->runstate_area) && !gt->time_stale) {
		/* nothing to write */
	} else if (v->pv.kernel_mode) {
		guest_time_flush(v);
	} else {
		gt->deferred = true;
	}
	periodic_tick(v);
}

void guest_time_switch_out(struct vcpu *v)
{
	if (v->time.period) {
		timer_stop(&v->time.periodic);
	}
}

/* ---- operations ---- */

int guest_time_set_periodic(struct vcpu *v, int64_t period_ns)
{
	if (period_ns && period_ns < PERIOD_MIN) {
		return ERR(-EINVAL);
	}
	timer_stop(&v->time.periodic);
	write_once(v->time.period, period_ns);
	v->time.next_period = clock_now() + period_ns;
	if (period_ns && read_once(v->sched.is_running)) {
		timer_set(&v->time.periodic, v->time.next_period);
	}
	return 0;
}

int guest_time_set_single(struct vcpu *v, int64_t deadline, bool in_future)
{
	if (in_future && deadline < clock_now()) {
		return -ETIME;
	}
	timer_set(&v->time.single, deadline);
	return 0;
}

void guest_time_stop_single(struct vcpu *v)
{
	timer_stop(&v->time.single);
}

void guest_time_set_poll(struct vcpu *v, int64_t deadline)
{
	timer_set(&v->time.poll, deadline);
}

void guest_time_stop_poll(struct vcpu *v)
{
	timer_stop(&v->time.poll);
}

int guest_time_register_area(struct vcpu *v, guest_ptr_t area)
{
	v->time.time_area = area;
	v->time.time_stale = false;
	v->time.last = (struct vcpu_time_info){ .version = 0 };
	if (guest_ptr_is_null(area)) {
		return 0;
	}
	if (time_area_write(v)) {
		v->time.time_area = guest_ptr(0);
		return ERR(-EFAULT);
	}
	return 0;
}

int guest_time_register_runstate(struct vcpu *v, guest_ptr_t area)
{
	v->time.runstate_area = area;
	if (guest_ptr_is_null(area)) {
		return 0;
	}
	if (runstate_area_write(v)) {
		v->time.runstate_area = guest_ptr(0);
		return ERR(-EFAULT);
	}
	return 0;
}

/* ---- wall clock ---- */

void guest_time_update_wallclock(struct domain *d)
{
	struct shared_info *si = d->shared_info;
	unsigned long flags;
	uint64_t sec;
	uint32_t nsec, version;

	if (!si) {
		return;
	}
	clock_wall_base(&sec, &nsec);
	sec += (uint64_t)d->time_offset_seconds;

	flags = spin_lock_irqsave(&wallclock_lock);
	version = read_once(si->wc_version) | 1;
	write_once(si->wc_version, version);
	smp_wmb();
	write_once(si->wc_sec, (uint32_t)sec);
	write_once(si->wc_sec_hi, (uint32_t)(sec >> 32));
	write_once(si->wc_nsec, nsec);
	smp_wmb();
	write_once(si->wc_version, version + 1);
	spin_unlock_irqrestore(&wallclock_lock, flags);
}

/* It was sec.nsec at system time `at`. */
void guest_time_set_wallclock(uint64_t sec, uint32_t nsec, int64_t at)
{
	/* Below 2^63 ns: the year 2262. */
	uint64_t base = sec * (uint64_t)NS_PER_SEC + nsec - (uint64_t)at;
	struct domain *d, *next;

	clock_set_wall_base(base / (uint64_t)NS_PER_SEC,
			    (uint32_t)(base % (uint64_t)NS_PER_SEC));
	for (d = domain_get_next(0); d; d = next) {
		guest_time_update_wallclock(d);
		next = d->id == DOMID_FIRST_RESERVED - 1
			       ? NULL
			       : domain_get_next((domid_t)(d->id + 1));
		domain_put(d);
	}
}
