// SPDX-License-Identifier: BSD-2-Clause
/*
 * The pipe behind xs_fileno() holds one byte exactly while the list of events
 * is not empty.
 */
#include "xenstore/libxs/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore/common/path.h"
#include "xenstore/libxs/xenstore.h"

/* Deep enough for one message and the C library. */
#define THREAD_STACK (64u * 1024u)

int handle_create(unsigned long flags, struct xs_handle **out)
{
	struct xs_handle *h = calloc(1, sizeof(*h));
	int rc;

	if (!h) {
		return -ENOMEM;
	}
	rc = transport_open(&h->transport);
	if (rc) {
		free(h);
		return rc;
	}
	(void)pthread_mutex_init(&h->request, NULL);
	(void)pthread_mutex_init(&h->state, NULL);
	(void)pthread_cond_init(&h->changed, NULL);
	h->events_end = &h->events;
	h->filter_unwatch = flags & XS_UNWATCH_FILTER;
	*out = h;
	return 0;
}

void handle_destroy(struct xs_handle *h, bool forked)
{
	if (h->has_thread && !forked) {
		/* Not by cancelling it, which would load libgcc_s. */
		transport_stop(&h->transport);
		(void)pthread_join(h->thread, NULL);
	}
	transport_close(&h->transport);
	if (h->has_pipe) {
		(void)close(h->pipe[0]);
		(void)close(h->pipe[1]);
	}
	while (h->events) {
		struct message *m = h->events;

		h->events = m->next;
		free(m);
	}
	free(h->reply);
	if (!forked) {
		(void)pthread_mutex_destroy(&h->request);
		(void)pthread_mutex_destroy(&h->state);
		(void)pthread_cond_destroy(&h->changed);
	}
	free(h);
}

static void pipe_fill(struct xs_handle *h)
{
	char byte = 0;

	while (h->has_pipe && write(h->pipe[1], &byte, 1) < 0 &&
	       errno == EINTR) {
	}
}

static void pipe_drain(struct xs_handle *h)
{
	char byte;

	while (h->has_pipe && read(h->pipe[0], &byte, 1) < 0 &&
	       errno == EINTR) {
	}
}

/* Called with state held. */
static void queue_event(struct xs_handle *h, struct message *m)
{
	if (!h->events) {
		pipe_fill(h);
	}
	*h->events_end = m;
	h->events_end = &m->next;
}

/* Sort one message; called with state held. */
static void take_message(struct xs_handle *h, struct message *m)
{
	if (m->hdr.type == XS_WATCH_EVENT) {
		queue_event(h, m);
	} else {
		free(h->reply);
		h->reply = m;
	}
	(void)pthread_cond_broadcast(&h->changed);
}

static void set_dead(struct xs_handle *h, int rc)
{
	h->dead = rc < 0 ? -rc : EIO;
	/* Whoever polls must come and see. */
	if (!h->events) {
		pipe_fill(h);
	}
	(void)pthread_cond_broadcast(&h->changed);
}

static void *reader(void *arg)
{
	struct xs_handle *h = arg;
	struct message *m = NULL;
	int rc;

	do {
		rc = transport_receive(&h->transport, &m);
		(void)pthread_mutex_lock(&h->state);
		if (rc) {
			set_dead(h, rc);
		} else {
			take_message(h, m);
		}
		(void)pthread_mutex_unlock(&h->state);
	} while (!rc);
	return NULL;
}

/* No signal of the program is delivered to our thread. */
static int create_thread(struct xs_handle *h)
{
	pthread_attr_t attr;
	sigset_t all;
	sigset_t old;
	int rc = pthread_attr_init(&attr);

	if (rc) {
		return -rc;
	}
	/* A failure here leaves the default size, which does as well. */
	(void)pthread_attr_setstacksize(&attr, THREAD_STACK);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&h->thread, &attr, reader, h);
	if (rc == EINVAL) {
		/* Thread-local data of the program may need more. */
		rc = pthread_create(&h->thread, NULL, reader, h);
	}
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return -rc;
}

int handle_start_thread(struct xs_handle *h)
{
	int rc = 0;

	(void)pthread_mutex_lock(&h->request);
	if (!h->has_thread) {
		rc = transport_make_stoppable(&h->transport);
		if (!rc) {
			rc = create_thread(h);
		}
		h->has_thread = !rc;
	}
	(void)pthread_mutex_unlock(&h->request);
	return rc;
}

/* The reply by the thread's hand; state is held. */
static int wait_reply(struct xs_handle *h)
{
	while (!h->reply && !h->dead) {
		(void)pthread_cond_wait(&h->changed, &h->state);
	}
	return h->reply ? 0 : -h->dead;
}

