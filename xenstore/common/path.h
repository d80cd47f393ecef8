/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths of the store. A path is absolute ("/a/b"), relative to the home of
 * the domain that sends it ("device/vif"), or special ("@releaseDomain").
 * Inside the daemon only absolute and special ones exist: path_canonicalise()
 * is the one gate, and what it lets through is valid everywhere.
 *
 * Pure functions; nothing allocates.
 */
#ifndef XENSTORE_COMMON_PATH_H
#define XENSTORE_COMMON_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <xen/io/xs_wire.h>

#define PATH_BUF_SIZE (XENSTORE_ABS_PATH_MAX + 1)

/* Is this name one of the special watch targets ('@' first)? */
static inline bool path_is_special(const char *path)
{
	return path[0] == '@';
}

/*
 * Check @path and write its absolute form to @out (PATH_BUF_SIZE bytes);
 * relative paths are taken from /local/domain/<domid>. -EINVAL if it is not a
 * path: empty, too long, a bad character, an empty component, a slash at the
 * end. Special names pass only if @allow_special.
 */
int path_canonicalise(const char *path, unsigned int domid, bool allow_special,
		      char out[PATH_BUF_SIZE]);

/* Length of the home prefix "/local/domain/<domid>/" of an absolute path. */
size_t path_home_prefix(unsigned int domid, char *buf, size_t size);

/*
 * The next component of an absolute path: *pos goes from 0 to the end.
 * Returns its start and sets *len, or NULL at the end.
 */
const char *path_next(const char *path, size_t *pos, size_t *len);

/* How many components an absolute path has; "/" has none. */
unsigned int path_depth(const char *path);

/*
 * Length of the parent of an absolute path: 0 for "/" (it has none), 1 for
 * "/a".
 */
size_t path_parent_len(const char *path, size_t len);

/* Is @child equal to @parent or below it? By text only. */
bool path_is_subpath(const char *parent, const char *child);

#endif
