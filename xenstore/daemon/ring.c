// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two byte streams in one page, each with a free running producer and
 * consumer index. We produce in rsp and consume in req. The barriers pair
 * with those of the guest: its bytes are written before its req_prod, which
 * we read first; our bytes are written before our rsp_prod.
 *
 * After each move of an index of ours the guest gets an event.
 */
#include "xenstore/daemon/ring.h"

#include <errno.h>
#include <string.h>

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

static ssize_t ring_read(struct conn *c, void *buf, size_t len)
{
	struct domain *d = c->peer;
	uint32_t cons = load(&d->ring->req_cons);
	uint32_t used = load(&d->ring->req_prod) - cons;
	uint32_t at = MASK_XENSTORE_IDX(cons);
	size_t first;

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
	store(&d->ring->req_cons, cons + (uint32_t)len);
	xen_notify(d->port);
	return (ssize_t)len;
}

static ssize_t ring_write(struct conn *c, const void *buf, size_t len)
{
	struct domain *d = c->peer;
	uint32_t prod = load(&d->ring->rsp_prod);
	uint32_t used = prod - load(&d->ring->rsp_cons);
	uint32_t at = MASK_XENSTORE_IDX(prod);
	size_t first;

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
	store(&d->ring->rsp_prod, prod + (uint32_t)len);
	xen_notify(d->port);
	return (ssize_t)len;
}

/* The guest sends an event whenever it has consumed something. */
static void ring_want_write(struct conn *c, bool on)
{
	(void)c;
	(void)on;
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
	}
}

const struct transport ring_transport = {
	.read = ring_read,
	.write = ring_write,
	.want_write = ring_want_write,
	.broken = ring_broken,
	.close = ring_close,
};

void ring_announce(struct domain *d)
{
	store(&d->ring->error, XENSTORE_ERROR_NONE);
	store(&d->ring->server_features, XENSTORE_SERVER_FEATURE_RECONNECTION |
						 XENSTORE_SERVER_FEATURE_ERROR |
						 FEATURE_WATCHDEPTH);
}

bool ring_wants_reconnect(struct domain *d)
{
	return load(&d->ring->connection) == XENSTORE_RECONNECT;
}

void ring_reset(struct domain *d)
{
	store(&d->ring->req_cons, 0);
	store(&d->ring->req_prod, 0);
	store(&d->ring->rsp_cons, 0);
	store(&d->ring->rsp_prod, 0);
	store(&d->ring->error, XENSTORE_ERROR_NONE);
	store(&d->ring->connection, XENSTORE_CONNECTED);
	xen_notify(d->port);
}
