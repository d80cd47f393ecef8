/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of children that arrives in parts: each reply to DIRECTORY_PART
 * begins with the version of the list, and an empty name closes the last. When
 * the version differs from that of the first part, all begins again.
 */
#ifndef XENSTORE_LIBXS_CHILDREN_H
#define XENSTORE_LIBXS_CHILDREN_H

#include <stddef.h>

#define CHILDREN_VERSION_MAX 24u

/* Begins as zeros. */
struct children {
	char *names; /* one behind the other, each with its NUL; or NULL */
	size_t len;  /* where the next part begins */
	size_t size;
	unsigned int restarts;
	char version[CHILDREN_VERSION_MAX];
};

/* More names. -E2BIG: they have no end; -ENOMEM. */
int children_append(struct children *c, const char *names, size_t len);

/*
 * The reply for the part at c->len; a NUL is behind it. 1: the list is whole;
 * 0: ask for the next part; -EPROTO: it is no such reply; as children_append().
 */
int children_add_part(struct children *c, const char *data, size_t len);

#endif
