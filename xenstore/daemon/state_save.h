/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a daemon's state down as records (state.h). The tree goes in
 * pieces, so that a journal can be begun anew while the daemon serves: what
 * is being written is a root, which does not change (store.h).
 */
#ifndef XENSTORE_DAEMON_STATE_SAVE_H
#define XENSTORE_DAEMON_STATE_SAVE_H

#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state.h"
#include "xenstore/daemon/txn.h"

struct domain;

/* Levels of the deepest tree: each component takes two bytes of a path. */
#define SAVE_LEVELS (XENSTORE_ABS_PATH_MAX / 2 + 2)

struct save_level {
	const struct node *node;
	uint32_t next; /* child to go to */
};

struct save {
	struct state_out out;
	const char *boot;     /* to say whose state it is, or NULL */
	struct strmap shared; /* pointers to nodes, to their numbers */
	bool sharing; /* there are more trees: each node gets a number */
	const struct node *live;
	unsigned int depth;
	struct save_level level[SAVE_LEVELS];
};

/* What of the connections: rings alone, or sockets too. */
enum save_scope {
	SAVE_RINGS,
	SAVE_ALL,
};

/*
 * The whole state but what only a live update hands on, without STATE_END.
 * Errors stay in sv->out.error.
 */
void save_server(struct save *sv, const struct server *s,
		 enum save_scope scope);

/*
 * The same without the tree, and with transactions by number alone; the tree
 * follows with save_tree_begin() and save_tree_step() until that is true.
 */
void save_outline(struct save *sv, const struct server *s);
void save_tree_begin(struct save *sv, const struct node *root);
bool save_tree_step(struct save *sv, unsigned int nodes);
/* Behind the tree's last step: it is the live one, and all is said. */
void save_live(struct save *sv);
void save_end(struct save *sv);
void save_clear(struct save *sv);

/* One record each, for a state or for journal() (journal.h). */
void save_change(struct state_out *o, const struct txn_change *c, bool live);
void save_domain(struct state_out *o, const struct domain *d);
void save_conn(struct state_out *o, const struct conn *c);
void save_watch(struct state_out *o, const struct watch *w);
void save_txn(struct state_out *o, const struct txn *t, bool trees);
void save_special(struct state_out *o, const char *name,
		  const struct perms *perms);
void save_quota(struct state_out *o, const struct server *s,
		enum quota_kind kind);

#endif
