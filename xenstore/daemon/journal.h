/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to the state, told as it happens, so that a daemon that is
 * killed can be started again with it: whoever changes something writes the
 * record of it (state_save.h) to journal() or, where it belongs to a ring's
 * connection, to journal_ring(). The tree, domains, limits and rights are told
 * for all; of connections only the rings', since sockets end with the daemon.
 *
 * Records collect in a batch, which goes to the keeper before any output is
 * pushed (journal_sync()) and is there after a crash wholly or not at all: so
 * what was acknowledged is there, and what belongs together is not torn.
 *
 * journal_file.c keeps the batches; tests keep them in memory.
 */
#ifndef XENSTORE_DAEMON_JOURNAL_H
#define XENSTORE_DAEMON_JOURNAL_H

#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state_save.h"

struct journal {
	/* Keep one batch; what goes wrong is the keeper's to say. */
	void (*append)(struct journal *j, const void *data, size_t len);
	struct state_out out;
};

/* Where a record goes; NULL (state_put() takes it): no journal is kept. */
struct state_out *journal(struct server *s);
/* The same for one of @c; NULL also if that is no ring's. */
struct state_out *journal_ring(const struct conn *c);

/* How much was told so far; it grows with each record. */
static inline uint64_t journal_told(const struct server *s)
{
	return s->journal ? s->journal->out.records : 0;
}

void journal_sync(struct server *s);

#endif
