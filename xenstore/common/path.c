// SPDX-License-Identifier: BSD-2-Clause
/*
 * Paths are checked once, at the gate; after that a component is never empty
 * and the only path that ends in a slash is "/". The limits are the
 * protocol's, and the characters are those that every xenstore accepts.
 */
#include "xenstore/common/path.h"

#include <stdio.h>
#include <string.h>

static bool char_ok(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '@';
}

/* Components of [A-Za-z0-9_@-]+ joined by single slashes. */
static bool components_ok(const char *s)
{
	bool empty = true;

	for (; *s != '\0'; s++) {
		if (*s == '/') {
			if (empty) {
				return false;
			}
			empty = true;
		} else if (char_ok(*s)) {
			empty = false;
		} else {
			return false;
		}
	}
	return !empty;
}

size_t path_home_prefix(unsigned int domid, char *buf, size_t size)
{
	return (size_t)snprintf(buf, size, "/local/domain/%u/", domid);
}

static int canonicalise_special(const char *path, size_t len, char *out)
{
	if (len < 2 || !components_ok(path)) {
		return -EINVAL;
	}
	memcpy(out, path, len + 1);
	return 0;
}

int path_canonicalise(const char *path, unsigned int domid, bool allow_special,
		      char out[PATH_BUF_SIZE])
{
	size_t len = strnlen(path, XENSTORE_ABS_PATH_MAX + 1);
	size_t prefix;

	if (len == 0 || len > XENSTORE_ABS_PATH_MAX) {
		return -EINVAL;
	}
	if (path_is_special(path)) {
		return allow_special ? canonicalise_special(path, len, out)
				     : -EINVAL;
	}
	if (path[0] == '/') {
		if (len > 1 && !components_ok(path + 1)) {
			return -EINVAL;
		}
		memcpy(out, path, len + 1);
		return 0;
	}
	if (len > XENSTORE_REL_PATH_MAX || !components_ok(path)) {
		return -EINVAL;
	}
	prefix = path_home_prefix(domid, out, PATH_BUF_SIZE);
	memcpy(out + prefix, path, len + 1);
	return 0;
}

const char *path_next(const char *path, size_t *pos, size_t *len)
{
	const char *start = path + *pos;
	const char *end;

	if (*start == '/') {
		start++;
	}
	if (*start == '\0') {
		return NULL;
	}
	end = strchrnul(start, '/');
	*len = (size_t)(end - start);
	*pos = (size_t)(end - path);
	return start;
}

unsigned int path_depth(const char *path)
{
	unsigned int depth = *path != '/' && *path != '\0';

	for (; *path != '\0'; path++) {
		depth += path[0] == '/' && path[1] != '\0';
	}
	return depth;
}

size_t path_parent_len(const char *path, size_t len)
{
	if (len <= 1) {
		return 0;
	}
	while (len > 1 && path[len - 1] != '/') {
		len--;
	}
	return len > 1 ? len - 1 : 1;
}

bool path_is_subpath(const char *parent, const char *child)
{
	size_t len = strlen(parent);

	if (strcmp(parent, "/") == 0) {
		return child[0] == '/';
	}
	if (strncmp(parent, child, len) != 0) {
		return false;
	}
	return child[len] == '/' || child[len] == '\0';
}
