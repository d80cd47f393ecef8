/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains that were introduced: each has a ring, an event channel and, on
 * them, a connection. The hypervisor is reached through xen.h only.
 */
#ifndef XENSTORE_DAEMON_DOMAIN_H
#define XENSTORE_DAEMON_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "xenstore/daemon/server.h"

struct xenstore_domain_interface;

struct domain {
	struct domain *next;
	struct server *server;
	struct conn *conn;
	struct xenstore_domain_interface *ring;
	unsigned int domid;
	uint32_t remote_port;
	int port; /* ours, -1 when not bound */
	bool shutdown;
};

struct domain *domain_find(struct server *s, unsigned int domid);

/*
 * Make @domid known: map its ring (@mfn as a fallback), bind @port. For a
 * domain that is known already, bind the new port and begin anew.
 */
int domain_introduce(struct server *s, unsigned int domid, unsigned long mfn,
		     uint32_t port);

/* The ring and the port of the domain that we run in (domain 0's kernel). */
int domain_introduce_self(struct server *s);

/* Forget a domain: connection, nodes, permissions. -ENOENT if not known. */
int domain_release(struct server *s, unsigned int domid);

int domain_resume(struct server *s, unsigned int domid);
int domain_set_target(struct server *s, unsigned int domid,
		      unsigned int target);

/* A domain died or shut down somewhere: look which. */
void domain_check_all(struct server *s);
/* An event came on our @port. */
void domain_event(struct server *s, int port);

void domain_fini(struct server *s);

#endif
