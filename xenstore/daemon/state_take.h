/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the functions behind state_rows have in common while records are read.
 * Each take_ function finds the record in @value, everything as the row of its
 * table wants it; judges what depends on other records; and changes the server.
 * 0, -EINVAL with the reason in @in, -ENOMEM.
 */
#ifndef XENSTORE_DAEMON_STATE_TAKE_H
#define XENSTORE_DAEMON_STATE_TAKE_H

#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state.h"
#include "xenstore/daemon/state_load.h"

struct txn;

/* A node with what its tree amounts to. */
struct loaded_node {
	struct node *node;
	uint64_t count;	 /* of nodes */
	size_t path_len; /* of the longest path below, with its own name */
};

struct nodes {
	struct loaded_node *item;
	size_t count;
	size_t capacity;
};

struct load {
	struct server *server;
	struct state_in in;
	struct state_value value[STATE_VALUES]; /* of the record */
	struct state_extra *extra;
	struct nodes stack;
	struct nodes shared;
	struct perms *perms[64]; /* that came last, by their bytes */
	bool live;
	bool ended;
	bool sockets;	   /* their descriptors are ours: a live update */
	struct conn *conn; /* that the record is about; see take_find() */
	struct txn *txn;   /* that the next records belong to */
};

/* Take the record that @l->in stands at, if it may be @where. */
int take_record(struct load *l, unsigned int where);

/* A permission list, the same for the same bytes if it can; one reference. */
int take_list(struct load *l, const struct state_value *list,
	      struct perms **out);
/* The connection with this number, which is @l->conn then; or NULL. */
struct conn *take_find(struct load *l, uint64_t id);
/* The whole tree on the stack's end; the caller gets its reference. */
int take_tree(struct load *l, struct node **out);
void nodes_clear(struct nodes *n);

int take_origin(struct load *l);
int take_totals(struct load *l);
int take_counters(struct load *l);
int take_quota(struct load *l);
int take_special(struct load *l);
int take_domain(struct load *l);
int take_hits(struct load *l);
int take_node(struct load *l);
int take_again(struct load *l);
int take_live(struct load *l);
int take_conn(struct load *l);
int take_watch(struct load *l);
int take_event(struct load *l);
int take_txn(struct load *l);
int take_dep(struct load *l);
int take_change(struct load *l);
int take_handover(struct load *l);
int take_end(struct load *l);
int take_batch(struct load *l);
int take_gone(struct load *l);
int take_unwatch(struct load *l);
int take_reset(struct load *l);
int take_txn_end(struct load *l);

#endif
