/* SPDX-License-Identifier: BSD-2-Clause */
/* Single requests, each of which waits for its reply. */
#include "dom0-tools/lib/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* False and errno: what was cut off would be another node. */
static bool store_path(char path[STORE_PATH_MAX], const char *format,
		       va_list args)
{
	int len = vsnprintf(path, STORE_PATH_MAX, format, args);

	if (len < 0 || len >= STORE_PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	return true;
}

char *store_read(struct xs_handle *xs, const char *format, ...)
{
	char path[STORE_PATH_MAX];
	va_list args;
	bool good;

	va_start(args, format);
	good = store_path(path, format, args);
	va_end(args);
	return good ? xs_read(xs, XBT_NULL, path, NULL) : NULL;
}

int store_read_u64(struct xs_handle *xs, uint64_t *value, const char *format,
		   ...)
{
	char path[STORE_PATH_MAX];
	char *text, *end;
	va_list args;
	bool good;
	int rc = 0;

	va_start(args, format);
	good = store_path(path, format, args);
	va_end(args);
	text = good ? xs_read(xs, XBT_NULL, path, NULL) : NULL;
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
	bool good;

	*count = 0;
	va_start(args, format);
	good = store_path(path, format, args);
	va_end(args);
	return good ? xs_directory(xs, XBT_NULL, path, count) : NULL;
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
