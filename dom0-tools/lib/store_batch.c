/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A batch is in flight as a whole: each write is submitted with its path, and
 * its completion keeps the first failure. Since a daemon does what it is asked
 * in order, the first one told is the first one that failed. The transaction
 * is ended only when all have been told, so that nothing is committed in part.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore_async.h>

#include "dom0-tools/lib/store.h"

/* A write that has not been told yet. */
struct store_write {
	struct store_batch *batch;
	bool may_be_absent;
	char path[];
};

static void store_keep(struct store_batch *batch, int rc, const char *path)
{
	if (rc && !batch->rc) {
		batch->rc = rc;
		snprintf(batch->failed, sizeof(batch->failed), "%s", path);
	}
}

static void store_written(void *arg, const struct xs_async_reply *reply)
{
	struct store_write *write = arg;

	if (reply->error != -ENOENT || !write->may_be_absent) {
		store_keep(write->batch, reply->error, write->path);
	}
	free(write);
}

static void store_begun(void *arg, const struct xs_async_reply *reply)
{
	struct store_batch *batch = arg;

	store_keep(batch, reply->error, "");
	batch->t = reply->transaction;
}

static void store_ended(void *arg, const struct xs_async_reply *reply)
{
	store_keep(arg, reply->error, "");
}

/* All that is in flight is told. */
static void store_settle(struct store_batch *batch)
{
	if (batch->xs) {
		store_keep(batch, xs_async_wait(batch->xs, 0, -1), "");
	}
}

void store_begin(struct store_batch *batch, struct xs_async **connection)
{
	memset(batch, 0, sizeof(*batch));
	if (*connection && xs_async_fd(*connection) < 0) {
		xs_async_close(*connection);
		*connection = NULL;
	}
	if (!*connection) {
		store_keep(batch, xs_async_open(NULL, connection), "");
	}
	batch->xs = *connection;
	if (batch->xs) {
		store_keep(batch,
			   xs_async_transaction_start(batch->xs, store_begun,
						      batch),
			   "");
		store_settle(batch);
	}
}

int store_commit(struct store_batch *batch)
{
	store_settle(batch);
	if (batch->t != XBT_NULL) {
		/* Of an end that gives up, no failure is worth telling. */
		store_keep(batch,
			   xs_async_transaction_end(batch->xs, batch->t,
						    batch->rc != 0, store_ended,
						    batch),
			   "");
		store_settle(batch);
	}
	batch->t = XBT_NULL;
	return batch->rc;
}

void store_fail(struct store_batch *batch, int rc)
{
	store_settle(batch);
	store_keep(batch, rc, "");
}

/* One request of a batch: what it is and what it carries. */
struct store_request {
	uint32_t type;
	const struct iovec *part;
	uint32_t count;
};

static int store_try(struct store_batch *batch, const struct store_request *r,
		     struct store_write *write)
{
	return xs_async_request(batch->xs, r->type, batch->t, r->part, r->count,
				store_written, write);
}

/* A batch may be larger than what may be in flight: let half of it land. */
static void store_submit(struct store_batch *batch,
			 const struct store_request *r, const char *path)
{
	size_t size = strlen(path) + 1;
	struct store_write *write;
	int rc;

	if (batch->rc) {
		return;
	}
	write = malloc(sizeof(*write) + size);
	if (!write) {
		store_keep(batch, -ENOMEM, path);
		return;
	}
	write->batch = batch;
	write->may_be_absent = r->type == XS_RM;
	memcpy(write->path, path, size);
	rc = store_try(batch, r, write);
	while (rc == -EAGAIN) {
		uint32_t left = xs_async_outstanding(batch->xs) / 2;

		rc = xs_async_wait(batch->xs, left, -1);
		if (!rc) {
			rc = store_try(batch, r, write);
		}
	}
	if (rc) {
		store_keep(batch, rc, path);
		free(write);
	}
}

static struct iovec store_bytes(const char *text, size_t size)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)text,
			       .iov_len = size };
}

/* A request that is a path and perhaps something behind it. */
static void store_request(struct store_batch *batch, uint32_t type,
			  const char *path, const char *data, size_t size)
{
	struct iovec part[2] = { store_bytes(path, strlen(path) + 1),
				 store_bytes(data, size) };
	struct store_request r = { .type = type, .part = part, .count = 2 };

	store_submit(batch, &r, path);
}

void store_put(struct store_batch *batch, const char *base, const char *name,
	       const char *value)
{
	char path[STORE_PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/%s", base, name);

	/* What was cut off would be another node. */
	if (len < 0 || (size_t)len >= sizeof(path)) {
		store_settle(batch);
		store_keep(batch, -ENAMETOOLONG, path);
		return;
	}
	store_request(batch, XS_WRITE, path, value, strlen(value));
}

void store_putf(struct store_batch *batch, const char *base, const char *name,
		const char *format, ...)
{
	char *value = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&value, format, args);
	va_end(args);
	if (len < 0) {
		store_fail(batch, -ENOMEM);
		return;
	}
	store_put(batch, base, name, value);
	free(value);
}

void store_mkdir(struct store_batch *batch, const char *path)
{
	store_request(batch, XS_MKDIR, path, NULL, 0);
}

void store_remove(struct store_batch *batch, const char *path)
{
	store_request(batch, XS_RM, path, NULL, 0);
}

void store_perms(struct store_batch *batch, const char *path, uint32_t owner,
		 uint32_t reader)
{
	char text[32];
	int size = snprintf(text, sizeof(text), "n%u", owner) + 1;

	if (owner != reader) {
		size += snprintf(text + size, sizeof(text) - (size_t)size,
				 "r%u", reader) +
			1;
	}
	store_request(batch, XS_SET_PERMS, path, text, (size_t)size);
}
