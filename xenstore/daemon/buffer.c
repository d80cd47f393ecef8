// SPDX-License-Identifier: BSD-2-Clause
#include "xenstore/daemon/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char borrowed[8192];

void buffer_free(struct buffer *b)
{
	if (b->data != borrowed) {
		free(b->data);
	}
	memset(b, 0, sizeof(*b));
}

int buffer_reserve(struct buffer *b, size_t len)
{
	size_t need = buffer_used(b) + len;
	size_t capacity = b->capacity ? b->capacity : 512;
	char *bigger;

	if (b->capacity - b->end >= len) {
		return 0;
	}
	if (b->start > 0) {
		memmove(b->data, b->data + b->start, buffer_used(b));
		b->end -= b->start;
		b->start = 0;
	}
	while (capacity < need) {
		capacity *= 2;
	}
	if (capacity == b->capacity) {
		return 0;
	}
	bigger = realloc(b->data, capacity);
	if (!bigger) {
		return -ENOMEM;
	}
	b->data = bigger;
	b->capacity = capacity;
	return 0;
}

void buffer_append(struct buffer *b, const void *data, size_t len)
{
	if (len > 0) {
		memcpy(b->data + b->end, data, len);
		b->end += len;
	}
}

void buffer_trim(struct buffer *b)
{
	if (buffer_used(b) == 0) {
		buffer_free(b);
	}
}

void buffer_borrow(struct buffer *b)
{
	if (!b->data) {
		*b = (struct buffer){ .data = borrowed,
				      .capacity = sizeof(borrowed) };
	}
}

int buffer_give_back(struct buffer *b)
{
	struct buffer was = *b;

	if (b->data != borrowed) {
		buffer_trim(b);
		return 0;
	}
	*b = (struct buffer){ .data = NULL };
	if (buffer_used(&was) == 0) {
		return 0;
	}
	if (buffer_reserve(b, buffer_used(&was))) {
		return -ENOMEM;
	}
	buffer_append(b, was.data + was.start, buffer_used(&was));
	return 0;
}
