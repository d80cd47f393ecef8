/* SPDX-License-Identifier: BSD-2-Clause */
/* The requests of the protocol: one table, one function each (ops.c). */
#ifndef XENSTORE_DAEMON_OPS_H
#define XENSTORE_DAEMON_OPS_H

#include "xenstore/daemon/conn.h"

/* One request while it is handled; @data is @hdr->len bytes, not changed. */
struct request {
	struct server *server;
	struct conn *conn;
	const struct xsd_sockmsg *hdr;
	const char *data;
	struct txn *txn; /* or NULL: the live tree */
};

/* Handle one request of at most XENSTORE_PAYLOAD_MAX bytes and reply. */
void ops_handle(struct conn *c, const struct xsd_sockmsg *hdr,
		const char *data);

/* control.c: the CONTROL request; replies, or returns -errno. */
int control_handle(struct request *rq);

void request_reply(struct request *rq, const void *data, size_t len);
void request_ack(struct request *rq);

#endif
