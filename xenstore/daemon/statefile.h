/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state in a file: written whole or not at all, read whole.
 */
#ifndef XENSTORE_DAEMON_STATEFILE_H
#define XENSTORE_DAEMON_STATEFILE_H

#include "xenstore/daemon/server.h"

/*
 * Write the state (not the sockets') to @path, readable by its owner only. It
 * takes the place of what is there when it is complete and on the disk.
 * -errno: the old file is as it was.
 */
int statefile_write(const struct server *s, const char *path);

/* The bytes of a file, to be freed. -errno; -EFBIG beyond 4 GiB. */
int statefile_read(int fd, char **data, size_t *len);

/* Names this boot of this host; "" if the kernel does not say. */
const char *statefile_boot(void);

#endif
