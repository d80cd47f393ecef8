/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EVTCHNOP_*: the argument is copied in, the domain that it names is looked up
 * and the right to act on it checked, core/evtchn does the work, results are
 * copied back. Only a privileged domain names another domain than itself, but
 * for the remote end of a channel.
 */
#include "core/domain.h"
#include "core/evtchn.h"
#include "core/vcpu.h"
#include "interface/guest_copy.h"
#include "interface/handlers.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "x86/percpu.h"

union evtchn_arg {
	struct evtchn_alloc_unbound alloc_unbound;
	struct evtchn_bind_interdomain bind_interdomain;
	struct evtchn_bind_virq bind_virq;
	struct evtchn_bind_pirq bind_pirq;
	struct evtchn_bind_ipi bind_ipi;
	struct evtchn_close close;
	struct evtchn_send send;
	struct evtchn_status status;
	struct evtchn_bind_vcpu bind_vcpu;
	struct evtchn_unmask unmask;
	struct evtchn_reset reset;
	struct evtchn_init_control init_control;
	struct evtchn_expand_array expand_array;
	struct evtchn_set_priority set_priority;
};

/* The domain an operation acts on, with a reference. */
static int subject(domid_t id, struct domain **out)
{
	struct domain *me = current->domain;

	if (id != DOMID_SELF && id != me->id && !me->privileged) {
		return -EPERM;
	}
	*out = domain_get_by_id(id);
	return *out ? 0 : -ESRCH;
}

static int op_alloc_unbound(struct domain *me, union evtchn_arg *arg)
{
	struct evtchn_alloc_unbound *a = &arg->alloc_unbound;
	struct domain *d;
	int rc = subject(a->dom, &d);

	if (rc) {
		return rc;
	}
	rc = evtchn_alloc_unbound(
		d, a->remote_dom == DOMID_SELF ? me->id : a->remote_dom,
		&a->port);
	domain_put(d);
	return rc;
}

static int op_bind_interdomain(struct domain *me, union evtchn_arg *arg)
{
	struct evtchn_bind_interdomain *a = &arg->bind_interdomain;
	struct domain *remote = domain_get_by_id(a->remote_dom);
	int rc;

	if (!remote) {
		return -ESRCH;
	}
	rc = evtchn_bind_interdomain(me, remote, a->remote_port,
				     &a->local_port);
	domain_put(remote);
	return rc;
}

static int op_bind_virq(struct domain *me, union evtchn_arg *arg)
{
	struct evtchn_bind_virq *a = &arg->bind_virq;

	return evtchn_bind_virq(me, a->virq, a->vcpu, &a->port);
}

static int op_bind_pirq(struct domain *me, union evtchn_arg *arg)
{
	struct evtchn_bind_pirq *a = &arg->bind_pirq;

	if (a->flags & ~(uint32_t)BIND_PIRQ__WILL_SHARE) {
		return -EINVAL;
	}
	return evtchn_bind_pirq(me, a->pirq, a->flags & BIND_PIRQ__WILL_SHARE,
				&a->port);
}

static int op_bind_ipi(struct domain *me, union evtchn_arg *arg)
{
	return evtchn_bind_ipi(me, arg->bind_ipi.vcpu, &arg->bind_ipi.port);
}

static int op_close(struct domain *me, union evtchn_arg *arg)
{
	return evtchn_close(me, arg->close.port);
}

static int op_send(struct domain *me, union evtchn_arg *arg)
{
	return evtchn_send(me, arg->send.port);
}

static int op_status(struct domain *me, union evtchn_arg *arg)
{
	struct domain *d;
	int rc = subject(arg->status.dom, &d);

	(void)me;
	if (rc) {
		return rc;
	}
	rc = evtchn_get_status(d, arg->status.port, &arg->status);
	domain_put(d);
	return rc;
}

static int op_bind_vcpu(struct domain *me, union evtchn_arg *arg)
{
	return evtchn_bind_vcpu(me, arg->bind_vcpu.port, arg->bind_vcpu.vcpu);
}

static int op_unmask(struct domain *me, union evtchn_arg *arg)
{
	return evtchn_unmask(me, arg->unmask.port);
}

static int op_reset(struct domain *me, union evtchn_arg *arg)
{
	struct domain *d;
	int rc = subject(arg->reset.dom, &d);

	(void)me;
	if (rc) {
		return rc;
	}
	do {
		rc = evtchn_reset(d);
	} while (rc == -ERESTART && !preempt_wanted());
	domain_put(d);
	return rc;
}

static int op_init_control(struct domain *me, union evtchn_arg *arg)
{
	return evtchn_init_control(me, &arg->init_control);
}

static int op_expand_array(struct domain *me, union evtchn_arg *arg)
{
	return evtchn_expand_array(me, gfn(arg->expand_array.array_gfn));
}

static int op_set_priority(struct domain *me, union evtchn_arg *arg)
{
	return evtchn_set_priority(me, arg->set_priority.port,
				   arg->set_priority.priority);
}

struct evtchn_op_entry {
	int (*fn)(struct domain *me, union evtchn_arg *arg);
	uint8_t size;
	bool out; /* the argument has results */
};

#define ENTRY(name, out)                                     \
	{                                                    \
		op_##name, sizeof(struct evtchn_##name), out \
	}

static const struct evtchn_op_entry ops[] = {
	[EVTCHNOP_bind_interdomain] = ENTRY(bind_interdomain, true),
	[EVTCHNOP_bind_virq] = ENTRY(bind_virq, true),
	[EVTCHNOP_bind_pirq] = ENTRY(bind_pirq, true),
	[EVTCHNOP_close] = ENTRY(close, false),
	[EVTCHNOP_send] = ENTRY(send, false),
	[EVTCHNOP_status] = ENTRY(status, true),
	[EVTCHNOP_alloc_unbound] = ENTRY(alloc_unbound, true),
	[EVTCHNOP_bind_ipi] = ENTRY(bind_ipi, true),
	[EVTCHNOP_bind_vcpu] = ENTRY(bind_vcpu, false),
	[EVTCHNOP_unmask] = ENTRY(unmask, false),
	[EVTCHNOP_reset] = ENTRY(reset, false),
	[EVTCHNOP_init_control] = ENTRY(init_control, true),
	[EVTCHNOP_expand_array] = ENTRY(expand_array, false),
	[EVTCHNOP_set_priority] = ENTRY(set_priority, false),
};

long do_event_channel_op(struct hypercall *hc)
{
	const struct evtchn_op_entry *op;
	guest_ptr_t ptr = guest_ptr(hc->arg[1]);
	union evtchn_arg arg;
	uint32_t cmd = (uint32_t)hc->arg[0];
	int rc;

	if (cmd >= ARRAY_SIZE(ops)) {
		return -ENOSYS;
	}
	op = &ops[array_index_nospec(cmd, ARRAY_SIZE(ops))];
	if (copy_from_guest(&arg, ptr, op->size)) {
		return -EFAULT;
	}
	rc = op->fn(current->domain, &arg);
	/* A port stays made when the guest's argument cannot be written: it is
	 * the guest's own, and goes with a reset. */
	if (!rc && op->out && copy_to_guest(ptr, &arg, op->size)) {
		return -EFAULT;
	}
	return rc;
}
