/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A transaction that keeps losing gets its turn.
 *
 * A connection whose commits were refused with EAGAIN TURN_LOSSES times on
 * overlapping paths goes to the end of a queue. When it is first there, its
 * next transaction has the turn: until it ends, what others would change of
 * the paths that this client looked at or wrote the last time has to wait.
 * There is one turn at a time. The worked example is in txn.c.
 *
 * Waiting is holding back: the request stays unread in its connection, and
 * what that connection sent behind it too, so no order changes. Everybody
 * else goes on.
 *
 * What keeps this from being a way to stop others:
 *
 *  - A turn ends after TURN_MS, whether its transaction has ended or not. The
 *    transaction goes on then without it.
 *  - A request is held back at most once, a connection at most TURN_MS for
 *    each request.
 *  - A guest's turn never holds back domain 0, and domain 0 takes it away.
 *  - A guest's turn holds back changes of nodes only that this guest may
 *    write itself: it could spoil them anyway. And only those that the other
 *    one may make, so a refusal is never late and says nothing.
 *  - After a turn a guest rests for TURN_REST times as long as the turn took,
 *    so its turns are less than 1/TURN_REST of the time.
 *  - A turn covers TURN_PATHS paths, kept as hashes: what a client can make
 *    the daemon keep for its losses is one struct turn_claim.
 *  - Who is first in the queue and does not come for TURN_MS goes to its end.
 */
#ifndef XENSTORE_DAEMON_TURN_H
#define XENSTORE_DAEMON_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

struct conn;
struct server;
struct txn;

#define TURN_LOSSES 3u
#define TURN_MS	    50u
#define TURN_REST   20u
#define TURN_PATHS  64u
#define TURN_BLOOM  16u

/* Of one connection that lost: how often, and on what. */
struct turn_claim {
	struct conn *conn;
	struct turn_claim *next; /* in the queue */
	bool queued;
	uint32_t losses;
	uint32_t count;
	uint64_t path[TURN_PATHS];  /* hashes */
	uint64_t above[TURN_BLOOM]; /* Bloom filter of them and all above */
};

struct turn {
	struct txn *txn; /* that has the turn, or NULL */
	struct conn *conn;
	uint64_t since; /* it began, or else the queue began to wait; ms */
	struct turn_claim *first; /* queue */
	struct conn *held;	  /* newest first */
	uint64_t turns;
	uint64_t holds;
	uint64_t expired;
};

/* @t of @c begins: is it its turn? */
void turn_begin(struct conn *c, struct txn *t);
/* @t of @c could not commit for what others did. Before it is destroyed. */
void turn_lost(struct conn *c, const struct txn *t);
/* @t of @c has committed. */
void turn_won(struct conn *c, const struct txn *t);
/* @t is over, one way or another. */
void turn_end(struct server *s, const struct txn *t);

/* Must this request wait? Then the connection was put on hold. */
bool turn_holds(struct conn *c, const struct xsd_sockmsg *hdr,
		const char *data);

/* Drop what is kept for a connection: it closes or begins anew. */
void turn_forget(struct conn *c);

/* Time has passed: end a turn that took too long. */
void turn_tick(struct server *s);
/* Milliseconds until turn_tick() has something to do; -1: nothing. */
int turn_timeout(const struct server *s);

#endif
