// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two byte streams in one page, each with a free running producer and
 * consumer index. We produce in rsp and consume in req. The barriers pair
 * with those of the guest: its bytes are written before its req_prod, which
 * we read first; our bytes are written before our rsp_prod.
 *
 * How far we are is ours alone (domain->place) and is shown in the page when
 * a push ends: then the guest gets an event. Before that the journal is told
 * what the page does not say: half a request, replies without room, and after
 * each turn that changed something how far we are and the replies of it, in
 * one batch with the changes. So a daemon that takes over after a crash knows
 * every request by the page or by the journal, serves each once, and gives
 * each reply once (ring_resume()).
 */
#include "xenstore/daemon/ring.h"

#include <errno.h>
#include <string.h>

#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/xen.h"

/* WATCH may have a depth; the installed headers are older than its name. */
#define FEATURE_WATCHDEPTH 4u

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static void set_error(struct domain *d, uint32_t error)
{
	store(&d->ring->error, error);
	xen_notify(d->port);
}

static ssize_t bad_index(struct domain *d)
{
	if (quota_broke(d->server->quota, d->domid)) {
		log_warn("domain %u: impossible ring indexes, closed",
			 d->domid);
	}
	set_error(d, XENSTORE_ERROR_RINGIDX);
	return -EIO;
}

static struct ring_place page_place(const struct domain *d)
{
	return (struct ring_place){ .req_cons = load(&d->ring->req_cons),
				    .rsp_prod = load(&d->ring->rsp_prod) };
}

static void begin_at(struct domain *d, struct ring_place place)
{
	d->place = place;
	d->shown = place;
	d->left_over = 0;
}

/*
 * Our indexes are not the guest's to change, but firmware wipes the whole
 * page when it hands over to a kernel: where the page now says is where we
 * are, if that is possible at all.
 */
static void follow_page(struct domain *d)
{
	struct ring_place now = page_place(d);

	if (now.req_cons != d->shown.req_cons ||
	    now.rsp_prod != d->shown.rsp_prod) {
		begin_at(d, now);
	}
}

static ssize_t ring_read(struct conn *c, void *buf, size_t len)
{
	struct domain *d = c->peer;
	uint32_t cons;
	uint32_t used;
	uint32_t at;
	size_t first;

	follow_page(d);
	cons = d->place.req_cons;
	used = load(&d->ring->req_prod) - cons;
	at = MASK_XENSTORE_IDX(cons);
	if (used > XENSTORE_RING_SIZE) {
		return bad_index(d);
	}
	if (used == 0) {
		return -EAGAIN;
	}
	len = len < used ? len : used;
	first = XENSTORE_RING_SIZE - at;
	first = len < first ? len : first;
	memcpy(buf, d->ring->req + at, first);
	memcpy((char *)buf + first, d->ring->req, len - first);
	d->place.req_cons = cons + (uint32_t)len;
	return (ssize_t)len;
}

static ssize_t ring_write(struct conn *c, const void *buf, size_t len)
{
	struct domain *d = c->peer;
	uint32_t prod;
	uint32_t used;
	uint32_t at;
	size_t first;

	follow_page(d);
	prod = d->place.rsp_prod;
	used = prod - load(&d->ring->rsp_cons);
	at = MASK_XENSTORE_IDX(prod);
	if (used > XENSTORE_RING_SIZE) {
		return bad_index(d);
	}
	if (used == XENSTORE_RING_SIZE) {
		return -EAGAIN;
	}
	if (len > XENSTORE_RING_SIZE - used) {
		len = XENSTORE_RING_SIZE - used;
	}
	first = XENSTORE_RING_SIZE - at;
	first = len < first ? len : first;
	memcpy(d->ring->rsp + at, buf, first);
	memcpy(d->ring->rsp, (const char *)buf + first, len - first);
	d->place.rsp_prod = prod + (uint32_t)len;
	return (ssize_t)len;
}

static bool has_moved(const struct domain *d)
{
	return d->shown.req_cons != d->place.req_cons ||
	       d->shown.rsp_prod != d->place.rsp_prod;
}

/*
 * Show the guest where we are. In this order, so that who sees more of our
 * output than was told sees that its requests were taken (ring_resume()).
 */
