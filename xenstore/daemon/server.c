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
/* If it is domain 0's that keep the past, look again when it grew by this. */
#define PAST_STEP (1u << 20)

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
	uint64_t most = s->quota->booked + s->past_limit;

	if (store_allocated() <= most) {
		s->past_known = 0;
		return;
	}
	/* Looking takes long where connections are many. */
	while (store_allocated() > most && store_allocated() > s->past_known) {
		struct txn *t = oldest_stale(s);

		s->past_looks++;
		if (!t) {
			s->past_known = store_allocated() + PAST_STEP;
			return;
		}
		txn_doom(t, s->root);
		s->doomed++;
	}
}

uint64_t *server_total(struct server *s, unsigned int i)
{
	const struct {
		uint64_t *first;
		unsigned int count;
	} rows[] = {
		{ s->requests, XS_TYPE_COUNT },
		{ &s->commits, 1 },
		{ &s->conflicts, 1 },
		{ &s->events, 1 },
		{ &s->doomed, 1 },
		{ s->quota->hits, QUOTA_KINDS },
		{ &s->quota->broke, 1 },
		{ &s->metrics.sampled, 1 },
		{ &s->metrics.nanoseconds, 1 },
		{ &s->metrics.errors, 1 },
		{ s->metrics.bucket, METRICS_BUCKETS },
		{ &s->turns.count, 1 },
		{ &s->turns.holds, 1 },
		{ &s->turns.expired, 1 },
	};

	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		if (i < rows[row].count) {
			return &rows[row].first[i];
		}
		i -= rows[row].count;
	}
	return NULL;
}

int server_init(struct server *s)
{
	memset(s, 0, sizeof(*s));
	s->dirty_last = &s->dirty;
	s->ready_last = &s->ready;
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
	s->journal = NULL;
	update_clear(&s->update);
	domain_drop_all(s);
	while (s->conns) {
		conn_close(s->conns);
		server_settle(s);
	}
	node_put(s->root);
	special_fini(s);
	strmap_clear(&s->watches.by_path);
	index_clear(&s->watches.watchers);
	index_clear(&s->watches.index);
	index_clear(&s->txns);
	index_clear(&s->domids);
	index_clear(&s->ports);
	quota_destroy(s->quota);
	memset(s, 0, sizeof(*s));
}
