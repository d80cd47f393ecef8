// SPDX-License-Identifier: BSD-2-Clause
/*
 * The children of a node, however many. A daemon says E2BIG where they do not
 * fit in a reply; then they are asked for part by part: each reply begins with
 * the generation of the list, and an empty name closes the last. When the
 * generation differs from the one of the first part, all begins again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/libxs/async.h"

#define NAMES_MAX      (16u * 1024u * 1024u)
#define RESTARTS_MAX   100u
#define GENERATION_MAX 24u

struct directory {
	struct xs_async *a;
	xs_transaction_t t;
	xs_async_done *done;
	void *arg;
	char *names;
	size_t len;
	size_t size;
	unsigned int restarts;
	char generation[GENERATION_MAX];
	char path[];
};

static void take_part(void *arg, const struct xs_async_reply *reply);

static void finish(struct directory *d, int error)
{
	struct xs_async_reply reply = {
		.error = error,
		.data = error || !d->names ? "" : d->names,
		.len = error ? 0 : d->len,
	};

	if (d->done) {
		d->done(d->arg, &reply);
	}
	free(d->names);
	free(d);
}

static int ask_part(struct directory *d)
{
	struct xsd_sockmsg what = { .type = XS_DIRECTORY_PART, .tx_id = d->t };
	char offset[24];
	struct iovec part[2] = { { d->path, strlen(d->path) + 1 } };

	part[1].iov_base = offset;
	part[1].iov_len =
		(size_t)snprintf(offset, sizeof(offset), "%zu", d->len) + 1;
	return async_submit(d->a, &what, part, 2, ASYNC_CONTINUED, take_part,
			    d);
}

static int append_names(struct directory *d, const char *names, size_t len)
{
	size_t size = d->size ? d->size : XENSTORE_PAYLOAD_MAX;
	char *bigger;

	if (len > NAMES_MAX - d->len) {
		return -E2BIG;
	}
	while (size <= d->len + len) {
		size *= 2;
	}
	if (size > d->size) {
		bigger = realloc(d->names, size);
		if (!bigger) {
			return -ENOMEM;
		}
		d->names = bigger;
		d->size = size;
	}
	memcpy(d->names + d->len, names, len);
	d->len += len;
	d->names[d->len] = '\0';
	return 0;
}

/* 1: the list is whole; 0: there is more; or an error. */
static int add_part(struct directory *d, const struct xs_async_reply *reply)
{
	size_t head = strlen(reply->data) + 1;
	const char *names = reply->data + head;
	size_t len;
	bool last;
	int rc;

	if (head > reply->len || head > sizeof(d->generation)) {
		return -EPROTO;
	}
	if (d->len > 0 && strcmp(d->generation, reply->data) != 0) {
		d->len = 0;
		return ++d->restarts > RESTARTS_MAX ? -EBUSY : 0;
	}
	memcpy(d->generation, reply->data, head);
	len = reply->len - head;
	last = len == 0 ||
	       (names[len - 1] == '\0' && (len == 1 || names[len - 2] == '\0'));
	len -= last && len > 0;
	rc = append_names(d, names, len);
	return rc ? rc : last;
}

static void take_part(void *arg, const struct xs_async_reply *reply)
{
	struct directory *d = arg;
	int rc = reply->error ? reply->error : add_part(d, reply);

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
		rc = append_names(d, reply->data, reply->len);
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
