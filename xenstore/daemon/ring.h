/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared page of a domain as a transport. The page is hostile: each index
 * is read once, checked, and used only as checked; what the guest writes
 * afterwards can spoil its own bytes and nothing else.
 */
#ifndef XENSTORE_DAEMON_RING_H
#define XENSTORE_DAEMON_RING_H

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"

/* For connections whose peer is a struct domain. */
extern const struct transport ring_transport;

/* Say in the page what this daemon can do, and that nothing is wrong. */
void ring_announce(struct domain *d);

/* Empty both directions: a new connection begins. */
void ring_reset(struct domain *d);

/*
 * The page of a restored domain is there: go on where we were, if that is what
 * the page lags behind, else where the page says.
 */
void ring_resume(struct domain *d);

/* Does the guest ask for a new connection (field "connection")? */
bool ring_wants_reconnect(struct domain *d);

#endif
