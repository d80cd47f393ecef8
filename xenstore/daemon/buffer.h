/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes on their way into or out of a connection; without any, no memory. */
#ifndef XENSTORE_DAEMON_BUFFER_H
#define XENSTORE_DAEMON_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data;
	size_t start;
	size_t end;
	size_t capacity;
};

static inline size_t buffer_used(const struct buffer *b)
{
	return b->end - b->start;
}

/* Room for @len more bytes behind the end. -ENOMEM. */
int buffer_reserve(struct buffer *b, size_t len);
/* Into room that there is. */
void buffer_append(struct buffer *b, const void *data, size_t len);
void buffer_free(struct buffer *b);
/* Free it if nothing is in it. */
void buffer_trim(struct buffer *b);

/*
 * Lend memory to one that has none, the same to whichever has its turn: most
 * input is handled at once. Only what is left over is copied when it is given
 * back. -ENOMEM: that is lost.
 */
void buffer_borrow(struct buffer *b);
int buffer_give_back(struct buffer *b);

#endif
