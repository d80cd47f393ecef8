/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection: bytes in, requests, replies and events, bytes out; the same
 * for a socket and a ring, which differ only in their transport.
 *
 * A connection gets a turn with conn_run(): it reads, handles a bounded
 * number of requests and writes. Nothing in a turn waits. While the peer does
 * not fetch its replies no request of it is read, so what it can make the
 * daemon keep is bounded; events that others cause for it wait in a list,
 * equal ones are merged, and beyond a limit one event with the watch's own
 * path stands for all that are lost.
 *
 * A connection that is to go is only marked; server_settle() frees it when no
 * caller can still hold a pointer to it.
 */
#ifndef XENSTORE_DAEMON_CONN_H
#define XENSTORE_DAEMON_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "xenstore/common/perms.h"
#include "xenstore/common/wire.h"
#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state.h"
#include "xenstore/daemon/txn.h"

/*
 * How bytes come and go. read and write return a count, -EAGAIN when there is
 * nothing or no room now, another error when the peer is gone.
 */
struct transport {
	ssize_t (*read)(struct conn *c, void *buf, size_t len);
	ssize_t (*write)(struct conn *c, const void *buf, size_t len);
	/* What it waits for may have changed: c->waiting, conn_reads(). */
	void (*want)(struct conn *c);
	/* The peer broke the protocol; the connection is going to close. */
	void (*broken)(struct conn *c);
	/* Optional: output was pushed as far as it goes. */
	void (*pushed)(struct conn *c);
	/* The file descriptor that a live update hands on; NULL for rings. */
	int (*file)(const struct conn *c);
	void (*close)(struct conn *c);
};

struct buffer {
	char *data;
	size_t start;
	size_t end;
	size_t capacity;
};

struct conn_event {
	struct conn_event *next;
	struct watch *watch;
	size_t len;
	char path[];
};

struct conn {
	struct conn *next; /* all connections */
	struct conn **prev;
	struct conn *next_dirty;
	struct conn *next_ready;
	struct server *server;
	const struct transport *transport;
	void *peer; /* the transport's own */
	int file;   /* of one that was restored and waits for its socket */
	struct perms_subject who;
	uint32_t id; /* for logs */
	bool is_dirty;
	bool is_ready;
	bool closing;
	bool waiting; /* output waits for room */
	bool paused;  /* no request is read until an answer is there */
	bool held;    /* its next request waits for somebody's turn (turn.h) */
	bool starts;  /* and starts a transaction */
	bool passes;  /* has waited, and is handled now */
	struct conn *next_held;
	struct turn *waits_for;
	uint64_t held_since;
	struct turn *turn;  /* its claim and own turn, or NULL */
	bool changed_state; /* and the journal was not told how it goes on */

	struct buffer in;
	struct buffer out;
	struct conn_event *event_first;
	struct conn_event **event_last;
	size_t event_bytes;

	struct watch *watches;
	struct txn *txns;
	uint32_t txn_count;
	uint32_t next_txn_id;
};

/* A new connection of @domid; NULL without memory. */
struct conn *conn_create(struct server *s, const struct transport *transport,
			 void *peer, unsigned int domid);

/*
 * Take a turn: something arrived, there is room again, or input was left. Not
 * from within the turn of another one, whose input would be read over: there
 * conn_wake() is what is meant.
 */
void conn_run(struct conn *c);

/* Is any request of it read now? */
static inline bool conn_reads(const struct conn *c)
{
	return !c->held && !c->paused;
}

/* Read nothing of it until it is told to go on. */
void conn_pause(struct conn *c, bool on);
/* It may have something to do: give it a turn soon. */
void conn_wake(struct conn *c);

/* Mark it to go; its transport is closed when it is freed. */
void conn_close(struct conn *c);

/* Drop watches, transactions and everything buffered, and begin anew. */
void conn_reset(struct conn *c);

/* Drop all watches, and what they use. */
void conn_drop_watches(struct conn *c);
/* Drop one watch, and what it uses. -ENOENT. */
int conn_del_watch(struct conn *c, const char *path, const char *token);

/* Queue a reply to the request with header @req. */
void conn_reply(struct conn *c, const struct xsd_sockmsg *req, uint32_t type,
		const void *data, size_t len);
void conn_reply_error(struct conn *c, const struct xsd_sockmsg *req, int err);

struct txn *conn_find_txn(struct conn *c, uint32_t id);
void conn_add_txn(struct conn *c, struct txn *t);
void conn_del_txn(struct conn *c, struct txn *t);

/* The last number of a connection, and where to go on from. */
uint32_t conn_last_id(void);
void conn_set_last_id(uint32_t id);
/*
 * For who builds a connection from what was written down: one without a
 * transport (its file is in @file), bytes and events that wait. NULL, -ENOMEM.
 */
struct conn *conn_restore(struct server *s, uint32_t id, unsigned int domid);
int conn_restore_bytes(struct conn *c, const void *in, size_t in_len,
		       const void *out, size_t out_len);
int conn_restore_event(struct conn *c, struct watch *w, const char *path);
/* The bytes that wait, where they are, and how many. */
struct state_value conn_in(const struct conn *c);
struct state_value conn_out(const struct conn *c);
/* The first @len bytes of the output are with the peer. */
void conn_skip_out(struct conn *c, size_t len);
size_t conn_bytes_in(const struct conn *c);
size_t conn_bytes_out(const struct conn *c);

/* Run the turns that were left over; true if some are left again. */
bool server_run_ready(struct server *s);

#endif
