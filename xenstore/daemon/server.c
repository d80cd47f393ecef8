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

static const char *const special_names[SPECIALS] = {
	[SPECIAL_INTRODUCE] = "@introduceDomain",
	[SPECIAL_RELEASE] = "@releaseDomain",
};

const char *special_name(enum special which)
{
	return special_names[which];
}

int special_find(const char *path, enum special *out)
{
	for (unsigned int i = 0; i < SPECIALS; i++) {
		if (strcmp(path, special_names[i]) == 0) {
			*out = (enum special)i;
			return 0;
		}
	}
	return -ENOENT;
}

void server_fire_special(struct server *s, enum special which)
{
	struct watch_change change = { .path = special_names[which],
				       .before = s->special[which],
				       .after = s->special[which] };

	watch_fire(&s->watches, &change, true);
}

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
	for (unsigned int i = 0; i < SPECIALS; i++) {
		s->special[i] = perms_alloc(1);
	}
	if (!s->root || !s->special[SPECIAL_INTRODUCE] ||
	    !s->special[SPECIAL_RELEASE] ||
	    store_mkdir(&s->root, &s->ledger, "/tool/xenstored", 0)) {
		server_fini(s);
		return -ENOMEM;
	}
	return 0;
}

void server_fini(struct server *s)
{
	domain_fini(s);
	while (s->conns) {
		conn_close(s->conns);
		server_settle(s);
	}
	node_put(s->root);
	for (unsigned int i = 0; i < SPECIALS; i++) {
		perms_put(s->special[i]);
	}
	strmap_clear(&s->watches.by_path);
	quota_destroy(s->quota);
	memset(s, 0, sizeof(*s));
}
