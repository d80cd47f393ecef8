// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is written down of a connection, and built again from that. Until it
 * has its socket or ring again, nothing comes and nothing goes.
 */
#include <errno.h>
#include <string.h>

#include "xenstore/daemon/conn.h"

static int restored_file(const struct conn *c)
{
	return c->source.fd;
}

static const struct transport no_transport = {
	.file = restored_file,
};

struct conn *conn_restore(struct server *s, uint32_t id, unsigned int domid)
{
	uint32_t last = conn_last_id() > id ? conn_last_id() : id;
	struct conn *c = conn_create(s, &no_transport, NULL, domid);

	conn_set_last_id(last);
	if (c) {
		c->id = id;
	}
	return c;
}

static int set_bytes(struct buffer *b, const void *data, size_t len)
{
	buffer_free(b);
	if (len > 0 && buffer_reserve(b, len)) {
		return -ENOMEM;
	}
	buffer_append(b, data, len);
	return 0;
}

int conn_restore_bytes(struct conn *c, const void *in, size_t in_len,
		       const void *out, size_t out_len)
{
	if (in_len + out_len == 0 && !c->io) {
		return 0;
	}
	return !conn_io_get(c) || set_bytes(&c->io->in, in, in_len) ||
			       set_bytes(&c->io->out, out, out_len)
		       ? -ENOMEM
		       : 0;
}

int conn_restore_event(struct conn *c, struct watch *w, const char *path)
{
	conn_push_event(c, w, path, strlen(path));
	return c->closing ? -ENOMEM : 0;
}

/* One that is empty has no memory. */
static struct state_value bytes_of(const struct buffer *b)
{
	return BYTES(b && b->data ? b->data + b->start : NULL,
		     b ? buffer_used(b) : 0);
}

struct state_value conn_in(const struct conn *c)
{
	return bytes_of(c->io ? &c->io->in : NULL);
}

struct state_value conn_out(const struct conn *c)
{
	return bytes_of(c->io ? &c->io->out : NULL);
}

void conn_skip_out(struct conn *c, size_t len)
{
	if (c->io) {
		c->io->out.start += len;
		buffer_trim(&c->io->out);
	}
}
