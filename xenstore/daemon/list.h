/* SPDX-License-Identifier: BSD-2-Clause */
/* What node.c needs of the lists of children; all else is in node.h. */
#ifndef XENSTORE_DAEMON_LIST_H
#define XENSTORE_DAEMON_LIST_H

#include "xenstore/daemon/node.h"

/* Both take NULL for the empty list. */
struct list *list_get(struct list *list);
void list_put(struct list *list);

/* Memory was taken (or given back) for nodes and lists. */
void list_count_bytes(int64_t bytes);

#endif
