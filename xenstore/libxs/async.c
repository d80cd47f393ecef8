// SPDX-License-Identifier: BSD-2-Clause
/*
 * A connection with many requests in flight: queues of both directions, and
 * what may be believed of a daemon.
 *
 * A reply is matched by its req_id, not by its place: daemons answer in order,
 * but nothing here depends on it. A message that fits no outstanding request
 * ends the connection, since from then on no reply can be trusted.
 *
 * The kernel's device takes one whole message in each write and would drop
 * what stands behind it; a socket takes any piece of the stream.
 */
#include "xenstore/libxs/async.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Reads in one call, so that a flood of events does not hold the caller. */
#define READS_PER_CALL 16

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK)) {
		return -errno;
	}
	return 0;
}

static struct xs_async *new_connection(const struct xs_async_limits *limits)
{
	struct xs_async *a = calloc(1, sizeof(*a));

	if (!a) {
		return NULL;
	}
	if (limits) {
		a->limits = *limits;
	}
	if (a->limits.requests == 0) {
		a->limits.requests = ASYNC_REQUESTS;
	}
	if (a->limits.bytes == 0) {
		a->limits.bytes = ASYNC_BYTES;
	}
	a->end = &a->first;
	return a;
}

int xs_async_open(const struct xs_async_limits *limits, struct xs_async **out)
{
	struct xs_async *a = new_connection(limits);
	int rc = a ? transport_open(&a->transport) : -ENOMEM;

	if (!rc) {
		rc = set_nonblocking(a->transport.fd);
		if (rc) {
			transport_close(&a->transport);
		}
	}
	if (rc) {
		free(a);
		return rc;
	}
	*out = a;
	return 0;
}

int xs_async_open_fd(int fd, const struct xs_async_limits *limits,
		     struct xs_async **out)
{
	struct xs_async *a = new_connection(limits);
	int rc = a ? set_nonblocking(fd) : -ENOMEM;

	if (rc) {
		free(a);
		return rc;
	}
	transport_adopt(&a->transport, fd);
	*out = a;
	return 0;
}

/* Take @r out of the list at @slot and tell. */
static void complete(struct xs_async *a, struct async_request **slot,
		     const struct xs_async_reply *reply)
{
	struct async_request *r = *slot;

	*slot = r->next;
	if (a->end == &r->next) {
		a->end = slot;
	}
	a->outstanding--;
	if (r->done) {
		r->done(r->arg, reply);
	}
	free(r);
}

/* From now on every submission fails, so that the list only shrinks. */
static void fail(struct xs_async *a, int error)
{
	struct xs_async_reply reply = { .error = error, .data = "" };

	if (!a->error) {
		a->error = error;
	}
	a->out_start = a->out_end = 0;
	while (a->first) {
		complete(a, &a->first, &reply);
	}
}

static void destroy(struct xs_async *a)
{
	fail(a, -ECANCELED);
	transport_close(&a->transport);
	free(a->out);
	free(a);
}

void xs_async_close(struct xs_async *a)
{
	if (!a) {
		return;
	}
	if (a->busy) {
		a->closing = true;
		a->error = a->error ? a->error : -ECANCELED;
		return;
	}
	a->busy = true;
	destroy(a);
}

int xs_async_fd(const struct xs_async *a)
{
	return a->error ? -1 : a->transport.fd;
}

short xs_async_events(const struct xs_async *a)
{
	if (a->error) {
		return 0;
	}
	return a->out_end > a->out_start && !a->out_broken ? POLLIN | POLLOUT
							   : POLLIN;
}

unsigned int xs_async_outstanding(const struct xs_async *a)
{
	return a->outstanding;
}

void xs_async_on_event(struct xs_async *a, xs_async_event *event, void *arg)
{
	a->event = event;
	a->event_arg = arg;
}

