/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to the state, told as it happens, so that a daemon that is
 * killed can be started again with it: each call makes one record (state.h)
 * and hands it to the journal, before the reply to the request is made. A
 * server without a journal does nothing here.
 *
 * The tree, domains, limits and rights are told for all; of connections only
 * the rings', since sockets end with the daemon: their watches, the numbers
 * of their transactions, and bytes that are half sent or half received.
 *
 * journal_file.c keeps the records; tests keep them in memory.
 */
#ifndef XENSTORE_DAEMON_JOURNAL_H
#define XENSTORE_DAEMON_JOURNAL_H

#include "xenstore/daemon/ring.h"
#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state.h"
#include "xenstore/daemon/txn.h"

struct journal {
	/* Keep one record; what goes wrong is the keeper's to say. */
	void (*append)(struct journal *j, const void *data, size_t len);
	struct state_out out;
};

/* Changes of the tree that belong together: one, or all of a transaction. */
void journal_changes(struct server *s, const struct txn_change *c,
		     unsigned int count);

/* Permissions of a special name. */
void journal_special(struct server *s, const char *path,
		     const struct perms *perms);
void journal_quota(struct server *s, enum quota_kind kind);
/* A domain is new, or something that save_domain() tells has changed. */
void journal_domain(struct server *s, const struct domain *d);
void journal_release(struct server *s, unsigned int domid);
void journal_forget(struct server *s, unsigned int domid);

/* These look themselves whether @c is a ring. */
void journal_watch(struct conn *c, const struct watch *w);
void journal_unwatch(struct conn *c, const char *path, const char *token);
/* Its watches went; @all: transactions and bytes too. */
void journal_reset(struct conn *c, bool all);
void journal_begin(struct conn *c, uint32_t txn_id);
void journal_ended(struct conn *c, uint32_t txn_id);

/* What of a ring's streams is in no ring page, and where it belongs. */
void journal_bytes(struct conn *c, struct ring_place place);

#endif
