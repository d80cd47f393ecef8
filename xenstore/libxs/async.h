/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside libxenstore-async. A connection holds its outstanding requests in the
 * order of submission, the bytes not sent yet, and the bytes of replies that
 * are not whole yet. A request is in the list from its submission until just
 * before its completion is called, which is why that happens once.
 */
#ifndef XENSTORE_LIBXS_ASYNC_H
#define XENSTORE_LIBXS_ASYNC_H

#include "xenstore/libxs/transport.h"
#include "xenstore/libxs/xenstore_async.h"

#define ASYNC_REQUESTS 1024u
#define ASYNC_BYTES    (256u * 1024u)
/* Holds at least one whole message, and a NUL. */
#define ASYNC_INPUT (16u * 1024u)

struct async_request {
	struct async_request *next;
	uint32_t req_id;
	uint32_t type;
	xs_async_done *done;
	void *arg;
};

struct xs_async {
	struct transport transport;
	struct xs_async_limits limits;

	struct async_request *first;
	struct async_request **end;
	unsigned int outstanding;
	uint32_t next_req_id;

	xs_async_event *event;
	void *event_arg;

	char *out; /* [out_start, out_end) is unsent */
	size_t out_start;
	size_t out_end;
	size_t out_size;
	bool out_broken; /* nothing can be sent; replies may still come */

	size_t in_len;
	int error; /* of the connection, negative */
	bool busy; /* in xs_async_process() */
	bool closing;
	char in[ASYNC_INPUT];
};

/* Whether limits bind: not what goes on with a request that was accepted. */
enum async_priority {
	ASYNC_NEW,
	ASYNC_CONTINUED
};

/* Submit; see xs_async_request(). */
int async_submit(struct xs_async *a, const struct xsd_sockmsg *what,
		 const struct iovec *part, unsigned int count,
		 enum async_priority priority, xs_async_done *done, void *arg);

#endif