/* Room for @len more bytes of output. */
static int reserve(struct xs_async *a, size_t len)
{
	size_t used = a->out_end - a->out_start;
	size_t size = a->out_size ? a->out_size : 4096;
	char *bigger;

	if (len <= a->out_size - a->out_end) {
		return 0;
	}
	if (used > 0 && a->out_start > 0) {
		memmove(a->out, a->out + a->out_start, used);
	}
	a->out_start = 0;
	a->out_end = used;
	while (size - used < len) {
		size *= 2;
	}
	if (size > a->out_size) {
		bigger = realloc(a->out, size);
		if (!bigger) {
			return -ENOMEM;
		}
		a->out = bigger;
		a->out_size = size;
	}
	return 0;
}

static void append(struct xs_async *a, const void *data, size_t len)
{
	if (len > 0) {
		memcpy(a->out + a->out_end, data, len);
		a->out_end += len;
	}
}

static bool has_room(const struct xs_async *a, size_t len)
{
	size_t unsent = a->out_end - a->out_start;

	return a->outstanding < a->limits.requests &&
	       (unsent == 0 || unsent + len <= a->limits.bytes);
}

static int payload_length(const struct iovec *part, unsigned int count,
			  uint32_t *out)
{
	size_t len = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (part[i].iov_len > XENSTORE_PAYLOAD_MAX - len) {
			return -E2BIG;
		}
		len += part[i].iov_len;
	}
	*out = (uint32_t)len;
	return 0;
}

int async_submit(struct xs_async *a, const struct xsd_sockmsg *what,
		 const struct iovec *part, unsigned int count,
		 enum async_priority priority, xs_async_done *done, void *arg)
{
	struct xsd_sockmsg hdr = { .type = what->type, .tx_id = what->tx_id };
	struct async_request *r;
	int rc = a->error;

	if (!rc) {
		rc = payload_length(part, count, &hdr.len);
	}
	if (!rc && priority == ASYNC_NEW &&
	    !has_room(a, sizeof(hdr) + hdr.len)) {
		rc = -EAGAIN;
	}
	if (!rc) {
		rc = reserve(a, sizeof(hdr) + hdr.len);
	}
	if (rc) {
		return rc;
	}
	r = malloc(sizeof(*r));
	if (!r) {
		return -ENOMEM;
	}
	hdr.req_id = a->next_req_id++;
	*r = (struct async_request){
		.req_id = hdr.req_id, .type = hdr.type, .done = done, .arg = arg
	};
	append(a, &hdr, sizeof(hdr));
	for (unsigned int i = 0; i < count; i++) {
		append(a, part[i].iov_base, part[i].iov_len);
	}
	*a->end = r;
	a->end = &r->next;
	a->outstanding++;
	return 0;
}

/* Bytes that one write may take: for the device, one message. */
static size_t next_write(const struct xs_async *a)
{
	struct xsd_sockmsg hdr;

	if (a->transport.is_socket) {
		return a->out_end - a->out_start;
	}
	memcpy(&hdr, a->out + a->out_start, sizeof(hdr));
	return sizeof(hdr) + hdr.len;
}

/*
 * Who hangs up may have answered before: so an error here ends only the
 * sending, and what there is to read decides.
 */
static void send_queued(struct xs_async *a)
{
	while (a->out_end > a->out_start && !a->out_broken) {
		ssize_t n = transport_send_some(
			&a->transport, a->out + a->out_start, next_write(a));

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			return;
		}
		if (n < 0) {
			a->out_broken = true;
			return;
		}
		a->out_start += (size_t)n;
	}
	if (a->out_start == a->out_end) {
		a->out_start = a->out_end = 0;
	}
}

/* A watch event: the path, the token, and what later protocols may add. */
static int take_event(struct xs_async *a, const char *data, size_t len)
{
	size_t path = strnlen(data, len) + 1;

	if (path >= len || strnlen(data + path, len - path) == len - path) {
		return -EPROTO;
	}
	if (a->event) {
		a->event(a->event_arg, data, data + path);
	}
	return 0;
}

/* What the reply says, if it can be one; -EPROTO if it cannot. */
static int understand(const struct async_request *r,
		      const struct xsd_sockmsg *hdr,
		      struct xs_async_reply *reply)
{
	unsigned long id;

