// SPDX-License-Identifier: BSD-2-Clause
/*
 * The children of a node, however many: where they do not fit in one reply the
 * daemon says E2BIG, and they are asked for in parts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/libxs/async.h"
#include "xenstore/libxs/children.h"

#define RESTARTS_MAX 100u

struct directory {
	struct xs_async *a;
	xs_transaction_t t;
	xs_async_done *done;
	void *arg;
	struct children children;
	char path[];
};

static void take_part(void *arg, const struct xs_async_reply *reply);

static void finish(struct directory *d, int error)
{
	struct xs_async_reply reply = {
		.error = error,
		.data = error || !d->children.names ? "" : d->children.names,
		.len = error ? 0 : d->children.len,
	};

	if (d->done) {
		d->done(d->arg, &reply);
	}
	free(d->children.names);
	free(d);
}

static int ask_part(struct directory *d)
{
	struct xsd_sockmsg what = { .type = XS_DIRECTORY_PART, .tx_id = d->t };
	char offset[24];
	struct iovec part[2] = { { d->path, strlen(d->path) + 1 } };

	part[1].iov_base = offset;
	part[1].iov_len = (size_t)snprintf(offset, sizeof(offset), "%zu",
					   d->children.len) +
			  1;
	return async_submit(d->a, &what, part, 2, ASYNC_CONTINUED, take_part,
			    d);
}

static void take_part(void *arg, const struct xs_async_reply *reply)
{
	struct directory *d = arg;
	int rc = reply->error ? reply->error
			      : children_add_part(&d->children, reply->data,
						  reply->len);

	if (!rc && d->children.restarts > RESTARTS_MAX) {
		rc = -EBUSY;
	}
	if (!rc) {
		rc = ask_part(d);
		if (!rc) {
			return;
		}
	}
	finish(d, rc < 0 ? rc : 0);
}

static void take_all(void *arg, const struct xs_async_reply *reply)
{
	struct directory *d = arg;
	int rc = reply->error;

	if (rc == -E2BIG) {
		rc = ask_part(d);
		if (!rc) {
			return;
		}
	} else if (!rc) {
		rc = children_append(&d->children, reply->data, reply->len);
	}
	finish(d, rc);
}

int xs_async_directory(struct xs_async *a, xs_transaction_t t, const char *path,
		       xs_async_done *done, void *arg)
{
	size_t size = strlen(path) + 1;
	struct directory *d = calloc(1, sizeof(*d) + size);
	struct iovec part = { .iov_base = (void *)(uintptr_t)path,
			      .iov_len = size };
	int rc;

	if (!d) {
		return -ENOMEM;
	}
	d->a = a;
	d->t = t;
	d->done = done;
	d->arg = arg;
	memcpy(d->path, path, size);
	rc = xs_async_request(a, XS_DIRECTORY, t, &part, 1, take_all, d);
	if (rc) {
		free(d);
	}
	return rc;
}
