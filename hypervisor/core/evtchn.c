/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports and their states. A port is closed, or
 *
 *	unbound ----bind_interdomain (by the named domain)----> interdomain
 *	        <---the other end closes-----------------------
 *	virq, pirq, ipi
 *
 * and goes back to closed by close, by reset, or when its domain dies. An
 * interdomain port points at its peer; the two point at each other under both
 * locks and let go of each other under both locks. So a sender that holds its
 * own port's lock knows that the peer, and the domain of it, are there.
 *
 * Opening and closing happen under evtchn_domain.lock. The step from unbound to
 * interdomain and back, done by the other domain, does not take it.
 */
#include "core/domain.h"
#include "core/evtchn_private.h"
#include "core/pirq.h"
#include "core/vcpu.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/errno.h"
#include "mm/pool.h"

/* Ports closed per call of a reset before it may be interrupted. */
#define RESET_CHUNK 64

/* ---- delivery ---- */

void evtchn_mark_pending(struct vcpu *v)
{
	struct vcpu_info *info = read_once(v->info);

	if (!atomic_xchg(&info->evtchn_upcall_pending, 1)) {
		vcpu_kick(v);
	}
}

bool evtchn_upcall_pending(const struct vcpu *v)
{
	const struct vcpu_info *info = read_once(v->info);

	return read_once(info->evtchn_upcall_pending) &&
	       !read_once(info->evtchn_upcall_mask);
}

void evtchn_set_pending(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v = domain_vcpu(d, read_once(chn->notify_vcpu));

	if (!v) {
		return;
	}
	if (evtchn_fifo(&d->evtchn)) {
		evtchn_fifo_set_pending(v, chn);
	} else {
		evtchn_2l_set_pending(v, chn);
	}
}

void evtchn_wake_pollers(struct domain *d, evtchn_port_t port)
{
	struct evtchn_domain *e = &d->evtchn;

	for (unsigned int w = 0; w < ARRAY_SIZE(e->polling); w++) {
		uint64_t bits = read_once(e->polling[w]);

		for (; bits; bits &= bits - 1) {
			unsigned int i =
				w * 64 + (unsigned int)__builtin_ctzl(bits);
			struct vcpu *v = domain_vcpu(d, i);
			evtchn_port_t want =
				v ? read_once(v->evtchn.poll_port) : port + 1;

			if ((!want || want == port) &&
			    atomic_test_and_clear_bit(i, e->polling)) {
				vcpu_unblock(v);
			}
		}
	}
}

void evtchn_poll_begin(struct vcpu *v, evtchn_port_t port)
{
	write_once(v->evtchn.poll_port, port);
	/* Ordered before the caller's look at the ports; a sender sets pending
	 * before it reads this. */
	atomic_set_bit(v->id, v->domain->evtchn.polling);
}

void evtchn_poll_end(struct vcpu *v)
{
	atomic_clear_bit(v->id, v->domain->evtchn.polling);
}

/* ---- locks of one or two ports ---- */

struct evtchn *evtchn_lock_pair(struct evtchn *chn, unsigned long *flags)
{
	*flags = irq_save();
	for (;;) {
		struct evtchn *peer;

		spin_lock(&chn->lock);
		if (chn->state != EVTCHNSTAT_interdomain) {
			return NULL;
		}
		/* The peer stays while we hold our own lock; taking it in the
		 * wrong order must not wait. */
		peer = chn->u.remote.chn;
		if (spin_trylock(&peer->lock)) {
			return peer;
		}
		spin_unlock(&chn->lock);
		cpu_relax();
	}
}

void evtchn_unlock_pair(struct evtchn *chn, struct evtchn *peer,
			unsigned long flags)
{
	if (peer) {
		spin_unlock(&peer->lock);
	}
	spin_unlock_irqrestore(&chn->lock, flags);
}

/* ---- ports in use ---- */

