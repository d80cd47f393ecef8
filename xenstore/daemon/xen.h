/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seam to the hypervisor, through the stable libraries. Tests and the
 * daemon without domains (-D) link or leave it unopened: then everything
 * answers -ENODEV.
 */
#ifndef XENSTORE_DAEMON_XEN_H
#define XENSTORE_DAEMON_XEN_H

#include <stdbool.h>
#include <stdint.h>

struct xenstore_domain_interface;

struct xen_domain_state {
	bool exists;
	bool dying;
	bool shutdown;
};

/*
 * Open all handles. With @events >= 0, that descriptor of the event device is
 * taken over with all its ports, @port among them, where we hear of domains.
 * -errno, logged.
 */
int xen_open(int events, int port);
void xen_close(void);

/* Readable when events wait, or -1. */
int xen_event_fd(void);
/* The next event: a port of ours, which has no other one until it is done;
 * -EAGAIN if none. */
int xen_next_event(void);
void xen_event_done(int port);

/* The page and the port of our own kernel. */
int xen_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *port);
void xen_unmap_own_ring(struct xenstore_domain_interface *ring);

/* Map a domain's ring: by its reserved grant, else by frame number. */
int xen_map_ring(unsigned int domid, unsigned long mfn,
		 struct xenstore_domain_interface **ring);
void xen_unmap_ring(struct xenstore_domain_interface *ring);

/* Returns our port. */
int xen_bind(unsigned int domid, uint32_t remote_port);
void xen_unbind(int port);
void xen_notify(int port);
/* The port of "some domain changed state". */
int xen_domain_port(void);

int xen_domain_state(unsigned int domid, struct xen_domain_state *out);

#endif
