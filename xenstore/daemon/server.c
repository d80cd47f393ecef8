// SPDX-License-Identifier: BSD-2-Clause
/*
 * The tree starts with what the other daemons start with: /tool and
 * /tool/xenstored, owned by domain 0 and closed to others. All else
 * (/local/domain/0 as well) is written by the tools.
 */
#include "xenstore/daemon/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"

/* Far more than honest transactions keep, little for a host. */
#define PAST_LIMIT (64u << 20)

void server_set_root(struct server *s, struct node *root)
{
	node_put(s->root);
	s->root = root;
}

/* The oldest transaction of a guest that does not see the live tree. */
static struct txn *oldest_stale(struct server *s)
{
	struct txn *oldest = NULL;

	for (struct conn *c = s->conns; c; c = c->next) {
		struct txn *t = perms_privileged(&c->who) ? NULL : c->txns;

		for (; t; t = t->next) {
			if (t->base != s->root &&
			    (!oldest || t->order < oldest->order)) {
				oldest = t;
			}
		}
	}
	return oldest;
}

void server_limit_past(struct server *s)
{
	while (store_allocated() > s->quota->booked + s->past_limit) {
		struct txn *t = oldest_stale(s);

		if (!t) {
			return;
		}
		txn_doom(t, s->root);
		s->doomed++;
	}
}

int server_init(struct server *s)
{
	memset(s, 0, sizeof(*s));
	s->quota = quota_create();
	if (!s->quota) {
		return -ENOMEM;
	}
	s->ledger.book = s->quota;
	s->past_limit = PAST_LIMIT;
	s->root = store_create(&s->ledger);
	if (!s->root || special_init(s) ||
	    store_mkdir(&s->root, &s->ledger, "/tool/xenstored", 0)) {
		server_fini(s);
		return -ENOMEM;
	}
	return 0;
}

void server_fini(struct server *s)
{
	update_clear(&s->update);
	domain_fini(s);
	while (s->conns) {
		conn_close(s->conns);
		server_settle(s);
	}
	node_put(s->root);
	special_fini(s);
	strmap_clear(&s->watches.by_path);
	quota_destroy(s->quota);
	memset(s, 0, sizeof(*s));
}
