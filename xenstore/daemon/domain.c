// SPDX-License-Identifier: BSD-2-Clause
/*
 * Life of a domain here: introduced by the tools (or found at start: our
 * own), shut down (noticed once, told to @releaseDomain), gone (released by
 * the tools or found dead after VIRQ_DOM_EXC: connection, nodes and rights
 * go with it, and @releaseDomain is told).
 *
 * A connection of a domain outlives it until server_settle(); its peer
 * pointer is cleared before the domain is freed.
 */
#include "xenstore/daemon/domain.h"

#include <errno.h>
#include <stdlib.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/ring.h"
#include "xenstore/daemon/xen.h"

struct domain *domain_find(struct server *s, unsigned int domid)
{
	const struct index_entry *e =
		index_next(&s->domids, index_hash(domid, 0), NULL);
	size_t at = offsetof(struct domain, by_domid);

	return e ? (struct domain *)((uintptr_t)e - at) : NULL;
}

static struct domain *find_port(struct server *s, int port)
{
	const struct index_entry *e =
		index_next(&s->ports, index_hash((uint64_t)port, 0), NULL);
	size_t at = offsetof(struct domain, by_port);

	return e ? (struct domain *)((uintptr_t)e - at) : NULL;
}

static void set_port(struct domain *d, int port)
{
	d->port = port;
	index_add(&d->server->ports, &d->by_port,
		  index_hash((uint64_t)port, 0));
}

static void unbind(struct domain *d)
{
	if (d->port >= 0) {
		xen_unbind(d->port);
		index_remove(&d->server->ports, &d->by_port);
		d->port = -1;
	}
}

static void disconnect(struct domain *d)
{
	if (d->conn) {
		/* Its watches must hear nothing of what follows. */
		conn_reset(d->conn);
		conn_close(d->conn);
		d->conn->peer = NULL;
		d->conn = NULL;
	}
}

static void unmap(struct domain *d)
{
	if (!d->ring) {
		return;
	}
	if (d->domid == 0) {
		xen_unmap_own_ring(d->ring);
	} else {
		xen_unmap_ring(d->ring);
	}
	d->ring = NULL;
}

static void domain_free(struct server *s, struct domain *d)
{
	struct domain **slot = &s->domains;

	while (*slot != d) {
		slot = &(*slot)->next;
	}
	*slot = d->next;
	index_remove(&s->domids, &d->by_domid);
	disconnect(d);
	unbind(d);
	unmap(d);
	free(d);
}

static int bind_port(struct domain *d, uint32_t remote_port)
{
	int port = xen_bind(d->domid, remote_port);

	if (port < 0) {
		log_warn("domain %u: cannot bind its port %u: error %d",
			 d->domid, remote_port, -port);
		return port;
	}
	set_port(d, port);
	d->remote_port = remote_port;
	return 0;
}

static int connect_ring(struct domain *d)
{
	if (d->conn && !d->conn->closing) {
		conn_reset(d->conn);
		return 0;
	}
	disconnect(d);
	d->conn = conn_create(d->server, &ring_transport, d, d->domid);
	if (!d->conn) {
		return -ENOMEM;
	}
	d->conn->who.target = d->target;
	return 0;
}

/* Linked in; no port and no connection yet, @ring may be NULL too. */
static struct domain *domain_add(struct server *s, unsigned int domid,
				 struct xenstore_domain_interface *ring)
{
	struct domain *d = calloc(1, sizeof(*d));

	if (!d) {
		return NULL;
	}
	d->server = s;
	d->domid = domid;
	d->target = PERMS_NOBODY;
	d->ring = ring;
	d->port = -1;
	d->next = s->domains;
	s->domains = d;
	index_add(&s->domids, &d->by_domid, index_hash(domid, 0));
	return d;
}

/* Another event channel for a domain that we know: begin anew on it. */
static int reintroduce(struct domain *d, uint32_t port)
{
	int rc;

	unbind(d);
	rc = bind_port(d, port);
	if (!rc) {
		rc = connect_ring(d);
	}
	if (!rc) {
		ring_announce(d);
		save_domain(journal(d->server), d);
		conn_wake(d->conn);
	}
	return rc;
}

static int start(struct domain *d, uint32_t port)
{
	int rc = bind_port(d, port);

	if (!rc) {
		rc = connect_ring(d);
	}
	if (rc) {
		domain_free(d->server, d);
		return rc;
	}
	ring_announce(d);
	save_domain(journal(d->server), d);
	special_fire(d->server, SPECIAL_INTRODUCE, d->domid);
	/* It may have sent requests before we were here. */
	conn_wake(d->conn);
	return 0;
}

