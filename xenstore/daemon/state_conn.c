// SPDX-License-Identifier: BSD-2-Clause
/*
 * Domains, connections and what belongs to them, from records. Those about a
 * connection name it by its number, in a state and in a journal alike.
 */
#include <errno.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/state_take.h"

/* Records of one connection come together, so it is looked for once. */
struct conn *take_find(struct load *l, uint64_t id)
{
	if (!l->conn || l->conn->id != id) {
		l->conn = conn_find(l->server, id);
	}
	return l->conn;
}

/* What may go with a domain is looked for anew. */
static void forget_found(struct load *l)
{
	l->conn = NULL;
	l->txn = NULL;
}

int take_domain(struct load *l)
{
	struct domain_record r = {
		.domid = (unsigned int)l->value[0].n,
		.mfn = l->value[1].n,
		.remote_port = (uint32_t)l->value[2].n,
		.port = (int)l->value[3].n,
		.shutdown = l->value[4].n,
		.target = (unsigned int)l->value[5].n,
		.conn = (uint32_t)l->value[6].n,
	};
	const struct conn *other = r.conn ? take_find(l, r.conn) : NULL;

	if (r.target != PERMS_NOBODY && r.target >= PERMS_DOMID_RESERVED) {
		return state_bad(&l->in, "not a domain: %u", r.target);
	}
	if (other && (other->transport->file || other->who.domid != r.domid)) {
		return state_bad(&l->in, "a second connection %u", r.conn);
	}
	forget_found(l);
	return domain_restore(l->server, &r);
}

int take_gone(struct load *l)
{
	forget_found(l);
	domain_forget(l->server, (unsigned int)l->value[0].n, true);
	server_settle(l->server);
	return 0;
}

static int take_socket(struct load *l, struct conn **out)
{
	uint64_t id = l->value[0].n;

	if (!l->sockets || l->value[1].n != 0 || id == 0 ||
	    l->value[2].n > INT32_MAX || take_find(l, id)) {
		return state_bad(&l->in, "not a connection of domain 0");
	}
	*out = conn_restore(l->server, (uint32_t)id, 0);
	if (!*out) {
		return -ENOMEM;
	}
	(*out)->source.fd = (int)l->value[2].n;
	return 0;
}

static int take_ring(struct load *l, struct conn **out)
{
	struct domain *d = domain_find(l->server, (unsigned int)l->value[1].n);

	if (!d || !d->conn || d->conn->id != l->value[0].n) {
		return state_bad(&l->in, "domain %llu has no connection %llu",
				 (unsigned long long)l->value[1].n,
				 (unsigned long long)l->value[0].n);
	}
	d->has_state = true;
	d->place.req_cons = (uint32_t)l->value[4].n;
	d->place.rsp_prod = (uint32_t)l->value[5].n;
	*out = d->conn;
	return 0;
}

int take_conn(struct load *l)
{
	struct conn *c = NULL;
	int rc = l->value[2].n == STATE_NONE ? take_ring(l, &c)
					     : take_socket(l, &c);

	if (rc) {
		return rc;
	}
	l->conn = c;
	c->next_txn_id = (uint32_t)l->value[3].n;
	return conn_restore_bytes(c, l->value[6].data, l->value[6].n,
				  l->value[7].data, l->value[7].n);
}

/* A relative watch leaves out the home of its domain, nothing else. */
static bool strips_home(unsigned int domid, const char *path, uint64_t strip)
{
	char home[64];

	return strip == 0 ||
	       (strip < strlen(path) &&
		strip == path_home_prefix(domid, home, sizeof(home)) &&
		strncmp(path, home, strip) == 0);
}

int take_watch(struct load *l)
{
	const char *path = l->value[1].data;
	const char *token = l->value[2].data;
	uint32_t depth = (uint32_t)l->value[3].n;
	struct quota_use *use;
	struct watch *w;
	struct conn *c = l->conn;
	int rc;

	if (!strips_home(c->who.domid, path, l->value[4].n) ||
	    (depth > XENSTORE_ABS_PATH_MAX && depth != STATE_NONE)) {
		return state_bad(&l->in, "a watch that cannot be");
	}
	rc = watch_add(&l->server->watches, c, &c->watches, path, l->value[4].n,
		       (int)depth, token, &w);
	if (rc) {
		return rc == -ENOMEM ? rc : state_bad(&l->in, "a second watch");
	}
	w->overflow = l->value[5].n;
	use = &l->server->quota->use[c->who.domid];
	use->watches++;
	use->bytes += watch_bytes(strlen(path), strlen(token));
	return 0;
}

