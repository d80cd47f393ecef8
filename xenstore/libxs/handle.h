/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A handle: one connection, used by one request at a time, whose incoming
 * messages are sorted into the reply and the events.
 *
 * Who reads: until a watch is set, the thread that waits for its reply; from
 * then on a thread of the library, so that events are seen while nobody makes
 * a request. Locks, in the order in which they are taken:
 *	request	one request and its reply; also the start of the thread
 *	state	everything below it; the condition goes with it
 *
 * Who is cancelled while it waits for an event holds no lock afterwards;
 * nowhere else is anybody cancelled. Who closes waits until nobody is inside:
 * those that wait for something see that the connection is dead.
 */
#ifndef XENSTORE_LIBXS_HANDLE_H
#define XENSTORE_LIBXS_HANDLE_H

#include <pthread.h>

#include "xenstore/libxs/transport.h"

struct xs_handle {
	struct transport transport;

	pthread_mutex_t request;
	uint32_t next_req_id;
	bool filter_unwatch;

	pthread_mutex_t state;
	pthread_cond_t changed;
	unsigned int inside; /* requests, and who waits for an event */
	struct message *reply;
	struct message *events;
	struct message **events_end;
	bool has_thread;
	bool has_pipe;
	int dead; /* the error that ended the connection, positive */
	int pipe[2];
	pthread_t thread;
};

int handle_create(unsigned long flags, struct xs_handle **out);
/*
 * Ends what waits, with EBADF, and frees the handle when it is out.
 * @forked: this process has neither the thread nor a say in its locks.
 */
void handle_destroy(struct xs_handle *h, bool forked);

/*
 * Send a request and wait for its reply, which the caller frees. An error of
 * the daemon comes back as -errno.
 */
int handle_request(struct xs_handle *h, uint32_t type, uint32_t tx,
		   const struct iovec *part, unsigned int count,
		   struct message **reply);

/* Have the thread read from now on. -errno. */
int handle_start_thread(struct xs_handle *h);

/* A descriptor that is readable while events wait. -errno. */
int handle_fileno(struct xs_handle *h);

/* The next event; @wait for one or -EAGAIN. */
int handle_next_event(struct xs_handle *h, bool wait, struct message **out);

/* Drop waiting events of @token at or below @path. */
void handle_drop_events(struct xs_handle *h, const char *path,
			const char *token);

#endif
