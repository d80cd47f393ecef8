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

/* Flags of a domain. */
#define SAVE_SHUTDOWN  0x1u
#define SAVE_CONNECTED 0x2u

/* Levels of the deepest tree: each component takes two bytes of a path. */
#define SAVE_LEVELS (XENSTORE_ABS_PATH_MAX / 2 + 2)

struct save_level {
	const struct node *node;
	uint32_t next; /* child to go to */
};

struct save {
	struct state_out out;
	const char *boot;     /* to say whose state it is, or NULL */
	struct strmap perms;  /* pointer to number */
	struct strmap shared; /* nodes, likewise */
	uint32_t perms_count;
	uint32_t shared_count;
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
/* Behind the tree's last step: it is the live one. */
void save_live(struct save *sv);

/* The last record. */
void save_end(struct save *sv);
void save_clear(struct save *sv);

/* Pieces that the journal writes too. */
void save_perms_list(struct state_out *o, const struct perms *perms);
void save_change(struct state_out *o, const struct txn_change *c);
void save_domain(struct state_out *o, const struct domain *d);
void save_watch(struct state_out *o, const struct watch *w);
void save_special(struct state_out *o, const char *path,
		  const struct perms *perms);
void save_quota(struct state_out *o, const char *name, uint64_t limit);

#endif
