/* SPDX-License-Identifier: BSD-2-Clause */
/* Single requests, each of which waits for its reply. */
#include "dom0-tools/lib/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
