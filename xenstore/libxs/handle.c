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

static void set_dead(struct xs_handle *h, int rc);

/* Nobody else is inside any more, nor a thread of ours. */
static void empty(struct xs_handle *h)
{
	(void)pthread_mutex_lock(&h->state);
	set_dead(h, -EBADF);
	while (h->inside > 0) {
		(void)pthread_cond_wait(&h->changed, &h->state);
	}
	(void)pthread_mutex_unlock(&h->state);
	if (h->has_thread) {
		/* Not by cancelling it, which would load libgcc_s. */
		transport_stop(&h->transport);
		(void)pthread_join(h->thread, NULL);
	}
}

void handle_destroy(struct xs_handle *h, bool forked)
{
	if (!forked) {
		empty(h);
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

/* The first reason stays; called with state held. */
static void set_dead(struct xs_handle *h, int rc)
{
	if (!h->dead) {
		h->dead = -rc;
		/* Whoever polls must come and see. */
		if (!h->events) {
			pipe_fill(h);
		}
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

/* Take the lock for a request; the error of a dead connection. */
static int enter(struct xs_handle *h)
{
	int rc;

	(void)pthread_mutex_lock(&h->state);
	h->inside++;
	(void)pthread_mutex_unlock(&h->state);
	(void)pthread_mutex_lock(&h->request);
	(void)pthread_mutex_lock(&h->state);
	rc = -h->dead;
	(void)pthread_mutex_unlock(&h->state);
	return rc;
}

static void leave(struct xs_handle *h)
{
	(void)pthread_mutex_unlock(&h->request);
	(void)pthread_mutex_lock(&h->state);
	h->inside--;
	(void)pthread_cond_broadcast(&h->changed);
	(void)pthread_mutex_unlock(&h->state);
}

int handle_start_thread(struct xs_handle *h)
{
	int rc = enter(h);

	if (!rc && !h->has_thread) {
		rc = transport_make_stoppable(&h->transport);
		if (!rc) {
			rc = create_thread(h);
		}
		h->has_thread = !rc;
	}
	leave(h);
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

/* Is this the answer to what was @sent? */
static bool answers(const struct message *m, const struct xsd_sockmsg *sent)
{
	return m->hdr.req_id == sent->req_id &&
	       (m->hdr.type == XS_ERROR || m->hdr.type == sent->type);
}

/*
 * request is held. After a message that answers something else, none could be
 * matched with its request again.
 */
static int receive(struct xs_handle *h, const struct xsd_sockmsg *sent,
		   struct message **reply)
{
	int rc = h->has_thread ? 0 : read_reply(h);
	struct message *m = NULL;

	(void)pthread_mutex_lock(&h->state);
	if (!rc) {
		rc = wait_reply(h);
	}
	if (!rc) {
		m = h->reply;
		h->reply = NULL;
		rc = answers(m, sent) ? 0 : -EBADF;
	}
	if (rc) {
		set_dead(h, rc);
	} else if (m->hdr.type == XS_ERROR) {
		rc = -wire_error_value(m->data);
	}
	(void)pthread_mutex_unlock(&h->state);
	if (rc) {
		free(m);
		m = NULL;
	}
	*reply = m;
	return rc;
}

static int send_request(struct xs_handle *h, const struct xsd_sockmsg *hdr,
			const struct iovec *part, unsigned int count)
{
	int rc = transport_send(&h->transport, hdr, part, count);

	if (rc) {
		/* Who knows how much of it was sent? */
		(void)pthread_mutex_lock(&h->state);
		set_dead(h, rc);
		(void)pthread_mutex_unlock(&h->state);
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
	rc = enter(h);
	hdr.req_id = h->next_req_id++;
	if (!rc) {
		rc = send_request(h, &hdr, part, count);
	}
	if (!rc) {
		rc = receive(h, &hdr, reply);
	}
	leave(h);
	(void)pthread_setcancelstate(cancel, NULL);
	return rc;
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

static void stop_waiting(void *arg)
{
	struct xs_handle *h = arg;

	h->inside--;
	(void)pthread_cond_broadcast(&h->changed);
	(void)pthread_mutex_unlock(&h->state);
}

/* Whoever is cancelled here has not taken an event. */
static void wait_event(struct xs_handle *h)
{
	pthread_cleanup_push(stop_waiting, h);
	h->inside++;
	while (!h->events && !h->dead) {
		(void)pthread_cond_wait(&h->changed, &h->state);
	}
	h->inside--;
	(void)pthread_cond_broadcast(&h->changed);
	pthread_cleanup_pop(0);
}

/* The first event, or what there is instead; called with state held. */
static int take_event(struct xs_handle *h, struct message **out)
{
	struct message *m = h->events;

	*out = m;
	if (!m) {
		return h->dead ? -h->dead : -EAGAIN;
	}
	h->events = m->next;
	if (!h->events) {
		h->events_end = &h->events;
		if (!h->dead) {
			pipe_drain(h);
		}
	}
	return 0;
}

int handle_next_event(struct xs_handle *h, bool wait, struct message **out)
{
	int cancel;
	int rc;

	(void)pthread_mutex_lock(&h->state);
	if (wait) {
		wait_event(h);
	}
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	rc = take_event(h, out);
	(void)pthread_mutex_unlock(&h->state);
	(void)pthread_setcancelstate(cancel, NULL);
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
	int cancel;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
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
	(void)pthread_setcancelstate(cancel, NULL);
}