static int add_bucket(struct domain *d)
{
	struct evtchn_domain *e = &d->evtchn;
	uint32_t first = e->valid_ports;
	struct evtchn *bucket;

	bucket = pool_alloc_array(EVTCHNS_PER_BUCKET, sizeof(*bucket));
	if (!bucket) {
		guest_printk(
			LOG_WARN,
			"d%u: no memory for event channel ports %u to %u\n",
			d->id, first, first + EVTCHNS_PER_BUCKET - 1);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < EVTCHNS_PER_BUCKET; i++) {
		spin_lock_init(&bucket[i].lock, RANK_EVTCHN);
		bucket[i].port = first + i;
		bucket[i].state =
			first + i ? EVTCHNSTAT_closed : EVTCHN_STATE_RESERVED;
	}
	e->buckets[first / EVTCHNS_PER_BUCKET] = bucket;
	store_release(&e->valid_ports, first + EVTCHNS_PER_BUCKET);
	return 0;
}

/* Ports that the ABI in use, and the domain's limit, allow. */
static uint32_t port_limit(struct evtchn_domain *e)
{
	uint32_t abi = e->fifo ? EVTCHN_FIFO_NR_CHANNELS
			       : (uint32_t)EVTCHN_2L_NR_CHANNELS;

	return min(abi, e->max_ports);
}

static bool port_is_free(struct domain *d, struct evtchn *chn)
{
	return read_once(chn->state) == EVTCHNSTAT_closed &&
	       !(d->evtchn.fifo && evtchn_fifo_is_linked(d, chn));
}

static int find_closed(struct domain *d, struct evtchn **out)
{
	struct evtchn_domain *e = &d->evtchn;
	uint32_t limit = port_limit(e);

	for (evtchn_port_t p = max(e->free_hint, 1U); p < limit; p++) {
		int rc = p < e->valid_ports ? 0 : add_bucket(d);

		if (rc) {
			return rc;
		}
		*out = evtchn_lookup(e, p);
		if (port_is_free(d, *out)) {
			return 0;
		}
	}
	guest_printk(LOG_WARN,
		     "d%u: out of event channel ports: need 1 more, have %u of "
		     "%u in use\n",
		     d->id, e->used_ports, limit - 1);
	return -ENOSPC;
}

int evtchn_find_free(struct domain *d, uint32_t vcpu, struct evtchn **out)
{
	struct evtchn *chn;
	unsigned long flags;
	int rc;

	if (d->evtchn.dying) {
		return -EINVAL;
	}
	rc = find_closed(d, &chn);
	if (rc) {
		return rc;
	}
	flags = spin_lock_irqsave(&chn->lock);
	write_once(chn->priority, EVTCHN_FIFO_PRIORITY_DEFAULT);
	write_once(chn->notify_vcpu, (uint8_t)vcpu);
	spin_unlock_irqrestore(&chn->lock, flags);
	*out = chn;
	return 0;
}

static void count_open(struct domain *d, const struct evtchn *chn)
{
	struct evtchn_domain *e = &d->evtchn;

	e->used_ports++;
	/* Ports below the hint are all in use; a linked one that is skipped
	 * keeps the hint at itself. */
	if (chn->port == e->free_hint) {
		e->free_hint++;
	}
}

void evtchn_open(struct domain *d, struct evtchn *chn,
		 const struct evtchn *what)
{
	unsigned long flags = spin_lock_irqsave(&chn->lock);

	chn->u = what->u;
	write_once(chn->state, what->state);
	spin_unlock_irqrestore(&chn->lock, flags);
	count_open(d, chn);
}

static void clear_pending(struct domain *d, struct evtchn *chn)
{
	if (d->evtchn.fifo) {
		evtchn_fifo_clear_pending(d, chn);
	} else {
		evtchn_2l_clear_pending(d, chn->port);
	}
}

/* Close an open port of d; evtchn_domain.lock held. */
static void close_port(struct domain *d, struct evtchn *chn)
{
	struct evtchn *peer;
	unsigned long flags;

	/* Virq and pirq ports change only under the lock that we hold. */
	if (read_once(chn->state) == EVTCHNSTAT_pirq) {
		pirq_unbind(d, chn->u.pirq);
	} else if (read_once(chn->state) == EVTCHNSTAT_virq) {
		evtchn_virq_forget(d, chn);
	}

	peer = evtchn_lock_pair(chn, &flags);
	if (peer) {
		peer->u.unbound_domid = d->id;
		write_once(peer->state, EVTCHNSTAT_unbound);
	}
	write_once(chn->state, EVTCHNSTAT_closed);
	chn->u.remote.domain = NULL;
	chn->u.remote.chn = NULL;
	write_once(chn->notify_vcpu, 0);
	clear_pending(d, chn);
	evtchn_unlock_pair(chn, peer, flags);

	d->evtchn.used_ports--;
	d->evtchn.free_hint = min(d->evtchn.free_hint, chn->port);
}

