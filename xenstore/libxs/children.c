// SPDX-License-Identifier: BSD-2-Clause
#include "xenstore/libxs/children.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/wire.h"

#define NAMES_MAX (16u * 1024u * 1024u)

int children_append(struct children *c, const char *names, size_t len)
{
	size_t size = c->size ? c->size : XENSTORE_PAYLOAD_MAX;
	char *bigger;

	if (len > NAMES_MAX - c->len) {
		return -E2BIG;
	}
	while (size <= c->len + len) {
		size *= 2;
	}
	if (size > c->size) {
		bigger = realloc(c->names, size);
		if (!bigger) {
			return -ENOMEM;
		}
		c->names = bigger;
		c->size = size;
	}
	memcpy(c->names + c->len, names, len);
	c->len += len;
	c->names[c->len] = '\0';
	return 0;
}

int children_add_part(struct children *c, const char *data, size_t len)
{
	size_t head = strlen(data) + 1;
	const char *names = data + head;
	bool last;
	int rc;

	if (head > len || head > sizeof(c->version)) {
		return -EPROTO;
	}
	if (c->len > 0 && strcmp(c->version, data) != 0) {
		c->len = 0;
		c->restarts++;
		return 0;
	}
	memcpy(c->version, data, head);
	len -= head;
	last = len == 0 ||
	       (names[len - 1] == '\0' && (len == 1 || names[len - 2] == '\0'));
	len -= last && len > 0;
	rc = children_append(c, names, len);
	return rc ? rc : last;
}
