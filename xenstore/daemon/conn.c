// SPDX-License-Identifier: BSD-2-Clause
/*
 * Order is kept by one rule: bytes leave in the order in which their messages
 * were made. Replies and events go to the out buffer; when that is full,
 * events go to the list behind it, and while the list holds anything no
 * request is handled, so no reply can overtake an event.
 *
 * A turn makes replies; server_settle() writes those of all turns of a round
 * one after the other, so that peers wake up to more than one at a time.
 */
#include "xenstore/daemon/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/ops.h"

/* Requests in one turn, so that one busy peer does not keep the others. */
#define TURN_REQUESTS 64u
/* And nodes that they book; more only if the last one is of a large tree. */
#define TURN_WORK 1024u
/* With this much unsent, no more requests are handled. */
#define OUT_HIGH 8192u
/* Up to here events go to the buffer, behind that to the list. */
#define OUT_EVENTS 16384u
/* Events waiting for one of domain 0's programs, in bytes. */
#define EVENT_BYTES_PRIVILEGED (16u << 20)
/* How many waiting events are compared with a new one. */
#define MERGE_SCAN 64u

static size_t buffer_used(const struct buffer *b)
{
	return b->end - b->start;
}

/*
 * Where input comes to, of whichever connection has its turn: most requests
 * are handled at once, and only what is left over is kept.
 */
static char borrowed[8192];

static void buffer_free(struct buffer *b)
{
	if (b->data != borrowed) {
		free(b->data);
	}
	memset(b, 0, sizeof(*b));
}

/* Room for @len more bytes behind the end. */
static int buffer_reserve(struct buffer *b, size_t len)
{
	size_t need = buffer_used(b) + len;
	size_t capacity = b->capacity ? b->capacity : 512;
	char *bigger;

	if (b->capacity - b->end >= len) {
		return 0;
	}
	if (b->start > 0) {
		memmove(b->data, b->data + b->start, buffer_used(b));
		b->end -= b->start;
		b->start = 0;
	}
	while (capacity < need) {
		capacity *= 2;
	}
	if (capacity == b->capacity) {
		return 0;
	}
	bigger = realloc(b->data, capacity);
	if (!bigger) {
		return -ENOMEM;
	}
	b->data = bigger;
	b->capacity = capacity;
	return 0;
}

static void buffer_append(struct buffer *b, const void *data, size_t len)
{
	if (len > 0) {
		memcpy(b->data + b->end, data, len);
		b->end += len;
	}
}

/* An idle connection keeps no buffer. */
static void buffer_trim(struct buffer *b)
{
	if (buffer_used(b) == 0) {
		buffer_free(b);
	}
}

static void buffer_borrow(struct buffer *b)
{
	if (!b->data) {
		*b = (struct buffer){ .data = borrowed,
				      .capacity = sizeof(borrowed) };
	}
}

/* -ENOMEM: what was left over is lost. */
static int buffer_give_back(struct buffer *b)
{
	struct buffer was = *b;

	if (b->data != borrowed) {
		buffer_trim(b);
		return 0;
	}
	*b = (struct buffer){ .data = NULL };
	if (buffer_used(&was) == 0) {
		return 0;
	}
	if (buffer_reserve(b, buffer_used(&was))) {
		return -ENOMEM;
	}
	buffer_append(b, was.data + was.start, buffer_used(&was));
	return 0;
}

static uint32_t last_id;

uint32_t conn_last_id(void)
{
	return last_id;
}

void conn_set_last_id(uint32_t id)
{
	last_id = id;
}

struct conn *conn_create(struct server *s, const struct transport *transport,
			 void *peer, unsigned int domid)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		return NULL;
	}
	c->server = s;
	c->transport = transport;
	c->peer = peer;
	c->who.domid = domid;
	c->who.target = PERMS_NOBODY;
	c->id = ++last_id;
	c->event_last = &c->event_first;
	c->next_txn_id = 1;
	c->next = s->conns;
	c->prev = &s->conns;
	if (c->next) {
		c->next->prev = &c->next;
	}
	s->conns = c;
	s->conn_count++;
	return c;
}

static void mark_dirty(struct conn *c)
{
	if (!c->is_dirty) {
		c->is_dirty = true;
		c->next_dirty = c->server->dirty;
		c->server->dirty = c;
	}
}

static void mark_ready(struct conn *c)
{
	if (!c->is_ready && !c->closing) {
		c->is_ready = true;
		c->next_ready = NULL;
		*c->server->ready_last = c;
		c->server->ready_last = &c->next_ready;
	}
}

void conn_pause(struct conn *c, bool on)
{
	c->paused = on;
	c->transport->want(c);
	if (!on) {
		mark_ready(c);
	}
}

