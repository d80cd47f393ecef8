/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels: numbered ports of a domain on which one bit at a time can
 * become pending, raised by another domain, a virtual or physical interrupt,
 * or another vCPU of the same domain.
 *
 * Two ABIs tell the guest: two-level (bitmaps in shared_info, every domain
 * starts so) and FIFO (linked event words, after init_control). evtchn_2l.c and
 * evtchn_fifo.c do that part, evtchn.c the ports and their states, virq.c the
 * virtual interrupts.
 *
 * Locks, in the order they are taken:
 *   evtchn_domain.lock  RANK_EVTCHN_DOMAIN  which ports are in use, the FIFO
 *                       array's size, the reset in progress
 *   evtchn.lock         RANK_EVTCHN, interrupts off: the state of one port. An
 *                       interdomain port changes state only under the locks of
 *                       both ends, so a sender needs its own end's lock alone.
 *   evtchn_queue.lock   RANK_EVTCHN_QUEUE, interrupts off: one FIFO queue
 * Waking a vCPU (RANK_SCHED) happens inside them.
 *
 * Buckets of ports, once made, live until evtchn_domain_free(), so a port's
 * struct may be found without a lock.
 */
#ifndef HOSPES_CORE_EVTCHN_H
#define HOSPES_CORE_EVTCHN_H

#include "lib/types.h"

#include <xen/event_channel.h>
#include <xen/xen.h>

#include "mm/frame.h"
#include "x86/spinlock.h"

struct domain;
struct evtchn_fifo_domain;
struct evtchn_fifo_vcpu;
struct vcpu;

/* One port. Only evtchn*.c and virq.c look into it. */
struct evtchn {
	spinlock_t lock;
	uint8_t state; /* EVTCHNSTAT_* or the internal ones */
	uint8_t priority;
	uint8_t notify_vcpu;
	/* FIFO, under the queue locks: where it was linked last. */
	uint8_t last_vcpu;
	uint8_t last_priority;
	bool pending_early; /* raised before its event word was there */
	evtchn_port_t port;
	union {
		domid_t unbound_domid;
		struct {
			struct domain *domain;
			struct evtchn *chn;
		} remote;
		uint32_t pirq;
		uint32_t virq;
	} u;
};
static_assert(sizeof(struct evtchn) == 32, "a bucket of 128 is one page");

struct evtchn_domain {
	spinlock_t lock;
	struct evtchn **buckets; /* [bucket_count], entries are set once */
	uint32_t bucket_count;
	uint32_t max_ports;   /* the limit of this domain */
	uint32_t valid_ports; /* ports below have a bucket; grows only */
	uint32_t used_ports;  /* not closed, port 0 not counted */
	uint32_t free_hint;   /* no free port below */
	uint32_t reset_next;  /* reset or destroy goes on here, or 0 */
	bool dying;	      /* no new ports */
	struct evtchn_fifo_domain *fifo; /* NULL: two-level */

	/* Bit of each vCPU that waits in SCHEDOP_poll; atomic. */
	uint64_t polling[2];
};

struct evtchn_vcpu {
	evtchn_port_t virq_port[NR_VIRQS]; /* 0: none; read without lock */
	struct evtchn_fifo_vcpu *fifo;
	evtchn_port_t poll_port; /* 0: any of several */
};

/* ---- life ---- */

/* At most max_ports ports, number 0 included (that is max_evtchn_port + 1); 0:
 * as many as the ABI has. -ENOMEM. */
int evtchn_domain_init(struct domain *d, uint32_t max_ports);
int evtchn_vcpu_init(struct vcpu *v);
/* Close all and refuse new ones: 0 or -ERESTART (call again). */
int evtchn_domain_destroy(struct domain *d);
/* Give back the memory, when nobody can find the domain any more. Also for a
 * domain whose creation failed. */
void evtchn_domain_free(struct domain *d);
void evtchn_vcpu_free(struct vcpu *v);

/* ---- what EVTCHNOP_* do, for domain d; the caller checked privileges ---- */

int evtchn_alloc_unbound(struct domain *d, domid_t remote, evtchn_port_t *port);
int evtchn_bind_interdomain(struct domain *d, struct domain *remote,
			    evtchn_port_t remote_port, evtchn_port_t *port);
int evtchn_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu,
		     evtchn_port_t *port);
int evtchn_bind_ipi(struct domain *d, uint32_t vcpu, evtchn_port_t *port);
int evtchn_bind_pirq(struct domain *d, uint32_t pirq, bool shareable,
		     evtchn_port_t *port);
int evtchn_close(struct domain *d, evtchn_port_t port);
int evtchn_send(struct domain *d, evtchn_port_t port);
int evtchn_get_status(struct domain *d, evtchn_port_t port,
		      struct evtchn_status *status);
int evtchn_bind_vcpu(struct domain *d, evtchn_port_t port, uint32_t vcpu);
int evtchn_unmask(struct domain *d, evtchn_port_t port);
/* Close all ports and go back to two-level. 0, -ERESTART, or -EAGAIN when the
 * domain binds ports meanwhile. */
int evtchn_reset(struct domain *d);
int evtchn_init_control(struct domain *d, struct evtchn_init_control *op);
int evtchn_expand_array(struct domain *d, gfn_t frame);
int evtchn_set_priority(struct domain *d, evtchn_port_t port, uint32_t prio);

/* ---- raising events; any context with interrupts on or off ---- */

/* VIRQ_TIMER and the like: to the port that v bound it to, if any. */
void evtchn_send_virq(struct vcpu *v, uint32_t virq);
/* VIRQ_DOM_EXC, VIRQ_CONSOLE and the like: to dom0, if it bound it. */
void evtchn_send_global_virq(uint32_t virq);
/* A physical interrupt came for the port that pirq is bound to. */
void evtchn_send_pirq(struct domain *d, evtchn_port_t port);

/* ---- delivery ---- */

/* An upcall waits to be delivered to v. v is current or not running. */
bool evtchn_upcall_pending(const struct vcpu *v);
/* Make v look at its events: it is marked and woken, or kicked out of guest
 * mode. */
void evtchn_mark_pending(struct vcpu *v);

/* The port's pending bit, false for ports that do not exist. */
bool evtchn_port_is_pending(struct domain *d, evtchn_port_t port);

/*
 * SCHEDOP_poll: from here on an event on `port` (0: on any port) calls
 * vcpu_unblock(v). Then look at the ports and only then block, or an event in
 * between would be lost. evtchn_poll_end() when v goes on, for any reason.
 */
void evtchn_poll_begin(struct vcpu *v, evtchn_port_t port);
void evtchn_poll_end(struct vcpu *v);

#endif
