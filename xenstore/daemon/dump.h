/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole tree as JSON, for people and tests. */
#ifndef XENSTORE_DAEMON_DUMP_H
#define XENSTORE_DAEMON_DUMP_H

#include <stdio.h>

#include "xenstore/daemon/server.h"

/* One node: {"value", "perms", "children"}; strings escaped as JSON asks. */
void dump_tree(const struct node *root, FILE *f);

/*
 * A new file at @path, readable by its owner only, in the place of an old
 * one; NULL and *@rc on failure. dump_finish() closes it and says whether all
 * of it was written.
 */
FILE *dump_create(const char *path, int *rc);
int dump_finish(FILE *f);

/* The tree to a new file at @path. -errno. */
int dump_to_file(const struct server *s, const char *path);

#endif