void conn_wake(struct conn *c)
{
	mark_ready(c);
}

void conn_close(struct conn *c)
{
	if (!c->closing) {
		c->closing = true;
		mark_dirty(c);
	}
}

static void drop_events(struct conn *c, const struct watch *only)
{
	struct conn_event **slot = &c->event_first;

	while (*slot) {
		struct conn_event *e = *slot;

		if (only && e->watch != only) {
			slot = &e->next;
			continue;
		}
		*slot = e->next;
		c->event_bytes -= sizeof(*e) + e->len;
		free(e);
	}
	c->event_last = slot;
}

void conn_drop_watches(struct conn *c)
{
	struct quota_use *use = &c->server->quota->use[c->who.domid];

	for (struct watch *w = c->watches; w; w = w->next) {
		use->watches--;
		use->bytes -=
			watch_bytes(strlen(watch_path(w)), strlen(w->token));
	}
	if (c->watches) {
		watch_del_all(&c->server->watches, &c->watches);
		PUT(journal_ring(c), STATE_RESET, NUM(c->id), NUM(false));
	}
}

int conn_del_watch(struct conn *c, const char *path, const char *token)
{
	struct quota_use *use = &c->server->quota->use[c->who.domid];
	int rc = watch_del(&c->server->watches, &c->watches, path, token);

	if (!rc) {
		use->watches--;
		use->bytes -= watch_bytes(strlen(path), strlen(token));
		PUT(journal_ring(c), STATE_UNWATCH, NUM(c->id), STR(path),
		    STR(token));
	}
	return rc;
}

void conn_reset(struct conn *c)
{
	turn_forget(c);
	conn_drop_watches(c);
	while (c->txns) {
		conn_del_txn(c, c->txns);
	}
	PUT(journal_ring(c), STATE_RESET, NUM(c->id), NUM(true));
	drop_events(c, NULL);
	buffer_free(&c->in);
	buffer_free(&c->out);
}

static void conn_free(struct conn *c)
{
	struct server *s = c->server;
	struct conn **slot = &s->ready;

	conn_reset(c);
	while (c->is_ready && *slot != c) {
		slot = &(*slot)->next_ready;
	}
	if (c->is_ready) {
		*slot = c->next_ready;
		if (!*slot) {
			s->ready_last = slot;
		}
	}
	*c->prev = c->next;
	if (c->next) {
		c->next->prev = c->prev;
	}
	s->conn_count--;
	c->transport->close(c);
	free(c);
}

