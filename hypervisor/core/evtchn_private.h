/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of event channels share; nobody else includes this. */
#ifndef HOSPES_CORE_EVTCHN_PRIVATE_H
#define HOSPES_CORE_EVTCHN_PRIVATE_H

#include "core/evtchn.h"
#include "lib/checked.h"
#include "lib/types.h"
#include "x86/atomic.h"

/* States beside EVTCHNSTAT_*: port 0, which is never given out. */
#define EVTCHN_STATE_RESERVED 0xff

#define EVTCHNS_PER_BUCKET 128

/* The port's struct, or NULL when there is none yet. No lock needed: buckets
 * are published with their count (release) and stay. */
static inline struct evtchn *evtchn_lookup(const struct evtchn_domain *e,
					   evtchn_port_t port)
{
	uint32_t valid = load_acquire(&e->valid_ports);
	uint64_t i;

	if (!port || port >= valid) {
		return NULL;
	}
	i = array_index_nospec(port, valid);
	return &e->buckets[i / EVTCHNS_PER_BUCKET][i % EVTCHNS_PER_BUCKET];
}

/* Open for events: neither closed nor port 0. The port's or the domain's lock
 * is held. */
static inline bool evtchn_usable(const struct evtchn *chn)
{
	uint8_t state = read_once(chn->state);

	return state != EVTCHNSTAT_closed && state != EVTCHN_STATE_RESERVED;
}

static inline struct evtchn_fifo_domain *evtchn_fifo(struct evtchn_domain *e)
{
	return load_acquire(&e->fifo);
}

/*
 * Make `chn` of d pending and tell its vCPU. The caller holds the lock of the
 * port, or of its interdomain peer, so that the port stays open.
 */
void evtchn_set_pending(struct domain *d, struct evtchn *chn);

/* Wake those in SCHEDOP_poll that wait for this port. */
void evtchn_wake_pollers(struct domain *d, evtchn_port_t port);

/*
 * Lock a port and, if it is interdomain, its peer, which is returned. The
 * result is NULL for other states.
 */
struct evtchn *evtchn_lock_pair(struct evtchn *chn,
				unsigned long *flags) LOCK_UNCHECKED;
void evtchn_unlock_pair(struct evtchn *chn, struct evtchn *peer,
			unsigned long flags) LOCK_UNCHECKED;

/*
 * Take a free port, still closed, that notifies vCPU `vcpu`. The caller may
 * still fail; else it sets state and union under the port's lock and counts it
 * in used_ports. evtchn_domain.lock held. -EINVAL dying, -ENOSPC (logged),
 * -ENOMEM.
 */
int evtchn_find_free(struct domain *d, uint32_t vcpu, struct evtchn **out);
/* Open it, as `what` (state and union) says. Same lock. */
void evtchn_open(struct domain *d, struct evtchn *chn,
		 const struct evtchn *what);

/* ---- virq.c; evtchn_domain.lock held ---- */
/* A VIRQ port is about to be closed. */
void evtchn_virq_forget(struct domain *d, const struct evtchn *chn);
/* Let a global VIRQ's port notify another vCPU; -EINVAL: it is not global. */
int evtchn_virq_move(struct domain *d, struct evtchn *chn, struct vcpu *to);

/* ---- evtchn_2l.c ---- */
void evtchn_2l_set_pending(struct vcpu *v, struct evtchn *chn);
void evtchn_2l_clear_pending(struct domain *d, evtchn_port_t port);
void evtchn_2l_unmask(struct vcpu *v, struct evtchn *chn);
bool evtchn_2l_is_pending(struct domain *d, evtchn_port_t port);

/* ---- evtchn_fifo.c ---- */
void evtchn_fifo_set_pending(struct vcpu *v, struct evtchn *chn);
void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *chn);
void evtchn_fifo_unmask(struct vcpu *v, struct evtchn *chn);
bool evtchn_fifo_is_pending(struct domain *d, const struct evtchn *chn);
/* Still in a queue of the guest: must not be given to a new user yet. */
bool evtchn_fifo_is_linked(struct domain *d, const struct evtchn *chn);
/* Give back the pages and structs; all ports are closed, domain lock held. */
void evtchn_fifo_teardown(struct domain *d);

#endif
