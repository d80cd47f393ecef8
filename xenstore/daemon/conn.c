// SPDX-License-Identifier: BSD-2-Clause
/*
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
#include "xenstore/daemon/slab.h"

/* Requests in one turn, so that one busy peer does not keep the others. */
#define TURN_REQUESTS 64u
/* And nodes booked and events made; more only for what the last one does. */
#define TURN_WORK 1024u
/* With this much unsent, no more requests are handled. */
#define OUT_HIGH 8192u

static uint32_t last_id;

uint32_t conn_last_id(void)
{
	return last_id;
}

void conn_set_last_id(uint32_t id)
{
	last_id = id;
}

struct conn *conn_find(const struct server *s, uint64_t id)
{
	struct conn *c = s->conns;

	while (c && c->id != id) {
		c = c->next;
	}
	return c;
}

/* The next number; they go round when a guest has come often enough. */
static uint32_t new_id(const struct server *s)
{
	static bool again;

	do {
		again |= last_id >= CONN_ID_MAX;
		last_id = last_id < CONN_ID_MAX ? last_id + 1 : 1;
	} while (again && conn_find(s, last_id));
	return last_id;
}

struct conn *conn_create(struct server *s, const struct transport *transport,
			 void *peer, unsigned int domid)
{
	struct conn *c = slab_alloc(sizeof(*c));

	if (!c) {
		return NULL;
	}
	memset(c, 0, sizeof(*c));
	c->server = s;
	c->transport = transport;
	c->peer = peer;
	c->who.domid = domid;
	c->who.target = PERMS_NOBODY;
	c->id = new_id(s);
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

struct conn_io *conn_io_get(struct conn *c)
{
	if (!c->io) {
		c->io = slab_alloc(sizeof(*c->io));
		if (!c->io) {
			log_error("connection %u: no memory, closed", c->id);
			conn_close(c);
			return NULL;
		}
		memset(c->io, 0, sizeof(*c->io));
		c->io->event_last = &c->io->event_first;
	}
	return c->io;
}

/* Nothing is under way: an idle connection keeps no memory for that. */
static void trim(struct conn *c)
{
	struct conn_io *io = c->io;

	if (!io) {
		return;
	}
	buffer_trim(&io->in);
	buffer_trim(&io->out);
	if (!io->in.data && !io->out.data && !io->event_first && !c->is_ready) {
		slab_free(io, sizeof(*io));
		c->io = NULL;
	}
}

void conn_mark_dirty(struct conn *c)
{
	if (!c->is_dirty) {
		c->is_dirty = true;
		c->next_dirty = NULL;
		*c->server->dirty_last = c;
		c->server->dirty_last = &c->next_dirty;
	}
}

static void mark_ready(struct conn *c)
{
	if (!c->is_ready && !c->closing && conn_io_get(c)) {
		c->is_ready = true;
		c->io->next_ready = NULL;
		*c->server->ready_last = c;
		c->server->ready_last = &c->io->next_ready;
	}
}

void conn_want(struct conn *c)
{
	if (c->transport->want) {
		c->transport->want(c);
	}
}

void conn_pause(struct conn *c, bool on)
{
	c->paused = on;
	conn_want(c);
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
		conn_mark_dirty(c);
	}
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
	if (c->io) {
		conn_drop_events(c, NULL);
		buffer_free(&c->io->in);
		buffer_free(&c->io->out);
		trim(c);
	}
}

static void conn_free(struct conn *c)
{
	struct server *s = c->server;
	struct conn **slot = &s->ready;

	while (c->is_ready && *slot != c) {
		slot = &(*slot)->io->next_ready;
	}
	if (c->is_ready) {
		*slot = c->io->next_ready;
		if (!*slot) {
			s->ready_last = slot;
		}
		c->is_ready = false;
	}
	conn_reset(c);
	*c->prev = c->next;
	if (c->next) {
		c->next->prev = c->prev;
	}
	s->conn_count--;
	if (c->transport->close) {
		c->transport->close(c);
	}
	slab_free(c, sizeof(*c));
}