static void append_message(struct conn *c, const struct xsd_sockmsg *hdr,
			   const void *data, size_t len, const void *tail,
			   size_t tail_len)
{
	if (c->closing) {
		return;
	}
	if (buffer_reserve(&c->out, sizeof(*hdr) + len + tail_len)) {
		log_error("connection %u: no memory for a reply, closed",
			  c->id);
		conn_close(c);
		return;
	}
	buffer_append(&c->out, hdr, sizeof(*hdr));
	buffer_append(&c->out, data, len);
	buffer_append(&c->out, tail, tail_len);
	mark_dirty(c);
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

void conn_watch_gone(struct watch *watch)
{
	if (watch->queued) {
		drop_events(watch->conn, watch);
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
	for (e = c->event_first; e && left > 0; e = e->next, left--) {
		if (e->watch == watch && e->len == len &&
		    memcmp(e->path, path, len) == 0) {
			return true;
		}
	}
	return false;
}

static void push_event(struct conn *c, struct watch *watch, const char *path,
		       size_t len)
{
	struct conn_event *e = malloc(sizeof(*e) + len + 1);

	if (!e) {
		log_error("connection %u: no memory for an event, closed",
			  c->id);
		conn_close(c);
		return;
	}
	e->next = NULL;
	e->watch = watch;
	e->len = len;
	memcpy(e->path, path, len + 1);
	*c->event_last = e;
	c->event_last = &e->next;
	c->event_bytes += sizeof(*e) + len;
	watch->queued++;
}

static bool events_full(struct conn *c, size_t len)
{
	size_t need = c->event_bytes + sizeof(struct conn_event) + len;

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

	if (c->closing) {
		return;
	}
	c->server->events++;
	if (!c->event_first && buffer_used(&c->out) < OUT_EVENTS) {
		append_event(c, shown, len, watch->token);
		return;
	}
	if (already_waiting(c, watch, shown, len)) {
		return;
	}
	if (events_full(c, len)) {
		if (watch->overflow) {
			return;
		}
		watch->overflow = true;
		shown = watch_path(watch) + watch->strip;
		len = strlen(shown);
	}
	push_event(c, watch, shown, len);
}

/* Move waiting events to the buffer while that has room. */
static void feed_events(struct conn *c)
{
	while (c->event_first && buffer_used(&c->out) < OUT_EVENTS &&
	       !c->closing) {
		struct conn_event *e = c->event_first;

		append_event(c, e->path, e->len, e->watch->token);
		e->watch->queued--;
		e->watch->overflow = false;
		c->event_first = e->next;
		if (!c->event_first) {
			c->event_last = &c->event_first;
		}
		c->event_bytes -= sizeof(*e) + e->len;
		free(e);
	}
}

static void tell_waiting(struct conn *c, bool on)
{
	if (c->waiting != on) {
		c->waiting = on;
		c->transport->want(c);
	}
}

static void pushed(struct conn *c)
{
	if (c->transport->pushed && !c->closing) {
		c->transport->pushed(c);
	}
}

/* What its requests changed goes on in one batch with their replies. */
static void tell_turn(struct conn *c)
{
	if (c->changed_state) {
		c->changed_state = false;
		save_conn(journal_ring(c), c);
	}
}

/* Write what there is and the transport takes. */
static void flush(struct conn *c)
{
	tell_turn(c);
	journal_sync(c->server);
	feed_events(c);
	while (buffer_used(&c->out) > 0 && !c->closing) {
		ssize_t n = c->transport->write(c, c->out.data + c->out.start,
						buffer_used(&c->out));

		if (n == -EAGAIN) {
			tell_waiting(c, true);
			pushed(c);
			return;
		}
		if (n < 0) {
			conn_close(c);
			return;
		}
		c->out.start += (size_t)n;
		feed_events(c);
	}
	tell_waiting(c, false);
	buffer_trim(&c->out);
	pushed(c);
}

static bool backed_up(struct conn *c)
{
	if (buffer_used(&c->out) >= OUT_HIGH || c->event_first) {
		flush(c);
	}
	return buffer_used(&c->out) >= OUT_HIGH || c->event_first;
}

static void protocol_error(struct conn *c, uint32_t len)
{
	if (quota_broke(c->server->quota, c->who.domid)) {
		log_warn("connection %u of domain %u: payload of %u bytes, "
			 "closed",
			 c->id, c->who.domid, len);
	}
	c->transport->broken(c);
	conn_close(c);
}

/* Handle the first message of the input buffer, if it is complete. */
static bool handle_one(struct conn *c)
{
	uint64_t told = journal_told(c->server);
	struct xsd_sockmsg hdr;

	if (c->closing || buffer_used(&c->in) < sizeof(hdr)) {
		return false;
	}
	memcpy(&hdr, c->in.data + c->in.start, sizeof(hdr));
	if (hdr.len > XENSTORE_PAYLOAD_MAX) {
		protocol_error(c, hdr.len);
		return false;
	}
	if (buffer_used(&c->in) < sizeof(hdr) + hdr.len) {
		return false;
	}
	if (turn_holds(c, &hdr, c->in.data + c->in.start + sizeof(hdr))) {
		return false;
	}
	c->passes = false;
	ops_handle(c, &hdr, c->in.data + c->in.start + sizeof(hdr));
	c->in.start += sizeof(hdr) + hdr.len;
	c->changed_state |= journal_told(c->server) != told;
	return true;
}

/* Read once; true if it is worth looking for messages again. */
static bool fill(struct conn *c)
{
	ssize_t n;

	if (c->closing) {
		return false;
	}
	buffer_borrow(&c->in);
	if (buffer_reserve(&c->in, WIRE_MSG_MAX)) {
		conn_close(c);
		return false;
	}
	n = c->transport->read(c, c->in.data + c->in.end,
			       c->in.capacity - c->in.end);
	if (n < 0) {
		if (n != -EAGAIN) {
			conn_close(c);
		}
		return false;
	}
	c->in.end += (size_t)n;
	return n > 0;
}

void conn_run(struct conn *c)
{
	struct server *s = c->server;
	uint64_t work = store_work() + TURN_WORK;
	unsigned int left = TURN_REQUESTS;
	bool filled = false;

	if (buffer_used(&c->out) > 0) {
		flush(c);
	}
	while (!c->closing && conn_reads(c) && !backed_up(c)) {
		if (left == 0 || store_work() > work) {
			mark_ready(c);
			break;
		}
		if (handle_one(c)) {
			server_limit_past(s);
			left--;
		} else if (c->held || filled || !fill(c)) {
			/* A short read: the rest will wake us again. */
			break;
		} else {
			filled = true;
		}
	}
	if (buffer_give_back(&c->in)) {
		log_error("connection %u: no memory for a request, closed",
			  c->id);
		conn_close(c);
	}
	tell_turn(c);
	if (!c->is_dirty) {
		flush(c);
	}
}

struct txn *conn_find_txn(struct conn *c, uint32_t id)
{
	uint64_t hash = index_hash(c->id, id);
	struct index_entry *e = NULL;

	if (!c->txns || c->txns->id == id) {
		return c->txns;
	}
	while ((e = index_next(&c->server->txns, hash, e))) {
		struct txn *t =
			(struct txn *)((char *)e - offsetof(struct txn, index));

		if (t->conn == c && t->id == id) {
			return t;
		}
	}
	return NULL;
}

void conn_add_txn(struct conn *c, struct txn *t)
{
	t->who = c->who;
	t->conn = c;
	t->next = c->txns;
	t->prev = &c->txns;
	if (t->next) {
		t->next->prev = &t->next;
	}
	c->txns = t;
	index_add(&c->server->txns, &t->index, index_hash(c->id, t->id));
	c->txn_count++;
	c->server->quota->use[c->who.domid].transactions++;
	c->server->quota->use[c->who.domid].bytes += t->bytes;
	save_txn(journal_ring(c), t, false);
}

void conn_del_txn(struct conn *c, struct txn *t)
{
	*t->prev = t->next;
	if (t->next) {
		t->next->prev = t->prev;
	}
	index_remove(&c->server->txns, &t->index);
	c->txn_count--;
	c->server->quota->use[c->who.domid].transactions--;
	c->server->quota->use[c->who.domid].bytes -= t->bytes;
	PUT(journal_ring(c), STATE_TXN_END, NUM(c->id), NUM(t->id));
	turn_end(c, t);
	txn_destroy(t);
}

/* Of connections that are restored and have no socket yet. */
static ssize_t nothing_read(struct conn *c, void *buf, size_t len)
{
	(void)c;
	(void)buf;
	(void)len;
	return -EAGAIN;
}

static ssize_t nothing_written(struct conn *c, const void *buf, size_t len)
{
	(void)c;
	(void)buf;
	(void)len;
	return -EAGAIN;
}

static void nothing_done(struct conn *c)
{
	(void)c;
}

static int restored_file(const struct conn *c)
{
	return c->file;
}

static const struct transport no_transport = {
	.read = nothing_read,
	.write = nothing_written,
	.want = nothing_done,
	.broken = nothing_done,
	.close = nothing_done,
	.file = restored_file,
};

struct conn *conn_restore(struct server *s, uint32_t id, unsigned int domid)
{
	uint32_t last = last_id > id ? last_id : id;
	struct conn *c = conn_create(s, &no_transport, NULL, domid);

	last_id = last;
	if (c) {
		c->id = id;
	}
	return c;
}

static int set_bytes(struct buffer *b, const void *data, size_t len)
{
	b->start = 0;
	b->end = 0;
	if (buffer_reserve(b, len)) {
		return -ENOMEM;
	}
	buffer_append(b, data, len);
	buffer_trim(b);
	return 0;
}

int conn_restore_bytes(struct conn *c, const void *in, size_t in_len,
		       const void *out, size_t out_len)
{
	int rc = set_bytes(&c->in, in, in_len);

	return rc ? rc : set_bytes(&c->out, out, out_len);
}

int conn_restore_event(struct conn *c, struct watch *w, const char *path)
{
	push_event(c, w, path, strlen(path));
	return c->closing ? -ENOMEM : 0;
}

/* An empty one has no memory. */
static struct state_value bytes_of(const struct buffer *b)
{
	return BYTES(b->data ? b->data + b->start : NULL, buffer_used(b));
}

struct state_value conn_in(const struct conn *c)
{
	return bytes_of(&c->in);
}

struct state_value conn_out(const struct conn *c)
{
	return bytes_of(&c->out);
}

void conn_skip_out(struct conn *c, size_t len)
{
	c->out.start += len;
	buffer_trim(&c->out);
}

size_t conn_bytes_in(const struct conn *c)
{
	return buffer_used(&c->in);
}

size_t conn_bytes_out(const struct conn *c)
{
	return buffer_used(&c->out);
}

bool server_run_ready(struct server *s)
{
	struct conn *list = s->ready;

	s->ready = NULL;
	s->ready_last = &s->ready;
	while (list) {
		struct conn *c = list;

		list = c->next_ready;
		c->is_ready = false;
		conn_run(c);
	}
	return s->ready != NULL;
}

void server_settle(struct server *s)
{
	journal_sync(s);
	while (s->dirty) {
		struct conn *c = s->dirty;

		s->dirty = c->next_dirty;
		c->is_dirty = false;
		if (!c->closing) {
			flush(c);
		}
		if (c->closing) {
			if (c->is_dirty) {
				continue;
			}
			conn_free(c);
		}
	}
}
