/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unix socket for programs of domain 0. Whoever may open it is domain 0:
 * the file's mode (0600) is the access control.
 */
#ifndef XENSTORE_DAEMON_SOCK_H
#define XENSTORE_DAEMON_SOCK_H

#include "xenstore/daemon/server.h"

/*
 * Listen at @path, taking the place of a file left by a dead daemon.
 * -EADDRINUSE if a live one answers there.
 */
int sock_listen(struct server *s, const char *path);
/* Go on listening on @fd, which is bound to @path. -errno. */
int sock_adopt(struct server *s, int fd, const char *path);
/* Connections that were restored get their sockets. -errno. */
int sock_attach_all(struct server *s);
/* The descriptor that listens, or -1. */
int sock_listener(void);
/* Stop listening and remove the file. */
void sock_close(void);

#endif
