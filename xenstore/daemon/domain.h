/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains that were introduced: each has a ring, an event channel and, on
 * them, a connection. The hypervisor is reached through xen.h only.
 */
#ifndef XENSTORE_DAEMON_DOMAIN_H
#define XENSTORE_DAEMON_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "xenstore/daemon/index.h"
#include "xenstore/daemon/server.h"

struct xenstore_domain_interface;

/* How far we are in a ring: bytes consumed, bytes produced. */
struct ring_place {
	uint32_t req_cons;
	uint32_t rsp_prod;
};

struct domain {
	struct domain *next;
	struct index_entry by_domid; /* in server->domids */
	struct index_entry by_port;  /* in server->ports, while bound */
	struct server *server;
	struct conn *conn;
	struct xenstore_domain_interface *ring;
	unsigned int domid;
	unsigned int target; /* its connection stands in for, whichever */
	uint64_t mfn;
	uint32_t remote_port;
	int port;	   /* ours, -1 when not bound */
	int restored_port; /* what it was, to be bound again or taken over */
	bool shutdown;
	struct ring_place place; /* where we are */
	struct ring_place shown; /* as the guest sees it */
	size_t left_over;	 /* bytes of its streams in the journal */
	bool has_state;		 /* restored, and place is what was told */
};

/* What is written down of a domain. */
struct domain_record {
	unsigned int domid;
	uint64_t mfn;
	uint32_t remote_port;
	int port;
	unsigned int target;
	bool shutdown;
	uint32_t conn; /* the number of its connection, or 0 */
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

/*
 * A domain is gone: its connection, its nodes, its name wherever it has
 * rights. @quietly: nobody is told. What there is no memory for is tried again
 * by domain_forget_rest(), and no domain with its number is introduced before.
 */
void domain_forget(struct server *s, unsigned int domid, bool quietly);
void domain_forget_rest(struct server *s);
/* The same for all domains but 0, at once. -ENOMEM: not all of it. */
int domain_forget_all(struct server *s);

/*
 * For who builds domains from what was written down, without reaching for
 * the hypervisor: a new domain or news of a known one. -ENOMEM.
 */
int domain_restore(struct server *s, const struct domain_record *r);

/*
 * Restored domains get their rings and ports, and a turn soon; those that
 * cannot, or are gone, are released. @bound: their ports are still ours (a live
 * update). Otherwise each of their watches fires once: events were lost.
 */
void domain_attach_all(struct server *s, bool bound);

/* Nobody is introduced any more; nodes and rights stay. */
void domain_drop_all(struct server *s);

#endif