static bool is_half_gone(const struct server *s, unsigned int domid)
{
	return s->half_gone[domid / 8] >> domid % 8 & 1;
}

int domain_introduce(struct server *s, unsigned int domid, unsigned long mfn,
		     uint32_t port)
{
	struct domain *d = domain_find(s, domid);
	struct xenstore_domain_interface *ring;
	struct xen_domain_state state;
	int rc;

	if (d) {
		return reintroduce(d, port);
	}
	rc = is_half_gone(s, domid) ? -ENOMEM : xen_domain_state(domid, &state);
	if (!rc && (!state.exists || state.dying)) {
		rc = -ENOENT;
	}
	if (!rc) {
		rc = xen_map_ring(domid, mfn, &ring);
	}
	if (rc) {
		log_warn("domain %u: cannot be introduced: error %d", domid,
			 -rc);
		return rc;
	}
	d = domain_add(s, domid, ring);
	if (!d) {
		xen_unmap_ring(ring);
		return -ENOMEM;
	}
	d->mfn = mfn;
	log_info("domain %u introduced, port %u", domid, port);
	return start(d, port);
}

int domain_introduce_self(struct server *s)
{
	struct xenstore_domain_interface *ring;
	struct domain *d;
	uint32_t port;
	int rc = xen_map_own_ring(&ring, &port);

	if (rc) {
		return rc;
	}
	d = domain_add(s, 0, ring);
	if (!d) {
		xen_unmap_own_ring(ring);
		return -ENOMEM;
	}
	rc = start(d, port);
	if (!rc) {
		/* The kernel waits for the first event to say we are here. */
		xen_notify(d->port);
	}
	return rc;
}

static void subtree_goes(void *ctx, const char *path, const struct node *node)
{
	struct server *s = ctx;

	watch_fire_removed(&s->watches, path, node, NULL);
}

static void doom(struct server *s, struct txn *t)
{
	txn_doom(t, s->root);
	s->doomed++;
}

/* What would give it rights later would give them to the next one. */
static void doom_favours(struct server *s, unsigned int domid)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		for (struct txn *t = c->txns; t; t = t->next) {
			if (txn_favours(t, domid)) {
				doom(s, t);
			}
		}
	}
}

/* What was done by the rights of its last one is not committed without. */
static void set_target(struct domain *d, unsigned int target)
{
	bool had = d->target != PERMS_NOBODY && d->target != target;

	d->target = target;
	if (!d->conn) {
		return;
	}
	d->conn->who.target = target;
	for (struct txn *t = had ? d->conn->txns : NULL; t; t = t->next) {
		doom(d->server, t);
	}
}

static void set_half_gone(struct server *s, unsigned int domid, bool on)
{
	if (on != is_half_gone(s, domid)) {
		s->half_gone[domid / 8] ^= (uint8_t)(1u << domid % 8);
		s->half_gone_count += on ? 1 : (unsigned int)-1;
	}
}

static int forget_nodes(struct server *s, unsigned int domid, bool quietly)
{
	return store_forget_domain(&s->root, &s->ledger, domid,
				   quietly ? NULL : subtree_goes, s);
}

void domain_forget_rest(struct server *s)
{
	for (unsigned int domid = 1;
	     s->half_gone_count > 0 && domid < PERMS_DOMID_RESERVED; domid++) {
		if (is_half_gone(s, domid) && !forget_nodes(s, domid, false) &&
		    !special_forget(s, domid)) {
			set_half_gone(s, domid, false);
			log_warn("domain %u: all of it is forgotten now",
				 domid);
		}
	}
}

int domain_forget_all(struct server *s)
{
	int rc;

	domain_drop_all(s);
	rc = forget_nodes(s, PERMS_GUESTS, true);
	return rc ? rc : special_forget(s, PERMS_GUESTS);
}

void domain_forget(struct server *s, unsigned int domid, bool quietly)
{
	struct domain *gone = domain_find(s, domid);
	int rc;

	if (gone) {
		domain_free(s, gone);
	}
	PUT(journal(s), STATE_GONE, NUM(domid));
	rc = forget_nodes(s, domid, quietly);
	for (struct domain *d = s->domains; d; d = d->next) {
		if (d->target == domid) {
			set_target(d, PERMS_NOBODY);
		}
	}
	doom_favours(s, domid);
	quota_forget(s->quota, domid);
	if (!quietly) {
		log_info("domain %u released", domid);
		special_fire(s, SPECIAL_RELEASE, domid);
	}
	if (special_forget(s, domid) || rc) {
		log_error("domain %u: no memory to forget all of it; tried "
			  "again until it can be done",
			  domid);
		set_half_gone(s, domid, true);
	}
}

