/* SPDX-License-Identifier: BSD-2-Clause */
/* The requests of the protocol: one table, one function each. */
#ifndef XENSTORE_DAEMON_OPS_H
#define XENSTORE_DAEMON_OPS_H

#include "xenstore/daemon/conn.h"

/* Handle one request of at most XENSTORE_PAYLOAD_MAX bytes and reply. */
void ops_handle(struct conn *c, const struct xsd_sockmsg *hdr,
		const char *data);

#endif
