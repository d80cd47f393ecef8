// SPDX-License-Identifier: BSD-2-Clause
/* TRANSACTION_START and TRANSACTION_END; the mechanism is in txn.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/request.h"

int op_transaction_start(struct request *rq)
{
	const struct quota_use *use = request_use(rq);
	struct conn *c = rq->conn;
	char text[16];
	struct txn *t;
	int len;

	if (rq->hdr->tx_id != 0) {
		return -EBUSY;
	}
	if (request_quota(rq, QUOTA_TRANSACTIONS,
			  (uint64_t)use->transactions + 1) ||
	    request_quota(rq, QUOTA_MEMORY, use->bytes + sizeof(*t))) {
		return -ENOSPC;
	}
	while (c->next_txn_id == 0 || conn_find_txn(c, c->next_txn_id)) {
		c->next_txn_id++;
	}
	t = txn_create(rq->server->root, c->next_txn_id++);
	if (!t) {
		return -ENOMEM;
	}
	conn_add_txn(c, t);
	turn_begin(c, t);
	len = snprintf(text, sizeof(text), "%u", t->id);
	request_reply(rq, text, (size_t)len + 1);
	return 0;
}

/* The node's state before the commit decides what is fired after it. */
static void fire_changes(struct server *s, const struct txn *t,
			 struct node *old)
{
	for (unsigned int i = 0; i < t->change_count; i++) {
		const struct txn_change *c = &t->change[i];
		struct node *was = store_find(old, c->path);

		if (c->kind == TXN_CHANGE_REMOVE && was) {
			fire_removed(s, c->path, was);
		} else {
			fire_changed(s, c->path, was ? node_perms(was) : NULL);
		}
	}
}

/* What was free while the transaction ran may be taken by now. */
static int check_commit(struct request *rq, const struct ledger *l)
{
	int rc = 0;

	for (unsigned int i = 0; i < l->count && !rc; i++) {
		rc = request_growth(rq, &l->row[i]);
	}
	return rc;
}

static int commit(struct request *rq)
{
	struct server *s = rq->server;
	struct ledger ledger = { .book = NULL };
	struct node *root = NULL;
	struct node *old;
	int rc;

	if (rq->txn->change_count == 0 && !rq->txn->doomed) {
		/* Only looked: all that it saw was true when it began. */
		return 0;
	}
	rc = txn_prepare(rq->txn, s->root, &ledger, &root);
	if (!rc) {
		rc = check_commit(rq, &ledger);
	}
	if (!rc) {
		old = node_get(s->root);
		ledger_commit(&ledger, s->quota);
		server_set_root(s, root);
		for (unsigned int i = 0; i < rq->txn->change_count; i++) {
			save_change(journal(s), &rq->txn->change[i], true);
		}
		s->commits++;
		fire_changes(s, rq->txn, old);
		node_put(old);
	} else {
		node_put(root);
	}
	if (rc == -EAGAIN) {
		s->conflicts++;
		turn_lost(rq->conn, rq->txn);
	}
	ledger_clear(&ledger);
	return rc;
}

int op_transaction_end(struct request *rq)
{
	const char *arg;
	int rc = wire_split(rq->data, rq->hdr->len, &arg, 1);

	if (!rc && strcmp(arg, "T") != 0 && strcmp(arg, "F") != 0) {
		rc = -EINVAL;
	}
	if (rc) {
		return rc;
	}
	if (!rq->txn) {
		return -ENOENT;
	}
	if (*arg == 'T') {
		rc = commit(rq);
	}
	conn_del_txn(rq->conn, rq->txn);
	rq->txn = NULL;
	return request_ack(rq, rc);
}