int domain_release(struct server *s, unsigned int domid)
{
	if (!domain_find(s, domid)) {
		return -ENOENT;
	}
	domain_forget(s, domid, false);
	return 0;
}

int domain_resume(struct server *s, unsigned int domid)
{
	struct domain *d = domain_find(s, domid);

	if (!d) {
		return -ENOENT;
	}
	d->shutdown = false;
	save_domain(journal(s), d);
	return 0;
}

int domain_set_target(struct server *s, unsigned int domid, unsigned int target)
{
	struct domain *d = domain_find(s, domid);

	if (!d || !domain_find(s, target)) {
		return -ENOENT;
	}
	set_target(d, target);
	save_domain(journal(s), d);
	return 0;
}

void domain_check_all(struct server *s)
{
	struct domain *next;

	for (struct domain *d = s->domains; d; d = next) {
		struct xen_domain_state state;

		next = d->next;
		if (d->domid == 0 || xen_domain_state(d->domid, &state)) {
			continue;
		}
		if (!state.exists || state.dying) {
			domain_forget(s, d->domid, false);
		} else if (state.shutdown && !d->shutdown) {
			d->shutdown = true;
			save_domain(journal(s), d);
			special_fire(s, SPECIAL_RELEASE, d->domid);
		}
	}
}

static void reconnect(struct domain *d)
{
	if (connect_ring(d)) {
		log_error("domain %u: no memory to reconnect", d->domid);
		return;
	}
	/* It may be another one, of which the journal was not told. */
	save_domain(journal(d->server), d);
	ring_reset(d);
}

void domain_event(struct server *s, int port)
{
	struct domain *d = find_port(s, port);

	if (!d) {
		return;
	}
	if (ring_wants_reconnect(d)) {
		reconnect(d);
	} else if (d->conn) {
		conn_run(d->conn);
	}
}

int domain_restore(struct server *s, const struct domain_record *r)
{
	struct domain *d = domain_find(s, r->domid);

	if (!d) {
		d = domain_add(s, r->domid, NULL);
	}
	if (!d) {
		return -ENOMEM;
	}
	if (d->conn && d->conn->id != r->conn) {
		disconnect(d);
		server_settle(s);
	}
	if (r->conn && !d->conn) {
		d->conn = conn_restore(s, r->conn, d->domid);
		if (!d->conn) {
			return -ENOMEM;
		}
		d->conn->transport = &ring_transport;
		d->conn->peer = d;
		d->has_state = false;
	}
	d->mfn = r->mfn;
	d->remote_port = r->remote_port;
	d->restored_port = r->port;
	d->shutdown = r->shutdown;
	set_target(d, r->target);
	return 0;
}

static bool is_gone(unsigned int domid)
{
	struct xen_domain_state state;

	return domid != 0 && !xen_domain_state(domid, &state) &&
	       (!state.exists || state.dying);
}

static int attach(struct domain *d, bool bound)
{
	uint32_t port = d->remote_port;
	int rc;

	if (is_gone(d->domid)) {
		return -ENOENT;
	}
	rc = d->domid == 0 ? xen_map_own_ring(&d->ring, &port)
			   : xen_map_ring(d->domid, d->mfn, &d->ring);
	if (rc) {
		return rc;
	}
	if (bound && d->restored_port >= 0) {
		set_port(d, d->restored_port);
	} else {
		rc = bind_port(d, port);
	}
	if (!rc) {
		ring_resume(d);
	}
	return rc;
}

/* What happened while nobody served was not heard by anybody. */
static void wake_watches(struct conn *c)
{
	for (struct watch *w = c->watches; w; w = w->next) {
		conn_watch_event(w, watch_path(w));
	}
}

void domain_attach_all(struct server *s, bool bound)
{
	struct domain *next;

	for (struct domain *d = s->domains; d; d = next) {
		int rc = attach(d, bound);

		next = d->next;
		if (rc) {
			log_warn("domain %u: not taken over: error %d",
				 d->domid, -rc);
			domain_forget(s, d->domid, false);
			continue;
		}
		if (!bound && d->conn) {
			wake_watches(d->conn);
		}
		/* When all are here: what it asks may be about others. */
		if (d->conn) {
			conn_wake(d->conn);
		}
		xen_notify(d->port);
	}
}

void domain_drop_all(struct server *s)
{
	while (s->domains) {
		domain_free(s, s->domains);
	}
	server_settle(s);
}
