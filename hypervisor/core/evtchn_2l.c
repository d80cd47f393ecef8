/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two-level event ABI: shared_info holds one pending and one mask bit per port;
 * each vCPU's vcpu_info one selector bit per word of pending bits.
 *
 * Raising: set pending; if it was clear and not masked, set the selector bit of
 * the port's vCPU; if that was clear, tell the vCPU. The guest clears in the
 * opposite order, so a bit set at any time is seen by one of the two. All is in
 * memory the guest writes to: every step is atomic and nothing read is trusted.
 */
#include "core/domain.h"
#include "core/evtchn_private.h"
#include "core/vcpu.h"

static void select_word(struct vcpu *v, evtchn_port_t port)
{
	struct vcpu_info *info = read_once(v->info);

	if (!atomic_test_and_set_bit(port / 64, &info->evtchn_pending_sel)) {
		evtchn_mark_pending(v);
	}
}

void evtchn_2l_set_pending(struct vcpu *v, struct evtchn *chn)
{
	struct domain *d = v->domain;
	struct shared_info *s = d->shared_info;
	evtchn_port_t port = chn->port;

	if (atomic_test_and_set_bit(port, s->evtchn_pending)) {
		return;
	}
	if (!atomic_test_bit(port, s->evtchn_mask)) {
		select_word(v, port);
	}
	evtchn_wake_pollers(d, port);
}

void evtchn_2l_clear_pending(struct domain *d, evtchn_port_t port)
{
	atomic_clear_bit(port, d->shared_info->evtchn_pending);
}

void evtchn_2l_unmask(struct vcpu *v, struct evtchn *chn)
{
	struct shared_info *s = v->domain->shared_info;

	if (atomic_test_and_clear_bit(chn->port, s->evtchn_mask) &&
	    atomic_test_bit(chn->port, s->evtchn_pending)) {
		select_word(v, chn->port);
	}
}

bool evtchn_2l_is_pending(struct domain *d, evtchn_port_t port)
{
	return atomic_test_bit(port, d->shared_info->evtchn_pending);
}