/* ---- operations ---- */

int evtchn_alloc_unbound(struct domain *d, domid_t remote, evtchn_port_t *port)
{
	struct evtchn what = { .state = EVTCHNSTAT_unbound };
	struct evtchn *chn;
	int rc;

	what.u.unbound_domid = remote;
	spin_lock(&d->evtchn.lock);
	rc = evtchn_find_free(d, 0, &chn);
	if (!rc) {
		evtchn_open(d, chn, &what);
		*port = chn->port;
	}
	spin_unlock(&d->evtchn.lock);
	return rc;
}

/* Join the two if `far` waits for d. d's evtchn_domain.lock held. */
static int join(struct domain *d, struct evtchn *near, struct domain *remote,
		struct evtchn *far) LOCK_UNCHECKED
{
	unsigned long flags = irq_save();
	int rc = -EINVAL;

	spin_lock_two(&near->lock, &far->lock);
	if (far->state == EVTCHNSTAT_unbound && far->u.unbound_domid == d->id) {
		near->u.remote.domain = remote;
		near->u.remote.chn = far;
		write_once(near->state, EVTCHNSTAT_interdomain);
		far->u.remote.domain = d;
		far->u.remote.chn = near;
		write_once(far->state, EVTCHNSTAT_interdomain);
		/* The other end may have sent before anyone listened. */
		evtchn_set_pending(d, near);
		rc = 0;
	}
	spin_unlock_two(&near->lock, &far->lock);
	irq_restore(flags);
	return rc;
}

int evtchn_bind_interdomain(struct domain *d, struct domain *remote,
			    evtchn_port_t remote_port, evtchn_port_t *port)
{
	struct evtchn *near, *far = evtchn_lookup(&remote->evtchn, remote_port);
	int rc;

	if (!far) {
		return -EINVAL;
	}
	spin_lock(&d->evtchn.lock);
	rc = evtchn_find_free(d, 0, &near);
	if (!rc) {
		rc = join(d, near, remote, far);
	}
	if (!rc) {
		count_open(d, near);
		*port = near->port;
	}
	spin_unlock(&d->evtchn.lock);
	return rc;
}

int evtchn_bind_ipi(struct domain *d, uint32_t vcpu, evtchn_port_t *port)
{
	static const struct evtchn what = { .state = EVTCHNSTAT_ipi };
	struct evtchn *chn;
	int rc;

	if (!domain_vcpu(d, vcpu)) {
		return -ENOENT;
	}
	spin_lock(&d->evtchn.lock);
	rc = evtchn_find_free(d, vcpu, &chn);
	if (!rc) {
		evtchn_open(d, chn, &what);
		*port = chn->port;
	}
	spin_unlock(&d->evtchn.lock);
	return rc;
}

int evtchn_bind_pirq(struct domain *d, uint32_t pirq, bool shareable,
		     evtchn_port_t *port)
{
	struct evtchn what = { .state = EVTCHNSTAT_pirq };
	struct vcpu *v = domain_vcpu(d, 0);
	struct evtchn *chn;
	int rc;

	if (!v) {
		return -ENOENT;
	}
	what.u.pirq = pirq;
	spin_lock(&d->evtchn.lock);
	rc = evtchn_find_free(d, 0, &chn);
	if (!rc) {
		/* Open first: an interrupt may come before pirq_bind() is
		 * back. */
		evtchn_open(d, chn, &what);
		rc = pirq_bind(v, pirq, chn->port, shareable);
		if (rc) {
			/* Not bound: nothing to unbind on closing. */
			write_once(chn->state, EVTCHNSTAT_ipi);
			close_port(d, chn);
		} else {
			*port = chn->port;
		}
	}
	spin_unlock(&d->evtchn.lock);
	return rc;
}

int evtchn_close(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_lookup(&d->evtchn, port);
	int rc = -EINVAL;

	if (!chn) {
		return -EINVAL;
	}
	spin_lock(&d->evtchn.lock);
	if (evtchn_usable(chn)) {
		close_port(d, chn);
		rc = 0;
	}
	spin_unlock(&d->evtchn.lock);
	return rc;
}

