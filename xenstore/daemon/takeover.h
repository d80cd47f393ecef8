/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a daemon goes on where another one ended: from a file that somebody
 * names, or from the one in the run directory, which one that was killed left,
 * or one that was told to end.
 */
#ifndef XENSTORE_DAEMON_TAKEOVER_H
#define XENSTORE_DAEMON_TAKEOVER_H

#include "xenstore/daemon/server.h"

/*
 * Be the only daemon of this run directory. Returns a descriptor to be held;
 * -EBUSY if there is another one, -errno.
 */
int takeover_lock(const char *rundir);

/*
 * Load @file, which must be good, into @s, fresh from server_init(). Its
 * domains are taken along only if it is of this boot. -errno, logged.
 */
int takeover_file(struct server *s, const char *file);

/*
 * Load what the run directory has, if it is of this boot. What cannot be read
 * is put aside and the daemon begins with nothing. -ENOMEM.
 */
int takeover_rundir(struct server *s, const char *rundir);

/* Keep a journal there; without one the daemon serves too. */
void takeover_keep(struct server *s, const char *rundir);

/* At the end: the state alone takes the place of the journal. */
void takeover_end(struct server *s, const char *rundir);

#endif
