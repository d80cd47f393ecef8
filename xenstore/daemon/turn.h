/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transactions that would lose to each other run one after the other.
 *
 * A connection whose commit was refused with EAGAIN keeps a claim: the paths
 * on which it lost. Its next transaction has the turn on these paths. Until it
 * ends, what others would change of them waits; and so does the start of a
 * transaction whose connection claims one of them too: it would only lose.
 * Turns on different paths run side by side. Who waits goes on in the order
 * in which they came. The worked example is in txn.c.
 *
 * Waiting is holding back: the request stays unread in its connection, and
 * what that connection sent behind it too, so no order changes. Everybody
 * else goes on.
 *
 * What keeps this from being a way to stop others:
 *
 *  - A turn ends after TURN_MS, whether its transaction has ended or not. The
 *    transaction goes on then without it, and its claim is gone.
 *  - A change waits for one turn, a start TURN_WAIT_MS at most; then they are
 *    handled whatever runs.
 *  - Who has a turn does not wait, so nobody waits for each other.
 *  - A guest's turn never holds back domain 0. It may be made to wait by that
 *    of domain 0, which waits for no guest.
 *  - A claim covers only what its connection may read and write itself: it
 *    could spoil them anyway. And only who may read and write them waits, so a
 *    refusal is never late, and waiting tells nothing that is not to be seen.
 *  - After a turn a guest rests for TURN_REST times as long as the turn took,
 *    so its turns are less than 1/TURN_REST of the time.
 *  - A claim is TURN_PATHS paths, kept as hashes: what a client can make the
 *    daemon keep for its losses is one struct turn. It is kept while its
 *    transactions go on touching those paths and others go on waiting.
 */
#ifndef XENSTORE_DAEMON_TURN_H
#define XENSTORE_DAEMON_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

struct conn;
struct server;
struct txn;

#define TURN_MS	     50u
#define TURN_WAIT_MS 1000u
#define TURN_REST    20u
#define TURN_PATHS   64u
#define TURN_BLOOM   16u

/* Of one connection that lost, or waits. */
struct turn {
	struct conn *conn;
	struct turn *next;     /* that run, oldest first */
	const struct txn *txn; /* that has it; NULL: about to start */
	bool runs;
	bool wanted; /* somebody waited for it, or it lost again */
	bool starts; /* what waits is the start of a transaction */
	uint64_t since;
	/* On hold (conn->held): */
	struct turn *next_held;
	struct turn *waits_for;
	uint64_t held_since;
	/* What it claims: */
	uint32_t count;
	uint64_t path[TURN_PATHS];  /* hashes */
	uint64_t above[TURN_BLOOM]; /* Bloom filter of them and all above */
};

struct turns {
	struct turn *running;	/* oldest first */
	struct turn *held;	/* oldest first */
	struct turn *held_last; /* if there is any */
	uint64_t count;
	uint64_t holds;
	uint64_t expired;
};

/* @t of @c begins: it may be its turn. */
void turn_begin(struct conn *c, const struct txn *t);
/* @t of @c could not commit for what others did. Before turn_end(). */
void turn_lost(struct conn *c, const struct txn *t);
/* @t of @c is over, one way or another. */
void turn_end(struct conn *c, const struct txn *t);

/* Must this request wait? Then the connection was put on hold. */
bool turn_holds(struct conn *c, const struct xsd_sockmsg *hdr,
		const char *data);

/* Drop what is kept for a connection: it closes or begins anew. */
void turn_forget(struct conn *c);

/* Time has passed: end turns that took too long. */
void turn_tick(struct server *s);
/* Milliseconds until turn_tick() has something to do; -1: nothing. */
int turn_timeout(const struct server *s);

#endif
