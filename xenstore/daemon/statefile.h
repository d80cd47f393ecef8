/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * States in files: written whole or not at all, read whole.
 */
#ifndef XENSTORE_DAEMON_STATEFILE_H
#define XENSTORE_DAEMON_STATEFILE_H

#include <sys/types.h>

#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state_load.h"

/*
 * Write the state (not the sockets') to @path, readable by its owner only. It
 * takes the place of what is there when it is complete and on the disk.
 * -errno: the old file is as it was.
 */
int statefile_write(const struct server *s, const char *path);

/*
 * The whole state, with the sockets' and @handover, in memory that has a
 * descriptor, which is returned; or -errno.
 */
int statefile_memory(const struct server *s,
		     const struct state_value *handover);

/*
 * state_load() of a file, which is closed. -errno, and then @error always
 * says why; -EFBIG beyond 4 GiB.
 */
int statefile_load(struct server *s, int fd, bool journal,
		   struct state_extra *extra, char error[STATE_ERROR]);

/* Names this boot of this host; "" if the kernel does not say. */
const char *statefile_boot(void);

/*
 * May something new take the place of @path? 0: nothing is there, or what is
 * of @type (S_IFREG, ...); -EEXIST: something else, a device perhaps; -errno.
 */
int file_replaceable(const char *path, mode_t type);

/* A file that is written from its beginning on; -1: none. */
struct file_out {
	int fd;
	off_t len; /* bytes written */
};

/* A sink (state.h) whose @ctx is a struct file_out. -errno. */
int file_write(void *ctx, const void *data, size_t len);
/* Close it, if there is one. */
void file_close(struct file_out *f);

#endif
