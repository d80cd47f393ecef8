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
#include "xenstore/daemon/buffer.h"
#include "xenstore/daemon/loop.h"
#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state.h"
#include "xenstore/daemon/txn.h"

/*
 * How bytes come and go. read and write return a count, -EAGAIN when there is
 * nothing or no room now, another error when the peer is gone. Without them
 * the connection was restored and has no peer yet. All others are optional.
 */
struct transport {
	ssize_t (*read)(struct conn *c, void *buf, size_t len);
	ssize_t (*write)(struct conn *c, const void *buf, size_t len);
	/* What it waits for may have changed: c->waiting, conn_reads(). */
	void (*want)(struct conn *c);
	/* The peer broke the protocol; the connection is going to close. */
	void (*broken)(struct conn *c);
	/* Output was pushed as far as it goes. */
	void (*pushed)(struct conn *c);
	/* The file descriptor that a live update hands on; not of rings. */
	int (*file)(const struct conn *c);
	void (*close)(struct conn *c);
};

struct conn_event {
	struct conn_event *next;
	struct watch *watch;
	size_t len;
	char path[];
};

/* What a connection has while something is under way. */
struct conn_io {
	struct conn *next_ready;
	struct buffer in;
	struct buffer out;
	struct conn_event *event_first;
	struct conn_event **event_last;
	size_t event_bytes;
};

#define CONN_ID_MAX (UINT32_MAX >> 1)

struct conn {
	struct conn *next; /* all connections */
	struct conn **prev;
	struct conn *next_dirty;
	struct server *server;
	const struct transport *transport;
	union {
		void *peer; /* the transport's own */
		/* of a socket; while it is restored only the descriptor */
		struct loop_source source;
	};
	struct perms_subject who;
	uint32_t id; /* for logs and records; up to CONN_ID_MAX */
	uint32_t next_txn_id;
	bool is_dirty;
	bool is_ready;
	bool closing;
	bool waiting; /* output waits for room */
	bool paused;  /* no request is read until an answer is there */
	bool held;    /* its next request waits for somebody's turn (turn.h) */
	bool passes;  /* has waited, and is handled now */
	bool changed_state; /* and the journal was not told how it goes on */
	struct conn_io *io; /* or NULL: it is idle */
	struct turn *turn;  /* its claim, its turn, and what it waits for */
	struct watch *watches;
	struct txn *txns;
};

/* A new connection of @domid; NULL without memory. */
struct conn *conn_create(struct server *s, const struct transport *transport,
			 void *peer, unsigned int domid);

/* The one with this number, or NULL; looks at all. */
struct conn *conn_find(const struct server *s, uint64_t id);

/*
 * Take a turn: something arrived, there is room again, or input was left. Not
 * from within the turn of another one, whose input would be read over: there
 * conn_wake() is what is meant.
 */
void conn_run(struct conn *c);

/* What it needs to go to work; NULL without memory: then it is closed. */
struct conn_io *conn_io_get(struct conn *c);
/* It has output to push, or is to go, before the loop sleeps. */
void conn_mark_dirty(struct conn *c);

static inline size_t conn_bytes_in(const struct conn *c)
{
	return c->io ? buffer_used(&c->io->in) : 0;
}

static inline size_t conn_bytes_out(const struct conn *c)
{
	return c->io ? buffer_used(&c->io->out) : 0;
}

/* Events behind that, and what they take. */
static inline const struct conn_event *conn_events(const struct conn *c)
{
	return c->io ? c->io->event_first : NULL;
}

static inline size_t conn_event_bytes(const struct conn *c)
{
	return c->io ? c->io->event_bytes : 0;
}

/* Is any request of it read now? */
static inline bool conn_reads(const struct conn *c)
{
	return !c->held && !c->paused;
}

/* Read nothing of it until it is told to go on. */
void conn_pause(struct conn *c, bool on);
/* It may have something to do: give it a turn soon. */
void conn_wake(struct conn *c);
/* Tell the transport that what it waits for may have changed. */
void conn_want(struct conn *c);

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

/* Move waiting events to the buffer while that has room. */
void conn_feed_events(struct conn *c);
/* Let one wait. */
void conn_push_event(struct conn *c, struct watch *watch, const char *path,
		     size_t len);
/* Drop those of a watch (NULL: all), if there are any. */
void conn_drop_events(struct conn *c, const struct watch *only);

struct txn *conn_find_txn(struct conn *c, uint32_t id);
void conn_add_txn(struct conn *c, struct txn *t);
void conn_del_txn(struct conn *c, struct txn *t);

/* The last number of a connection, and where to go on from. */
uint32_t conn_last_id(void);
void conn_set_last_id(uint32_t id);
/*
 * For who builds a connection from what was written down: one without a
 * transport (its file goes to @source), bytes and events that wait. NULL,
 * -ENOMEM.
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

/* Run the turns that were left over; true if some are left again. */
bool server_run_ready(struct server *s);

#endif