/* The reply by our own hand; state is not held, request is. */
static int read_reply(struct xs_handle *h)
{
	struct message *m;
	int rc;

	while (!h->reply) {
		rc = transport_receive(&h->transport, &m);
		if (rc) {
			return rc;
		}
		(void)pthread_mutex_lock(&h->state);
		take_message(h, m);
		(void)pthread_mutex_unlock(&h->state);
	}
	return 0;
}

/* request is held. */
static int receive(struct xs_handle *h, struct message **reply)
{
	int rc = h->has_thread ? 0 : read_reply(h);

	(void)pthread_mutex_lock(&h->state);
	if (!rc) {
		rc = wait_reply(h);
	}
	*reply = h->reply;
	h->reply = NULL;
	if (rc && !h->dead) {
		h->dead = -rc;
	}
	(void)pthread_mutex_unlock(&h->state);
	return rc;
}

static int check_reply(const struct xsd_sockmsg *sent, struct message **reply)
{
	struct message *m = *reply;
	int rc = 0;

	if (m->hdr.type == XS_ERROR) {
		rc = -wire_error_value(m->data);
	} else if (m->hdr.type != sent->type || m->hdr.req_id != sent->req_id) {
		rc = -EBADF;
	}
	if (rc) {
		free(m);
		*reply = NULL;
	}
	return rc;
}

int handle_request(struct xs_handle *h, uint32_t type, uint32_t tx,
		   const struct iovec *part, unsigned int count,
		   struct message **reply)
{
	struct xsd_sockmsg hdr = { .type = type, .tx_id = tx };
	size_t len = 0;
	int cancel;
	int rc;

	for (unsigned int i = 0; i < count; i++) {
		len += part[i].iov_len;
	}
	if (len > XENSTORE_PAYLOAD_MAX) {
		return -E2BIG;
	}
	hdr.len = (uint32_t)len;
	*reply = NULL;
	/* Cancelled half way, the next request would get our reply. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	(void)pthread_mutex_lock(&h->request);
	hdr.req_id = h->next_req_id++;
	rc = h->dead ? -h->dead
		     : transport_send(&h->transport, &hdr, part, count);
	if (!rc) {
		rc = receive(h, reply);
	}
	(void)pthread_mutex_unlock(&h->request);
	(void)pthread_setcancelstate(cancel, NULL);
	return rc ? rc : check_reply(&hdr, reply);
}

int handle_fileno(struct xs_handle *h)
{
	int rc = 0;

	(void)pthread_mutex_lock(&h->state);
	if (!h->has_pipe) {
		if (pipe2(h->pipe, O_CLOEXEC | O_NONBLOCK)) {
			rc = -errno;
		} else {
			h->has_pipe = true;
			if (h->events || h->dead) {
				pipe_fill(h);
			}
		}
	}
	(void)pthread_mutex_unlock(&h->state);
	return rc ? rc : h->pipe[0];
}

int handle_next_event(struct xs_handle *h, bool wait, struct message **out)
{
	struct message *m;
	int rc = 0;

	(void)pthread_mutex_lock(&h->state);
	while (wait && !h->events && !h->dead) {
		(void)pthread_cond_wait(&h->changed, &h->state);
	}
	m = h->events;
	if (m) {
		h->events = m->next;
		if (!h->events) {
			h->events_end = &h->events;
			if (!h->dead) {
				pipe_drain(h);
			}
		}
	} else {
		rc = h->dead ? -h->dead : -EAGAIN;
	}
	(void)pthread_mutex_unlock(&h->state);
	*out = m;
	return rc;
}

static bool concerns(const struct message *m, const char *path,
		     const char *token)
{
	const char *argv[2];

	return !wire_split(m->data, m->hdr.len, argv, 2) &&
	       strcmp(argv[XS_WATCH_TOKEN], token) == 0 &&
	       path_is_subpath(path, argv[XS_WATCH_PATH]);
}

void handle_drop_events(struct xs_handle *h, const char *path,
			const char *token)
{
	struct message **slot = &h->events;
	bool had;

	(void)pthread_mutex_lock(&h->state);
	had = h->events;
	while (*slot) {
		struct message *m = *slot;

		if (concerns(m, path, token)) {
			*slot = m->next;
			free(m);
		} else {
			slot = &m->next;
		}
	}
	h->events_end = slot;
	if (had && !h->events && !h->dead) {
		pipe_drain(h);
	}
	(void)pthread_mutex_unlock(&h->state);
}
