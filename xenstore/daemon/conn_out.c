// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a connection is told. Order is kept by one rule: bytes leave in the
 * order in which their messages were made. Replies and events go to the out
 * buffer; when that is full, events go to the list behind it, and while the
 * list holds anything no request is handled, so no reply can overtake an event.
 */
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/log.h"

/* Up to here events go to the buffer, behind that to the list. */
#define OUT_EVENTS 16384u
/* Events waiting for one of domain 0's programs, in bytes. */
#define EVENT_BYTES_PRIVILEGED (16u << 20)
/* How many waiting events are compared with a new one. */
#define MERGE_SCAN 64u

static void append_message(struct conn *c, const struct xsd_sockmsg *hdr,
			   const void *data, size_t len, const void *tail,
			   size_t tail_len)
{
	struct buffer *out;

	if (c->closing || !conn_io_get(c)) {
		return;
	}
	out = &c->io->out;
	if (buffer_reserve(out, sizeof(*hdr) + len + tail_len)) {
		log_error("connection %u: no memory for a reply, closed",
			  c->id);
		conn_close(c);
		return;
	}
	buffer_append(out, hdr, sizeof(*hdr));
	buffer_append(out, data, len);
	buffer_append(out, tail, tail_len);
	conn_mark_dirty(c);
}

void conn_reply(struct conn *c, const struct xsd_sockmsg *req, uint32_t type,
		const void *data, size_t len)
{
	struct xsd_sockmsg hdr = { .type = type,
				   .req_id = req->req_id,
				   .tx_id = req->tx_id,
				   .len = (uint32_t)len };

	append_message(c, &hdr, data, len, NULL, 0);
}

void conn_reply_error(struct conn *c, const struct xsd_sockmsg *req, int err)
{
	const char *name = wire_error_name(err);

	conn_reply(c, req, XS_ERROR, name, strlen(name) + 1);
}

static void append_event(struct conn *c, const char *path, size_t len,
			 const char *token)
{
	size_t token_size = strlen(token) + 1;
	struct xsd_sockmsg hdr = { .type = XS_WATCH_EVENT,
				   .len = (uint32_t)(len + 1 + token_size) };

	append_message(c, &hdr, path, len + 1, token, token_size);
}

const struct perms_subject *conn_subject(const struct conn *conn)
{
	return &conn->who;
}

/* The first one, which @slot points to, is gone. */
static void remove_event(struct conn_io *io, struct conn_event **slot)
{
	struct conn_event *e = *slot;

	*slot = e->next;
	if (!e->next) {
		io->event_last = slot;
	}
	io->event_bytes -= sizeof(*e) + e->len;
	e->watch->queued--;
	free(e);
}

void conn_drop_events(struct conn *c, const struct watch *only)
{
	struct conn_event **slot = &c->io->event_first;

	while (*slot) {
		if (only && (*slot)->watch != only) {
			slot = &(*slot)->next;
		} else {
			remove_event(c->io, slot);
		}
	}
}

void conn_watch_gone(struct watch *watch)
{
	if (watch->queued) {
		conn_drop_events(watch->conn, watch);
	}
}

static bool already_waiting(const struct conn *c, const struct watch *watch,
			    const char *path, size_t len)
{
	unsigned int left = MERGE_SCAN;
	const struct conn_event *e;

	if (!watch->queued) {
		return false;
	}
	for (e = c->io->event_first; e && left > 0; e = e->next, left--) {
		if (e->watch == watch && e->len == len &&
		    memcmp(e->path, path, len) == 0) {
			return true;
		}
	}
	return false;
}

void conn_push_event(struct conn *c, struct watch *watch, const char *path,
		     size_t len)
{
	struct conn_event *e = malloc(sizeof(*e) + len + 1);

	if (!e || !conn_io_get(c)) {
		log_error("connection %u: no memory for an event, closed",
			  c->id);
		conn_close(c);
		free(e);
		return;
	}
	e->next = NULL;
	e->watch = watch;
	e->len = len;
	memcpy(e->path, path, len + 1);
	*c->io->event_last = e;
	c->io->event_last = &e->next;
	c->io->event_bytes += sizeof(*e) + len;
	watch->queued++;
}

static bool events_full(struct conn *c, size_t len)
{
	size_t need = conn_event_bytes(c) + sizeof(struct conn_event) + len;

	if (perms_privileged(&c->who)) {
		return need > EVENT_BYTES_PRIVILEGED;
	}
	return quota_check(c->server->quota, c->who.domid, QUOTA_OUTSTANDING,
			   (need + 1023) / 1024) != 0;
}

void conn_watch_event(struct watch *watch, const char *path)
{
	struct conn *c = watch->conn;
	const char *shown = path + watch->strip;
	size_t len = strlen(shown);

	/* What waits already for lost ones stands for this one as well. */
	if (c->closing || watch->overflow) {
		return;
	}
	if (already_waiting(c, watch, shown, len)) {
		return;
	}
	c->server->events++;
	if (!conn_events(c) && conn_bytes_out(c) < OUT_EVENTS) {
		append_event(c, shown, len, watch->token);
		return;
	}
	if (events_full(c, len)) {
		watch->overflow = true;
		shown = watch_path(watch) + watch->strip;
		len = strlen(shown);
	}
	conn_push_event(c, watch, shown, len);
}

void conn_feed_events(struct conn *c)
{
	while (conn_events(c) && conn_bytes_out(c) < OUT_EVENTS &&
	       !c->closing) {
		struct conn_event *e = c->io->event_first;

		append_event(c, e->path, e->len, e->watch->token);
		e->watch->overflow = false;
		remove_event(c->io, &c->io->event_first);
	}
}
