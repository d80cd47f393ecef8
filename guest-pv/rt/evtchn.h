/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels, two-level. A port's handler runs from the upcall with the
 * port masked out of pending; ports start unmasked on binding. The upcall as
 * a whole starts masked: evtchn_upcall_unmask() lets events in.
 */
#ifndef RT_EVTCHN_H
#define RT_EVTCHN_H

#include "rt/types.h"

#include <xen/event_channel.h>

typedef void evtchn_handler_fn(evtchn_port_t port);

void evtchn_init(void);
void evtchn_dispatch(void);

/* Port (above 0) or -Exxx; handler may be NULL for polled ports. */
int evtchn_bind_virq(unsigned int virq, unsigned int vcpu,
		     evtchn_handler_fn *handler);
int evtchn_bind_ipi(unsigned int vcpu, evtchn_handler_fn *handler);
int evtchn_bind_interdomain(unsigned int dom, evtchn_port_t remote,
			    evtchn_handler_fn *handler);
int evtchn_alloc_unbound(unsigned int dom, unsigned int remote);
void evtchn_set_handler(evtchn_port_t port, evtchn_handler_fn *handler);
int evtchn_send(evtchn_port_t port);
int evtchn_close(evtchn_port_t port);
int evtchn_status(evtchn_port_t port, struct evtchn_status *st);

void evtchn_mask(evtchn_port_t port);
int evtchn_unmask(evtchn_port_t port);
bool evtchn_pending(evtchn_port_t port);
void evtchn_clear(evtchn_port_t port);

void evtchn_upcall_mask(void);
void evtchn_upcall_unmask(void);

#endif
