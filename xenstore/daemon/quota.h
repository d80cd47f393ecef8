/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each domain uses of the store, and how much it may use.
 *
 * Usage is booked on the owner of a thing (a node's owner, a watch's
 * connection); limits bind the domain that asks, and for what grows the one
 * that it is booked on, but never domain 0. A change of the live tree books
 * directly; a transaction books into a ledger, which is added to the books when
 * it commits.
 *
 * Every hit is counted and logged with domain, limit, need and maximum; the
 * log at most once a minute for each domain and kind. A soft limit is only
 * told.
 */
#ifndef XENSTORE_DAEMON_QUOTA_H
#define XENSTORE_DAEMON_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum quota_kind {
	QUOTA_NODES,	    /* nodes owned */
	QUOTA_MEMORY,	    /* bytes: nodes owned, watches, open writes */
	QUOTA_WATCHES,	    /* watches set */
	QUOTA_TRANSACTIONS, /* transactions open */
	QUOTA_TXN_PATHS,    /* paths of one transaction, changes */
	QUOTA_NODE_SIZE,    /* bytes in one value */
	QUOTA_PERMS,	    /* entries in one permission list */
	QUOTA_DEPTH,	    /* components in one path */
	QUOTA_PATH_MAX,	    /* bytes in the path of a new node */
	QUOTA_OUTSTANDING,  /* kilobytes of events not fetched */
	QUOTA_SOFT_MEMORY,  /* as MEMORY, but a hit refuses nothing */
	QUOTA_KINDS
};

#define QUOTA_DOMIDS 0x10000u

struct quota_use {
	uint64_t nodes;
	uint64_t bytes;
	uint32_t watches;
	uint32_t transactions;
	uint32_t hits[QUOTA_KINDS];
	uint32_t logged[QUOTA_KINDS]; /* second of the last log line, +1 */
	uint64_t turn_after;   /* no turn (turn.h) before; milliseconds */
	uint32_t broke_logged; /* the same for broken protocol */
};

struct quota {
	uint64_t limit[QUOTA_KINDS];
	uint64_t hits[QUOTA_KINDS]; /* of all domains, ever */
	uint64_t broke;		    /* connections closed for what they sent */
	uint64_t booked;	    /* bytes of the live tree */
	uint32_t now;		    /* seconds, set by the main loop */
	struct quota_use use[QUOTA_DOMIDS];
};

/* What a transaction would add to the books. */
struct ledger_row {
	unsigned int domid;
	int64_t nodes;
	int64_t bytes;
};

/*
 * Changes go through a ledger. With @book it books at once. Without, it
 * collects rows; if a row cannot be kept, @failed stays set and the
 * transaction must not commit.
 */
struct ledger {
	struct quota *book;
	struct ledger_row *row;
	unsigned int count;
	unsigned int capacity;
	bool failed;
};

struct quota *quota_create(void);
void quota_destroy(struct quota *q);

const char *quota_name(enum quota_kind kind);
/* What the limit is about, for people. */
const char *quota_text(enum quota_kind kind);
bool quota_is_soft(enum quota_kind kind);
/* The kind with this name, or -ENOENT. */
int quota_find(const char *name, enum quota_kind *out);
/* Set a limit from a name and a decimal number from 1 on; -EINVAL. */
int quota_set(struct quota *q, const char *name, const char *number);

/*
 * May @domid have @need of @kind? 0 or -ENOSPC, counted and logged. Domain 0
 * always may.
 */
int quota_check(struct quota *q, unsigned int domid, enum quota_kind kind,
		uint64_t need);

/*
 * @domid broke the protocol: count it. True if that may be logged, which is
 * once a minute for each domain.
 */
bool quota_broke(struct quota *q, unsigned int domid);

/* A domain is gone: its counters of hits and log times begin anew. */
void quota_forget(struct quota *q, unsigned int domid);

void ledger_add(struct ledger *l, unsigned int domid, int64_t nodes,
		int64_t bytes);
/* Nodes and bytes that @l adds for @domid, beyond the books. */
struct ledger_row ledger_get(const struct ledger *l, unsigned int domid);
/* Book all rows of @l in @q and empty it. */
void ledger_commit(struct ledger *l, struct quota *q);
void ledger_clear(struct ledger *l);

#endif
