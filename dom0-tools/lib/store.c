/* SPDX-License-Identifier: BSD-2-Clause */
#include "dom0-tools/lib/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE_PATH_MAX 512

void store_begin(struct store_batch *batch, struct xs_handle *xs)
{
	batch->xs = xs;
	batch->rc = 0;
	batch->t = xs_transaction_start(xs);
	if (batch->t == XBT_NULL) {
		batch->rc = errno ? -errno : -EIO;
	}
}

int store_commit(struct store_batch *batch)
{
	bool abandon = batch->rc != 0;

	if (batch->t != XBT_NULL &&
	    !xs_transaction_end(batch->xs, batch->t, abandon) && !abandon) {
		batch->rc = errno ? -errno : -EIO;
	}
	batch->t = XBT_NULL;
	return batch->rc;
}

static void store_result(struct store_batch *batch, bool ok)
{
	if (!ok) {
		batch->rc = errno ? -errno : -EIO;
	}
}

void store_put(struct store_batch *batch, const char *base, const char *name,
	       const char *value)
{
	char path[STORE_PATH_MAX];

	if (batch->rc) {
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", base, name);
	store_result(batch, xs_write(batch->xs, batch->t, path, value,
				     (unsigned int)strlen(value)));
}

void store_putf(struct store_batch *batch, const char *base, const char *name,
		const char *format, ...)
{
	char value[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	store_put(batch, base, name, value);
}

void store_mkdir(struct store_batch *batch, const char *path)
{
	if (!batch->rc) {
		store_result(batch, xs_mkdir(batch->xs, batch->t, path));
	}
}

void store_remove(struct store_batch *batch, const char *path)
{
	if (!batch->rc && !xs_rm(batch->xs, batch->t, path) &&
	    errno != ENOENT) {
		batch->rc = errno ? -errno : -EIO;
	}
}

void store_perms(struct store_batch *batch, const char *path, uint32_t owner,
		 uint32_t reader)
{
	struct xs_permissions perms[2] = {
		{ .id = owner, .perms = XS_PERM_NONE },
		{ .id = reader, .perms = XS_PERM_READ },
	};

	if (!batch->rc) {
		store_result(batch, xs_set_permissions(
					    batch->xs, batch->t, path, perms,
					    owner == reader ? 1 : 2));
	}
}

char *store_read(struct xs_handle *xs, const char *format, ...)
{
	char path[STORE_PATH_MAX];
	unsigned int length;
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return xs_read(xs, XBT_NULL, path, &length);
}

int store_read_u64(struct xs_handle *xs, uint64_t *value, const char *format,
		   ...)
{
	char path[STORE_PATH_MAX];
	unsigned int length;
	char *text, *end;
	va_list args;
	int rc = 0;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	text = xs_read(xs, XBT_NULL, path, &length);
	if (!text) {
		return -ENOENT;
	}
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno || end == text || *end) {
		rc = -ENOENT;
	}
	free(text);
	return rc;
}

char **store_directory(struct xs_handle *xs, unsigned int *count,
		       const char *format, ...)
{
	char path[STORE_PATH_MAX];
	va_list args;
	char **names;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	*count = 0;
	names = xs_directory(xs, XBT_NULL, path, count);
	return names;
}

int store_write(struct xs_handle *xs, const char *path, const char *value)
{
	if (!xs_write(xs, XBT_NULL, path, value, (unsigned int)strlen(value))) {
		return errno ? -errno : -EIO;
	}
	return 0;
}

bool store_exists(struct xs_handle *xs, const char *path)
{
	unsigned int length;
	void *value = xs_read(xs, XBT_NULL, path, &length);

	free(value);
	return value != NULL;
}

void store_prune(struct xs_handle *xs, const char *path, const char *stop)
{
	char at[STORE_PATH_MAX];
	unsigned int count;
	char **names, *slash;

	snprintf(at, sizeof(at), "%s", path);
	xs_rm(xs, XBT_NULL, at);
	for (;;) {
		slash = strrchr(at, '/');
		if (!slash || slash == at) {
			return;
		}
		*slash = '\0';
		if (!strcmp(at, stop)) {
			return;
		}
		names = xs_directory(xs, XBT_NULL, at, &count);
		if (!names) {
			continue;
		}
		free(names);
		if (count) {
			return;
		}
		xs_rm(xs, XBT_NULL, at);
	}
}
