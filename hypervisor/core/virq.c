/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual interrupts: the hypervisor's own events. A per-vCPU one (the timer)
 * is bound once by each vCPU; a global one (console input, a domain died) once
 * by a domain, on vCPU 0, and may then be moved.
 *
 * virq_port[] of a vCPU is written under evtchn_domain.lock and read without:
 * a sender looks at the port under its lock and goes away if it is no longer
 * bound to that VIRQ. A global one stays in vCPU 0's table when it is moved.
 */
#include "core/domain.h"
#include "core/evtchn_private.h"
#include "core/vcpu.h"
#include "lib/errno.h"

static bool virq_is_global(uint32_t virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default:
		/* VIRQ_ARCH_0 and up are global too (machine checks). */
		return true;
	}
}

int evtchn_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu,
		     evtchn_port_t *port)
{
	struct evtchn what = { .state = EVTCHNSTAT_virq };
	struct vcpu *v = domain_vcpu(d, vcpu);
	struct evtchn *chn;
	int rc;

	if (virq >= NR_VIRQS) {
		return -EINVAL;
	}
	virq = (uint32_t)array_index_nospec(virq, NR_VIRQS);
	if (virq_is_global(virq) && vcpu != 0) {
		return -EINVAL;
	}
	if (!v) {
		return -ENOENT;
	}
	what.u.virq = virq;
	spin_lock(&d->evtchn.lock);
	if (v->evtchn.virq_port[virq]) {
		rc = -EEXIST;
	} else {
		rc = evtchn_find_free(d, vcpu, &chn);
	}
	if (!rc) {
		evtchn_open(d, chn, &what);
		store_release(&v->evtchn.virq_port[virq], chn->port);
		*port = chn->port;
	}
	spin_unlock(&d->evtchn.lock);
	return rc;
}

void evtchn_virq_forget(struct domain *d, const struct evtchn *chn)
{
	unsigned int id = virq_is_global(chn->u.virq) ? 0 : chn->notify_vcpu;
	struct vcpu *v = domain_vcpu(d, id);

	if (v && v->evtchn.virq_port[chn->u.virq] == chn->port) {
		write_once(v->evtchn.virq_port[chn->u.virq], 0);
	}
}

int evtchn_virq_move(struct domain *d, struct evtchn *chn, struct vcpu *to)
{
	unsigned long flags;

	(void)d;
	if (!virq_is_global(chn->u.virq)) {
		return -EINVAL;
	}
	flags = spin_lock_irqsave(&chn->lock);
	write_once(chn->notify_vcpu, (uint8_t)to->id);
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

void evtchn_send_virq(struct vcpu *v, uint32_t virq)
{
	evtchn_port_t port = load_acquire(&v->evtchn.virq_port[virq]);
	struct evtchn *chn = evtchn_lookup(&v->domain->evtchn, port);
	unsigned long flags;

	if (!chn) {
		return;
	}
	flags = spin_lock_irqsave(&chn->lock);
	if (chn->state == EVTCHNSTAT_virq && chn->u.virq == virq &&
	    (virq_is_global(virq) || chn->notify_vcpu == v->id)) {
		evtchn_set_pending(v->domain, chn);
	}
	spin_unlock_irqrestore(&chn->lock, flags);
}

void evtchn_send_global_virq(uint32_t virq)
{
	struct vcpu *v = dom0 ? domain_vcpu(dom0, 0) : NULL;

	if (v) {
		evtchn_send_virq(v, virq);
	}
}
