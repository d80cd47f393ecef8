// SPDX-License-Identifier: BSD-2-Clause
/*
 * A record is put together in a buffer that stays, so telling one costs its
 * bytes and their check sum. A record that cannot be made for want of memory
 * would be a hole that nobody sees; the keeper is told with no bytes at all,
 * and gives the journal up.
 */
#include "xenstore/daemon/journal.h"

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/state_save.h"

static struct state_out *begin(struct server *s, enum state_type type)
{
	struct state_out *o = &s->journal->out;

	o->len = 0;
	o->error = 0;
	state_begin(o, type);
	return o;
}

static void end(struct server *s)
{
	struct state_out *o = &s->journal->out;

	state_end(o);
	s->journal->append(s->journal, o->data, o->error ? 0 : o->len);
}

void journal_changes(struct server *s, const struct txn_change *c,
		     unsigned int count)
{
	struct state_out *o;

	if (!s->journal) {
		return;
	}
	o = begin(s, LOG_CHANGES);
	state_put_u32(o, count);
	for (unsigned int i = 0; i < count; i++) {
		save_change(o, &c[i]);
	}
	end(s);
}

void journal_special(struct server *s, const char *path,
		     const struct perms *perms)
{
	if (s->journal) {
		save_special(begin(s, LOG_SPECIAL), path, perms);
		end(s);
	}
}

void journal_quota(struct server *s, enum quota_kind kind)
{
	if (s->journal) {
		save_quota(begin(s, LOG_QUOTA), quota_name(kind),
			   s->quota->limit[kind]);
		end(s);
	}
}

void journal_domain(struct server *s, const struct domain *d)
{
	if (s->journal) {
		save_domain(begin(s, LOG_DOMAIN), d);
		end(s);
	}
}

static void one_number(struct server *s, enum state_type type, uint32_t v)
{
	if (s->journal) {
		state_put_u32(begin(s, type), v);
		end(s);
	}
}

void journal_release(struct server *s, unsigned int domid)
{
	one_number(s, LOG_RELEASE, domid);
}

void journal_forget(struct server *s, unsigned int domid)
{
	one_number(s, LOG_FORGET, domid);
}

/* A record about a ring begins with its domain; NULL: nothing to tell. */
static struct state_out *begin_ring(const struct conn *c, enum state_type type)
{
	struct state_out *o;

	/* Without a peer, the domain is gone and was told to be. */
	if (!c->server->journal || c->transport->file || !c->peer) {
		return NULL;
	}
	o = begin(c->server, type);
	state_put_u32(o, c->who.domid);
	return o;
}

void journal_watch(struct conn *c, const struct watch *w)
{
	struct state_out *o = begin_ring(c, LOG_WATCH);

	if (o) {
		save_watch(o, w);
		end(c->server);
	}
}

void journal_unwatch(struct conn *c, const char *path, const char *token)
{
	struct state_out *o = begin_ring(c, LOG_UNWATCH);

	if (o) {
		state_put_str(o, path);
		state_put_str(o, token);
		end(c->server);
	}
}

static void ring_number(struct conn *c, enum state_type type, uint32_t v)
{
	struct state_out *o = begin_ring(c, type);

	if (o) {
		state_put_u32(o, v);
		end(c->server);
	}
}

void journal_reset(struct conn *c, bool all)
{
	ring_number(c, LOG_RESET, all);
}

void journal_begin(struct conn *c, uint32_t txn_id)
{
	ring_number(c, LOG_BEGIN, txn_id);
}

void journal_ended(struct conn *c, uint32_t txn_id)
{
	ring_number(c, LOG_ENDED, txn_id);
}

void journal_bytes(struct conn *c, struct ring_place place)
{
	struct state_out *o = begin_ring(c, LOG_BYTES);

	if (o) {
		state_put_u32(o, place.req_cons);
		state_put_u32(o, place.rsp_prod);
		conn_save_bytes(c, o);
		end(c->server);
	}
}
