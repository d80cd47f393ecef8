// SPDX-License-Identifier: BSD-2-Clause
/*
 * A batch is put together in a buffer that stays, so telling a record costs
 * its bytes and their check sum. One that cannot be made for want of memory
 * would be a hole that nobody sees; the keeper is told with no bytes at all,
 * and gives the journal up.
 */
#include "xenstore/daemon/journal.h"

#include "xenstore/daemon/conn.h"

struct state_out *journal(struct server *s)
{
	struct state_out *o = s->journal ? &s->journal->out : NULL;

	if (o && o->len == 0 && !o->error) {
		state_begin(o, STATE_BATCH);
	}
	return o;
}

struct state_out *journal_ring(const struct conn *c)
{
	/* Without a peer, the domain is gone and was told to be. */
	return c->transport->file || !c->peer ? NULL : journal(c->server);
}

void journal_sync(struct server *s)
{
	struct state_out *o = s->journal ? &s->journal->out : NULL;

	if (!o || (o->len == 0 && !o->error)) {
		return;
	}
	o->open = 0;
	state_end(o);
	s->journal->append(s->journal, o->data, o->error ? 0 : o->len);
	o->len = 0;
	o->error = 0;
}
