/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of one daemon: the live tree, the books, the watches, the
 * connections and the domains. One thread owns all of it; nothing here locks.
 *
 * server.c knows no file descriptors and no hypervisor, so that tests and
 * the fuzzer run a whole daemon in memory.
 */
#ifndef XENSTORE_DAEMON_SERVER_H
#define XENSTORE_DAEMON_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "xenstore/common/wire.h"
#include "xenstore/daemon/metrics.h"
#include "xenstore/daemon/quota.h"
#include "xenstore/daemon/special.h"
#include "xenstore/daemon/store.h"
#include "xenstore/daemon/turn.h"
#include "xenstore/daemon/update.h"
#include "xenstore/daemon/watch.h"

struct conn;
struct domain;
struct journal;

struct server {
	struct node *root;
	struct ledger ledger; /* books at once in quota */
	struct quota *quota;
	struct watches watches;
	struct index txns; /* of all connections, by theirs and their number */
	struct turns turns;
	uint64_t now_ms;	  /* set by the main loop */
	struct specials specials; /* who may hear of the special names */
	struct conn *conns;
	struct conn *dirty; /* have output to push before the loop sleeps */
	struct conn **dirty_last;
	struct conn *ready; /* have input left over from their turn */
	struct conn **ready_last;
	struct domain *domains;
	struct index domids; /* of all domains */
	struct index ports;  /* of those that have one */
	/* A bit each: gone, and for want of memory not wholly forgotten. */
	uint8_t half_gone[PERMS_DOMID_RESERVED / 8 + 1];
	unsigned int half_gone_count;
	unsigned int conn_count;
	uint64_t requests[XS_TYPE_COUNT];
	struct metrics metrics;
	uint64_t conflicts;
	uint64_t commits;
	uint64_t events;
	uint64_t doomed;
	uint64_t past_limit; /* bytes that the past may take */
	uint64_t past_known; /* so much is allocated, and none can give way */
	uint64_t past_looks; /* how often one was looked for */
	const char *rundir;
	struct journal *journal; /* or NULL; see journal.h */
	struct update update;
};

/* Fill in a daemon with the tree that every xenstore starts with. -ENOMEM. */
int server_init(struct server *s);
/* Free all, connections first. */
void server_fini(struct server *s);

/* Push all pending output and forget closed connections; see conn.h. */
void server_settle(struct server *s);

/*
 * Open transactions keep the past alive. Beyond a limit those of guests give
 * up their view of it, oldest first.
 */
void server_limit_past(struct server *s);

/*
 * What a daemon counts, one after the other in a fixed order: the @i-th, or
 * NULL behind the last. New ones go to the end.
 */
uint64_t *server_total(struct server *s, unsigned int i);

/* Make @root (one reference, taken over) the live tree. */
void server_set_root(struct server *s, struct node *root);

#endif