	if (hdr->type == XS_ERROR) {
		reply->error = -wire_error_value(reply->data);
		reply->data = "";
		reply->len = 0;
		return 0;
	}
	if (hdr->type != r->type) {
		return -EPROTO;
	}
	if (r->type == XS_TRANSACTION_START) {
		if (wire_parse_number(reply->data, UINT32_MAX, &id) ||
		    id == XBT_NULL) {
			return -EPROTO;
		}
		reply->transaction = (xs_transaction_t)id;
	}
	return 0;
}

static int take_reply(struct xs_async *a, const struct xsd_sockmsg *hdr,
		      const char *data)
{
	struct xs_async_reply reply = { .data = data, .len = hdr->len };
	struct async_request **slot = &a->first;

	while (*slot && (*slot)->req_id != hdr->req_id) {
		slot = &(*slot)->next;
	}
	if (!*slot || understand(*slot, hdr, &reply)) {
		return -EPROTO;
	}
	complete(a, slot, &reply);
	return 0;
}

/* One message whose bytes are all there, and one writable byte behind them. */
static int take_message(struct xs_async *a, const struct xsd_sockmsg *hdr,
			char *data)
{
	char behind = data[hdr->len];
	int rc;

	data[hdr->len] = '\0';
	rc = hdr->type == XS_WATCH_EVENT ? take_event(a, data, hdr->len)
					 : take_reply(a, hdr, data);
	data[hdr->len] = behind;
	return rc;
}

/* All whole messages of the input; the rest moves to its front. */
static int take_input(struct xs_async *a)
{
	size_t at = 0;
	int rc = 0;

	while (!rc && !a->closing && a->in_len - at >= WIRE_HEADER_SIZE) {
		struct xsd_sockmsg hdr;

		memcpy(&hdr, a->in + at, sizeof(hdr));
		if (hdr.len > XENSTORE_PAYLOAD_MAX) {
			rc = -EPROTO;
		} else if (a->in_len - at < sizeof(hdr) + hdr.len) {
			break;
		} else {
			rc = take_message(a, &hdr, a->in + at + sizeof(hdr));
			at += sizeof(hdr) + hdr.len;
		}
	}
	memmove(a->in, a->in + at, a->in_len - at);
	a->in_len -= at;
	return rc;
}

/* Returns 0 when there is no more to read now. */
static int receive(struct xs_async *a)
{
	int rc = 0;

	for (int i = 0; i < READS_PER_CALL && !rc && !a->closing; i++) {
		ssize_t n = read(a->transport.fd, a->in + a->in_len,
				 sizeof(a->in) - 1 - a->in_len);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			return 0;
		}
		if (n <= 0) {
			return n < 0 ? -errno : -EPIPE;
		}
		a->in_len += (size_t)n;
		rc = take_input(a);
	}
	return rc;
}

int xs_async_process(struct xs_async *a)
{
	int rc;

	if (a->busy) {
		return -EDEADLK;
	}
	if (a->error) {
		return a->error;
	}
	a->busy = true;
	send_queued(a);
	rc = receive(a);
	if (rc && !a->closing) {
		fail(a, rc);
	} else if (!a->closing) {
		/* What the completions submitted. */
		send_queued(a);
	}
	if (a->closing) {
		destroy(a);
		return -ECANCELED;
	}
	a->busy = false;
	return a->error;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int xs_async_wait(struct xs_async *a, unsigned int left, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;
	int rc = xs_async_process(a);

	while (!rc && a->outstanding > left) {
		struct pollfd fd = { .fd = xs_async_fd(a),
				     .events = xs_async_events(a) };
		int64_t rest = timeout_ms < 0 ? -1 : end - now_ms();

		if (timeout_ms >= 0 && rest <= 0) {
			return -ETIMEDOUT;
		}
		if (poll(&fd, 1, (int)rest) < 0 && errno != EINTR) {
			return -errno;
		}
		rc = xs_async_process(a);
	}
	return rc;
}
