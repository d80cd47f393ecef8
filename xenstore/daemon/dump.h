/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole tree as JSON, for people and tests. */
#ifndef XENSTORE_DAEMON_DUMP_H
#define XENSTORE_DAEMON_DUMP_H

#include <stdio.h>

#include "xenstore/daemon/server.h"

/* One node: {"value", "perms", "children"}; strings escaped as JSON asks. */
void dump_tree(const struct node *root, FILE *f);

/* To a new file at @path, readable by its owner only. -errno. */
int dump_to_file(const struct server *s, const char *path);

#endif