static bool show(struct domain *d)
{
	bool moved = has_moved(d);

	if (moved) {
		store(&d->ring->req_cons, d->place.req_cons);
		store(&d->ring->rsp_prod, d->place.rsp_prod);
	}
	d->shown = d->place;
	return moved;
}

static void tell_left_over(struct conn *c, struct domain *d)
{
	size_t left = conn_bytes_in(c) + conn_bytes_out(c);
	bool moved = has_moved(d);

	/* Bytes in and out are not traded for each other without a move. */
	if ((left > 0 || d->left_over > 0) && (moved || left != d->left_over)) {
		save_conn(journal_ring(c), c);
		journal_sync(c->server);
		d->left_over = left;
	}
}

/*
 * A guest sends an event only when it sees that all before was taken, or that
 * its ring was full. What it did before it could see that sends none, so we
 * look: our index is out before theirs is read, as theirs is before they look.
 */
static void look_again(struct conn *c, const struct domain *d)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (load(&d->ring->req_prod) != d->place.req_cons ||
	    (conn_bytes_out(c) > 0 &&
	     d->place.rsp_prod - load(&d->ring->rsp_cons) <
		     XENSTORE_RING_SIZE)) {
		conn_wake(c);
	}
}

static void ring_pushed(struct conn *c)
{
	struct domain *d = c->peer;

	tell_left_over(c, d);
	if (show(d)) {
		xen_notify(d->port);
		look_again(c, d);
	}
}

static void ring_broken(struct conn *c)
{
	set_error(c->peer, XENSTORE_ERROR_PROTO);
}

static void ring_close(struct conn *c)
{
	struct domain *d = c->peer;

	/* The domain stays known, without a connection. */
	if (d && d->conn == c) {
		d->conn = NULL;
		save_domain(journal(d->server), d);
	}
}

/* It need not be told what we want: a guest that consumed sends an event. */
const struct transport ring_transport = {
	.read = ring_read,
	.write = ring_write,
	.broken = ring_broken,
	.pushed = ring_pushed,
	.close = ring_close,
};

void ring_announce(struct domain *d)
{
	begin_at(d, page_place(d));
	store(&d->ring->error, XENSTORE_ERROR_NONE);
	store(&d->ring->server_features, XENSTORE_SERVER_FEATURE_RECONNECTION |
						 XENSTORE_SERVER_FEATURE_ERROR |
						 FEATURE_WATCHDEPTH);
}

bool ring_wants_reconnect(struct domain *d)
{
	return load(&d->ring->connection) == XENSTORE_RECONNECT;
}

/*
 * The page shows no more than what was told: what was consumed by then, and
 * what was produced up to the end of what waits. Anything else is newer.
 */
static bool lags(struct ring_place page, struct ring_place told, size_t out)
{
	return told.req_cons - page.req_cons <= XENSTORE_RING_SIZE &&
	       page.rsp_prod - told.rsp_prod + XENSTORE_RING_SIZE <=
		       out + XENSTORE_RING_SIZE;
}

void ring_resume(struct domain *d)
{
	struct ring_place told = d->place;
	bool has_state = d->has_state && d->conn;
	size_t out = d->conn ? conn_bytes_out(d->conn) : 0;
	uint32_t given;

	ring_announce(d);
	if (has_state && lags(d->shown, told, out)) {
		given = d->shown.rsp_prod - told.rsp_prod;
		/* Before what waits, all is in the page and is to be shown. */
		if (given <= out) {
			conn_skip_out(d->conn, given);
			told.rsp_prod = d->shown.rsp_prod;
		}
		d->place = told;
		d->left_over = conn_bytes_in(d->conn) + conn_bytes_out(d->conn);
	} else if (d->conn) {
		(void)conn_restore_bytes(d->conn, NULL, 0, NULL, 0);
	}
}

void ring_reset(struct domain *d)
{
	begin_at(d, (struct ring_place){ .req_cons = 0 });
	/* That it is a new connection must not be lost once the guest knows. */
	journal_sync(d->server);
	store(&d->ring->req_cons, 0);
	store(&d->ring->req_prod, 0);
	store(&d->ring->rsp_cons, 0);
	store(&d->ring->rsp_prod, 0);
	store(&d->ring->error, XENSTORE_ERROR_NONE);
	store(&d->ring->connection, XENSTORE_CONNECTED);
	xen_notify(d->port);
}