static void tell_waiting(struct conn *c, bool on)
{
	if (c->waiting != on) {
		c->waiting = on;
		conn_want(c);
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
	struct state_out *o = c->changed_state ? journal_ring(c) : NULL;

	c->changed_state = false;
	if (o) {
		save_conn(o, c);
	}
}

/* Write what there is and the transport takes. */
static void flush(struct conn *c)
{
	tell_turn(c);
	journal_sync(c->server);
	conn_feed_events(c);
	while (conn_bytes_out(c) > 0 && !c->closing && c->transport->write) {
		struct buffer *out = &c->io->out;
		ssize_t n = c->transport->write(c, out->data + out->start,
						buffer_used(out));

		if (n == -EAGAIN) {
			tell_waiting(c, true);
			pushed(c);
			return;
		}
		if (n < 0) {
			conn_close(c);
			return;
		}
		out->start += (size_t)n;
		conn_feed_events(c);
	}
	tell_waiting(c, false);
	pushed(c);
}

static bool too_much_out(const struct conn *c)
{
	return conn_bytes_out(c) >= OUT_HIGH || (c->io && c->io->event_first);
}

static bool backed_up(struct conn *c)
{
	if (too_much_out(c)) {
		flush(c);
	}
	return too_much_out(c);
}

static void protocol_error(struct conn *c, uint32_t len)
{
	if (quota_broke(c->server->quota, c->who.domid)) {
		log_warn("connection %u of domain %u: payload of %u bytes, "
			 "closed",
			 c->id, c->who.domid, len);
	}
	if (c->transport->broken) {
		c->transport->broken(c);
	}
	conn_close(c);
}

/* Handle the first message of the input buffer, if it is complete. */
static bool handle_one(struct conn *c)
{
	uint64_t told = journal_told(c->server);
	struct buffer *in = &c->io->in;
	const char *msg;
	struct xsd_sockmsg hdr;

	if (c->closing || buffer_used(in) < sizeof(hdr)) {
		return false;
	}
	msg = in->data + in->start;
	memcpy(&hdr, msg, sizeof(hdr));
	if (hdr.len > XENSTORE_PAYLOAD_MAX) {
		protocol_error(c, hdr.len);
		return false;
	}
	if (buffer_used(in) < sizeof(hdr) + hdr.len ||
	    turn_holds(c, &hdr, msg + sizeof(hdr))) {
		return false;
	}
	c->passes = false;
	in->start += sizeof(hdr) + hdr.len;
	ops_handle(c, &hdr, msg + sizeof(hdr));
	c->changed_state |= journal_told(c->server) != told;
	return true;
}

/* Read once; true if it is worth looking for messages again. */
static bool fill(struct conn *c)
{
	struct buffer *in = &c->io->in;
	ssize_t n;

	if (c->closing || !c->transport->read) {
		return false;
	}
	buffer_borrow(in);
	if (buffer_reserve(in, WIRE_MSG_MAX)) {
		conn_close(c);
		return false;
	}
	n = c->transport->read(c, in->data + in->end, in->capacity - in->end);
	if (n < 0) {
		if (n != -EAGAIN) {
			conn_close(c);
		}
		return false;
	}
	in->end += (size_t)n;
	return n > 0;
}

static uint64_t work_done(const struct server *s)
{
	return store_work() + s->events;
}

void conn_run(struct conn *c)
{
	struct server *s = c->server;
	uint64_t work = work_done(s) + TURN_WORK;
	unsigned int left = TURN_REQUESTS;
	bool filled = false;

	if (!conn_io_get(c)) {
		return;
	}
	if (conn_bytes_out(c) > 0) {
		flush(c);
	}
	while (!c->closing && conn_reads(c) && !backed_up(c)) {
		if (left == 0 || work_done(s) > work) {
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
	if (buffer_give_back(&c->io->in)) {
		log_error("connection %u: no memory for a request, closed",
			  c->id);
		conn_close(c);
	}
	tell_turn(c);
	if (!c->is_dirty) {
		flush(c);
		trim(c);
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
	c->server->quota->use[c->who.domid].transactions--;
	c->server->quota->use[c->who.domid].bytes -= t->bytes;
	PUT(journal_ring(c), STATE_TXN_END, NUM(c->id), NUM(t->id));
	turn_end(c, t);
	txn_destroy(t);
}

bool server_run_ready(struct server *s)
{
	struct conn *list = s->ready;

	s->ready = NULL;
	s->ready_last = &s->ready;
	while (list) {
		struct conn *c = list;

		list = c->io->next_ready;
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
		if (!s->dirty) {
			s->dirty_last = &s->dirty;
		}
		c->is_dirty = false;
		if (!c->closing) {
			flush(c);
			trim(c);
		}
		if (c->closing && !c->is_dirty) {
			conn_free(c);
		}
	}
	/* What the end of a ring's connection changed. */
	journal_sync(s);
}