int evtchn_send(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_lookup(&d->evtchn, port);
	unsigned long flags;
	int rc = 0;

	if (!chn) {
		return -EINVAL;
	}
	flags = spin_lock_irqsave(&chn->lock);
	switch (chn->state) {
	case EVTCHNSTAT_interdomain:
		evtchn_set_pending(chn->u.remote.domain, chn->u.remote.chn);
		break;
	case EVTCHNSTAT_ipi:
		evtchn_set_pending(d, chn);
		break;
	case EVTCHNSTAT_unbound:
		/* Nobody is there yet; bind_interdomain will say so. */
		break;
	default:
		rc = -EINVAL;
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	return rc;
}

void evtchn_send_pirq(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_lookup(&d->evtchn, port);
	unsigned long flags;

	if (!chn) {
		return;
	}
	flags = spin_lock_irqsave(&chn->lock);
	if (chn->state == EVTCHNSTAT_pirq) {
		evtchn_set_pending(d, chn);
	}
	spin_unlock_irqrestore(&chn->lock, flags);
}

static void fill_status(const struct evtchn *chn, struct evtchn_status *status)
{
	status->vcpu = chn->notify_vcpu;
	status->status = chn->state;
	switch (chn->state) {
	case EVTCHNSTAT_unbound:
		status->u.unbound.dom = chn->u.unbound_domid;
		break;
	case EVTCHNSTAT_interdomain:
		status->u.interdomain.dom = chn->u.remote.domain->id;
		status->u.interdomain.port = chn->u.remote.chn->port;
		break;
	case EVTCHNSTAT_pirq:
		status->u.pirq = chn->u.pirq;
		break;
	case EVTCHNSTAT_virq:
		status->u.virq = chn->u.virq;
		break;
	case EVTCHNSTAT_ipi:
		break;
	default:
		status->status = EVTCHNSTAT_closed;
	}
}

int evtchn_get_status(struct domain *d, evtchn_port_t port,
		      struct evtchn_status *status)
{
	struct evtchn *chn = evtchn_lookup(&d->evtchn, port);
	unsigned long flags;

	/* Tools that list all ports end at the first that never was. */
	if (!chn) {
		return -EINVAL;
	}
	flags = spin_lock_irqsave(&chn->lock);
	fill_status(chn, status);
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

static int bind_vcpu_locked(struct domain *d, struct evtchn *chn,
			    struct vcpu *v)
{
	unsigned long flags;

	switch (read_once(chn->state)) {
	case EVTCHNSTAT_virq:
		return evtchn_virq_move(d, chn, v);
	case EVTCHNSTAT_pirq:
		pirq_set_vcpu(d, chn->u.pirq, v);
		break;
	case EVTCHNSTAT_unbound:
	case EVTCHNSTAT_interdomain:
		break;
	default:
		return -EINVAL;
	}
	flags = spin_lock_irqsave(&chn->lock);
	write_once(chn->notify_vcpu, (uint8_t)v->id);
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

int evtchn_bind_vcpu(struct domain *d, evtchn_port_t port, uint32_t vcpu)
{
	struct evtchn *chn = evtchn_lookup(&d->evtchn, port);
	struct vcpu *v = domain_vcpu(d, vcpu);
	int rc;

	if (!v) {
		return -ENOENT;
	}
	if (!chn) {
		return -EINVAL;
	}
	spin_lock(&d->evtchn.lock);
	rc = bind_vcpu_locked(d, chn, v);
	spin_unlock(&d->evtchn.lock);
	return rc;
}

int evtchn_unmask(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_lookup(&d->evtchn, port);
	unsigned long flags;
	struct vcpu *v;

	if (!chn) {
		return -EINVAL;
	}
	flags = spin_lock_irqsave(&chn->lock);
	v = domain_vcpu(d, chn->notify_vcpu);
	if (v && evtchn_usable(chn)) {
		if (evtchn_fifo(&d->evtchn)) {
			evtchn_fifo_unmask(v, chn);
		} else {
			evtchn_2l_unmask(v, chn);
		}
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

int evtchn_set_priority(struct domain *d, evtchn_port_t port, uint32_t prio)
{
	struct evtchn *chn = evtchn_lookup(&d->evtchn, port);
	unsigned long flags;
	int rc = -ENOSYS;

	if (!chn || prio > EVTCHN_FIFO_PRIORITY_MIN) {
		return -EINVAL;
	}
	flags = spin_lock_irqsave(&chn->lock);
	if (!evtchn_usable(chn)) {
		rc = -EINVAL;
	} else if (evtchn_fifo(&d->evtchn)) {
		write_once(chn->priority, (uint8_t)prio);
		rc = 0;
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	return rc;
}

bool evtchn_port_is_pending(struct domain *d, evtchn_port_t port)
{
	struct evtchn *chn = evtchn_lookup(&d->evtchn, port);
	unsigned long flags;
	bool yes = false;

	if (!chn) {
		return false;
	}
	flags = spin_lock_irqsave(&chn->lock);
	if (evtchn_usable(chn)) {
		yes = evtchn_fifo(&d->evtchn) ? evtchn_fifo_is_pending(d, chn)
					      : evtchn_2l_is_pending(d, port);
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	return yes;
}

/* ---- reset, life ---- */

/* Close some more. True when the last port was looked at; lock held. */
static bool close_some(struct domain *d)
{
	struct evtchn_domain *e = &d->evtchn;
	uint32_t budget = RESET_CHUNK;

	for (; e->reset_next < e->valid_ports; e->reset_next++) {
		struct evtchn *chn = evtchn_lookup(e, e->reset_next);

		if (!chn || !evtchn_usable(chn)) {
			continue;
		}
		if (!budget--) {
			return false;
		}
		close_port(d, chn);
	}
	e->reset_next = 0;
	return true;
}

int evtchn_reset(struct domain *d)
{
	struct evtchn_domain *e = &d->evtchn;
	int rc = -ERESTART;

	spin_lock(&e->lock);
	if (e->dying) {
		rc = -EINVAL;
	} else if (close_some(d)) {
		rc = e->used_ports ? -EAGAIN : 0;
		if (!rc) {
			evtchn_fifo_teardown(d);
		}
	}
	spin_unlock(&e->lock);
	return rc;
}

int evtchn_domain_destroy(struct domain *d)
{
	struct evtchn_domain *e = &d->evtchn;
	int rc = -ERESTART;

	spin_lock(&e->lock);
	if (!e->dying) {
		/* A reset that was going on need not have begun at port 1. */
		e->dying = true;
		e->reset_next = 0;
	}
	if (close_some(d)) {
		BUG_ON(e->used_ports);
		evtchn_fifo_teardown(d);
		rc = 0;
	}
	spin_unlock(&e->lock);
	return rc;
}

int evtchn_domain_init(struct domain *d, uint32_t max_ports)
{
	struct evtchn_domain *e = &d->evtchn;

	if (!max_ports || max_ports > EVTCHN_FIFO_NR_CHANNELS) {
		max_ports = EVTCHN_FIFO_NR_CHANNELS;
	}
	*e = (struct evtchn_domain){ .max_ports = max_ports, .free_hint = 1 };
	spin_lock_init(&e->lock, RANK_EVTCHN_DOMAIN);
	e->bucket_count = DIV_ROUND_UP(max_ports, EVTCHNS_PER_BUCKET);
	e->buckets = pool_alloc_array(e->bucket_count, sizeof(*e->buckets));
	if (!e->buckets) {
		return -ENOMEM;
	}
	if (add_bucket(d)) {
		pool_free(e->buckets);
		e->buckets = NULL;
		return -ENOMEM;
	}
	return 0;
}

void evtchn_domain_free(struct domain *d)
{
	struct evtchn_domain *e = &d->evtchn;

	for (uint32_t i = 0; e->buckets && i < e->bucket_count; i++) {
		pool_free(e->buckets[i]);
	}
	pool_free(e->buckets);
	e->buckets = NULL;
	e->valid_ports = 0;
}

int evtchn_vcpu_init(struct vcpu *v)
{
	v->evtchn = (struct evtchn_vcpu){ 0 };
	return 0;
}

void evtchn_vcpu_free(struct vcpu *v)
{
	/* evtchn_fifo_teardown() had it, or the domain never lived. */
	BUG_ON(v->evtchn.fifo);
}