int take_unwatch(struct load *l)
{
	return conn_del_watch(l->conn, l->value[1].data, l->value[2].data)
		       ? state_bad(&l->in, "no such watch")
		       : 0;
}

int take_event(struct load *l)
{
	struct watch *w = watch_find(&l->server->watches, l->conn,
				     l->value[1].data, l->value[2].data);

	return w ? conn_restore_event(l->conn, w, l->value[3].data)
		 : state_bad(&l->in, "an event of no watch");
}

int take_reset(struct load *l)
{
	struct domain *d = domain_find(l->server, l->conn->who.domid);

	if (!l->value[1].n) {
		conn_drop_watches(l->conn);
		return 0;
	}
	l->txn = NULL;
	conn_reset(l->conn);
	if (d && d->conn == l->conn) {
		d->has_state = false;
	}
	return 0;
}

static int get_trees(struct load *l, struct txn *t)
{
	struct node *root;
	struct node *base;
	int rc = take_tree(l, &root);

	if (rc) {
		return rc;
	}
	rc = take_tree(l, &base);
	if (rc) {
		node_put(root);
		return rc;
	}
	txn_restore_trees(t, base, root);
	store_book_difference(&t->ledger, base, root);
	return t->ledger.failed ? -ENOMEM : 0;
}

int take_txn(struct load *l)
{
	uint32_t id = (uint32_t)l->value[1].n;
	bool trees = l->value[2].n;
	struct txn *t;

	if (id == 0 || conn_find_txn(l->conn, id)) {
		return state_bad(&l->in, "a second transaction %u", id);
	}
	t = txn_create(l->server->root, id);
	if (!t) {
		return -ENOMEM;
	}
	t->order = l->value[3].n;
	if (t->order > txn_last_order()) {
		txn_set_last_order(t->order);
	}
	t->doomed = l->value[4].n || !trees;
	conn_add_txn(l->conn, t);
	l->txn = trees ? t : NULL;
	return trees ? get_trees(l, t) : 0;
}

int take_txn_end(struct load *l)
{
	uint32_t id = (uint32_t)l->value[1].n;
	struct txn *t = conn_find_txn(l->conn, id);

	if (!t) {
		return state_bad(&l->in, "no such transaction: %u", id);
	}
	l->txn = NULL;
	conn_del_txn(l->conn, t);
	return 0;
}

/* What the transaction keeps more than @before is booked. */
static int book_txn(struct load *l, uint64_t before, int rc)
{
	l->server->quota->use[l->txn->who.domid].bytes +=
		l->txn->bytes - before;
	return rc;
}

int take_dep(struct load *l)
{
	uint64_t before;

	if (!l->txn || l->value[1].n > TXN_DEP_ALL) {
		return state_bad(&l->in, "a look of no transaction");
	}
	before = l->txn->bytes;
	return book_txn(l, before,
			txn_note(l->txn, l->value[0].data,
				 (unsigned int)l->value[1].n));
}

static int change_live(struct load *l, const struct txn_change *c)
{
	struct server *s = l->server;
	int rc = txn_change_apply(&s->root, &s->ledger, c);

	return rc == -ENOENT ? state_bad(&l->in, "%s is not there", c->path)
			     : rc;
}

/* It was made in the transaction's tree already. */
static int change_txn(struct load *l, const struct txn_change *c)
{
	struct txn_change copy = *c;
	uint64_t before;
	int rc;

	if (!l->txn) {
		return state_bad(&l->in, "a change of no transaction");
	}
	before = l->txn->bytes;
	rc = txn_change_keep(&copy);
	if (!rc) {
		rc = txn_restore_change(l->txn, &copy);
	}
	if (rc) {
		txn_change_clear(&copy);
	}
	return book_txn(l, before, rc);
}

int take_change(struct load *l)
{
	struct txn_change c = {
		.kind = (enum txn_change_kind)l->value[1].n,
		.creator = (unsigned int)l->value[2].n,
		.path = l->value[3].data,
		.data = l->value[4].data,
		.len = l->value[4].n,
	};
	int rc = 0;

	if (l->value[1].n > TXN_CHANGE_PERMS) {
		return state_bad(&l->in, "no such change");
	}
	if (c.kind == TXN_CHANGE_PERMS) {
		rc = take_list(l, &l->value[5], &c.perms);
	}
	if (!rc) {
		rc = l->value[0].n ? change_live(l, &c) : change_txn(l, &c);
	}
	perms_put(c.perms);
	return rc;
}
