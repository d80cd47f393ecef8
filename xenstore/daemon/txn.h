/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transactions: a private root pointer, what was looked at to get there, and
 * the list of changes to make. See the worked example in txn.c.
 *
 * This layer knows trees and ledgers, no connections: who may do what was
 * decided by the caller, and what the caller looked at to decide it was noted
 * with txn_note().
 */
#ifndef XENSTORE_DAEMON_TXN_H
#define XENSTORE_DAEMON_TXN_H

#include "xenstore/daemon/index.h"
#include "xenstore/daemon/quota.h"
#include "xenstore/daemon/store.h"
#include "xenstore/daemon/strmap.h"

/*
 * What a look at a path depended on. The first three imply the fourth. ACCESS
 * is what the looker may do there, or, where nothing is, with the nearest node
 * above: a refusal depends on this alone, so that a commit that fails tells
 * nobody what happened behind it.
 */
#define TXN_DEP_VALUE  0x1u
#define TXN_DEP_PERMS  0x2u
#define TXN_DEP_LIST   0x4u
#define TXN_DEP_EXISTS 0x8u
#define TXN_DEP_ACCESS 0x10u
#define TXN_DEP_ALL    0x1fu

struct conn;

enum txn_change_kind {
	TXN_CHANGE_WRITE,
	TXN_CHANGE_MKDIR,
	TXN_CHANGE_REMOVE,
	TXN_CHANGE_PERMS,
};

/* One change of a tree. What it points to is its maker's, or its own. */
struct txn_change {
	enum txn_change_kind kind;
	unsigned int creator;
	const char *path;
	const char *data; /* WRITE: the value, @len bytes */
	size_t len;
	struct perms *perms; /* PERMS */
	char *own;	     /* memory of path and value; NULL: not its own */
};

struct txn {
	struct txn *next;  /* of the same connection */
	struct txn **prev; /* what points to it there */
	struct index_entry index;
	const struct conn *conn;
	uint32_t id;
	struct perms_subject who; /* set by conn_add_txn() */
	struct node *base;	  /* the live tree when it began */
	struct node *root;	  /* as it sees it now */
	struct ledger ledger;
	struct strmap deps; /* path to mask of TXN_DEP_* */
	struct txn_change *change;
	unsigned int change_count;
	unsigned int change_capacity;
	uint64_t bytes; /* that it keeps beside the trees */
	uint64_t order; /* when it began, among all */
	bool doomed;	/* its view was given up: it cannot commit */
};

/* Begin on the tree @live; NULL without memory. */
struct txn *txn_create(struct node *live, uint32_t id);
void txn_destroy(struct txn *t);

/*
 * Give up its view of the past, which keeps old nodes in memory: it goes on
 * with the tree @live, and ends with -EAGAIN.
 */
void txn_doom(struct txn *t, struct node *live);

/* Does one of its changes give @domid a node, or rights? */
bool txn_favours(const struct txn *t, unsigned int domid);

/* Make one change on a tree. -ENOENT, -ENOMEM. */
int txn_change_apply(struct node **root, struct ledger *l,
		     const struct txn_change *c);
/* Let a change have path, value and permissions of its own. -ENOMEM. */
int txn_change_keep(struct txn_change *c);
void txn_change_clear(struct txn_change *c);

/*
 * For who builds a transaction from what was written down: its trees (takes
 * over both references), and a change that was made in them already (takes
 * it over, with all that is its own). -ENOMEM.
 */
void txn_restore_trees(struct txn *t, struct node *base, struct node *root);
int txn_restore_change(struct txn *t, const struct txn_change *c);
/* The last number in order of beginning, and where to go on from. */
uint64_t txn_last_order(void);
void txn_set_last_order(uint64_t last);

/* What keeping one change costs, in bytes. */
size_t txn_change_bytes(const struct txn_change *c);

/* Remember that the result depends on @what of @path. -ENOMEM. */
int txn_note(struct txn *t, const char *path, unsigned int what);

/* Has anything been noted about @path? */
bool txn_noted(const struct txn *t, const char *path);

/* Is what it depends on by @dep, one of its own, still true in @live? */
bool txn_dep_holds(const struct txn *t, struct node *live,
		   const struct strmap_entry *dep);

/* Make a change in the transaction's tree and remember a copy of it. */
int txn_change(struct txn *t, const struct txn_change *c);

/*
 * Compute what the live tree becomes: *out gets a new root (one reference,
 * not yet live) and @ledger what is to be booked for it. -EAGAIN: somebody
 * changed what this one depends on. -ENOMEM. Changes nothing else; @t remains
 * to be destroyed.
 */
int txn_prepare(struct txn *t, struct node *live, struct ledger *ledger,
		struct node **out);

#endif
