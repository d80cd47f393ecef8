/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_sched_op(cmd, arg): the calling vCPU waits, yields or polls; its
 * domain ends; watchdogs. Also the old form without pointers (number 6).
 */
#include <xen/sched.h>

#include "core/domain.h"
#include "core/evtchn.h"
#include "core/guest_time.h"
#include "core/sched.h"
#include "core/softirq.h"
#include "core/vcpu.h"
#include "cpu/clock.h"
#include "debug/panic.h"
#include "interface/guest_copy.h"
#include "interface/handlers_sched.h"
#include "lib/checked.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

#define POLL_PORTS_MAX 128

static long sched_op_yield(guest_ptr_t arg)
{
	(void)arg;
	sched_yield();
	return 0;
}

/* Blocking also unmasks events, or nothing could end it. */
static long sched_op_block(guest_ptr_t arg)
{
	(void)arg;
	write_once(current->info->evtchn_upcall_mask, 0);
	vcpu_block();
	return 0;
}

static long sched_op_shutdown(guest_ptr_t arg)
{
	struct sched_shutdown op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	domain_shutdown(current->domain, op.reason & 0xff);
	return 0;
}

static long sched_op_shutdown_code(guest_ptr_t arg)
{
	struct domain *d = current->domain;
	struct sched_shutdown op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	spin_lock(&d->shutdown_lock);
	d->shutdown_code = op.reason & 0xff;
	spin_unlock(&d->shutdown_lock);
	return 0;
}

/* ---- poll ---- */

static int poll_copy_ports(const struct sched_poll *op, evtchn_port_t *ports)
{
	uint32_t limit = current->domain->evtchn.max_ports;

	for (unsigned int i = 0; i < op->nr_ports; i++) {
		if (copy_from_guest_at(&ports[i], guest_handle_ptr(op->ports),
				       i, sizeof(ports[i]))) {
			return ERR(-EFAULT);
		}
		if (ports[i] >= limit) {
			return ERR(-EINVAL);
		}
	}
	return 0;
}

static bool poll_any_pending(struct domain *d, const evtchn_port_t *ports,
			     unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (evtchn_port_is_pending(d, ports[i])) {
			return true;
		}
	}
	return false;
}

static long sched_op_poll(guest_ptr_t arg)
{
	struct vcpu *v = current;
	evtchn_port_t ports[POLL_PORTS_MAX];
	struct sched_poll op;
	int err;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	if (op.nr_ports > POLL_PORTS_MAX) {
		return ERR(-EINVAL);
	}
	err = poll_copy_ports(&op, ports);
	if (err) {
		return err;
	}
	/* Announce, block, and only then look: see evtchn_poll_begin(). */
	sched_poll_begin(v, op.nr_ports == 1 ? ports[0] : 0);
	if (evtchn_upcall_pending(v) ||
	    poll_any_pending(v->domain, ports, op.nr_ports)) {
		sched_poll_end(v);
		return 0;
	}
	if (op.timeout) {
		guest_time_set_poll(v, (int64_t)op.timeout);
	}
	softirq_raise(SOFTIRQ_SCHEDULE);
	return 0;
}

/* ---- others' shutdown, watchdogs, pinning ---- */

static long sched_op_remote_shutdown(guest_ptr_t arg)
{
	struct sched_remote_shutdown op;
	struct domain *d;

	if (!current->domain->privileged) {
		return ERR(-EPERM);
	}
	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	d = domain_get_by_id(op.domain_id);
	if (!d) {
		return ERR(-ESRCH);
	}
	domain_shutdown(d, op.reason & 0xff);
	domain_put(d);
	return 0;
}

static void watchdog_fired(void *data)
{
	domain_shutdown(data, SHUTDOWN_watchdog);
}

/* id 0: a new one, whose id is returned; timeout 0: stop it. */
static long watchdog_set(struct domain *d, uint32_t id, uint32_t timeout)
{
	struct sched_domain *sd = &d->sched;
	int64_t deadline = clock_now() + (int64_t)timeout * 1000000000;
	struct timer *t;

	if (!id) {
		if (!timeout) {
			return ERR(-EINVAL);
		}
		while (id < ARRAY_SIZE(sd->watchdog) &&
		       sd->watchdog_set & 1U << id) {
			id++;
		}
		if (id == ARRAY_SIZE(sd->watchdog)) {
			return ERR(-ENOSPC);
		}
		t = &sd->watchdog[id];
		if (!t->fn) {
			timer_init(t, watchdog_fired, d, smp_cpu_id());
		}
		sd->watchdog_set |= 1U << id;
		timer_set(t, deadline);
		return id + 1;
	}
	if (--id >= ARRAY_SIZE(sd->watchdog)) {
		return ERR(-EINVAL);
	}
	id = (uint32_t)array_index_nospec(id, ARRAY_SIZE(sd->watchdog));
	if (!(sd->watchdog_set & 1U << id)) {
		return ERR(-EINVAL);
	}
	if (timeout) {
		timer_set(&sd->watchdog[id], deadline);
	} else {
		timer_stop(&sd->watchdog[id]);
		sd->watchdog_set &= ~(1U << id);
	}
	return 0;
}

static long sched_op_watchdog(guest_ptr_t arg)
{
	struct domain *d = current->domain;
	struct sched_watchdog op;
	long ret;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	spin_lock(&d->sched.watchdog_lock);
	ret = watchdog_set(d, op.id, op.timeout);
	spin_unlock(&d->sched.watchdog_lock);
	return ret;
}

static long sched_op_pin_override(guest_ptr_t arg)
{
	struct sched_pin_override op;

	if (!current->domain->privileged) {
		return ERR(-EPERM);
	}
	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	return sched_pin(current, op.pcpu);
}

static long (*const sched_ops[])(guest_ptr_t arg) = {
	[SCHEDOP_yield] = sched_op_yield,
	[SCHEDOP_block] = sched_op_block,
	[SCHEDOP_shutdown] = sched_op_shutdown,
	[SCHEDOP_poll] = sched_op_poll,
	[SCHEDOP_remote_shutdown] = sched_op_remote_shutdown,
	[SCHEDOP_shutdown_code] = sched_op_shutdown_code,
	[SCHEDOP_watchdog] = sched_op_watchdog,
	[SCHEDOP_pin_override] = sched_op_pin_override,
};

long do_sched_op(struct hypercall *hc)
{
	uint32_t cmd = (uint32_t)hc->arg[0];

	if (cmd >= ARRAY_SIZE(sched_ops)) {
		return ERR(-ENOSYS);
	}
	cmd = (uint32_t)array_index_nospec(cmd, ARRAY_SIZE(sched_ops));
	return sched_ops[cmd](guest_ptr(hc->arg[1]));
}

long do_sched_op_compat(struct hypercall *hc)
{
	guest_ptr_t none = guest_ptr(0);

	switch ((uint32_t)hc->arg[0]) {
	case SCHEDOP_yield:
		return sched_op_yield(none);
	case SCHEDOP_block:
		return sched_op_block(none);
	case SCHEDOP_shutdown:
		/* The reason stands in place of the pointer. */
		domain_shutdown(current->domain, hc->arg[1] & 0xff);
		return 0;
	default:
		return ERR(-ENOSYS);
	}
}
