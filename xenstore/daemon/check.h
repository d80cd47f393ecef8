/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at everything the daemon holds and says what is wrong with it: the
 * form of the tree, and whether the books of every domain are what counting
 * its nodes, watches and transactions gives. It changes nothing.
 *
 * Costs a walk over the tree and over what open transactions changed.
 */
#ifndef XENSTORE_DAEMON_CHECK_H
#define XENSTORE_DAEMON_CHECK_H

#include <stdint.h>
#include <stdio.h>

#include "xenstore/daemon/server.h"

/*
 * Returns how many things are wrong; each is a line to @out, which may be
 * NULL. *nodes gets the number of nodes. Without memory for the count that is
 * the one thing wrong.
 */
unsigned int check_all(const struct server *s, FILE *out, uint64_t *nodes);

#endif
