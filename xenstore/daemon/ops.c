// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each request is decoded and checked completely, then made, then answered.
 * One table says which function serves a type and who may call it.
 *
 * What a request looks at inside a transaction is noted there (txn.h) before
 * the answer is decided, refusals too: an answer that leaks a state must
 * depend on it.
 *
 * Who may know what: a node that exists but is closed gives EACCES. For one
 * that does not exist the nearest node above decides: who has the wanted
 * access there is told ENOENT, all others EACCES.
 */
#include "xenstore/daemon/ops.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/log.h"

void request_reply(struct request *rq, const void *data, size_t len)
{
	conn_reply(rq->conn, rq->hdr, rq->hdr->type, data, len);
}

void request_ack(struct request *rq)
{
	request_reply(rq, "OK", sizeof("OK"));
}

static const struct perms_subject *who(const struct request *rq)
{
	return &rq->conn->who;
}

static unsigned int my_domid(const struct request *rq)
{
	return rq->conn->who.domid;
}

static struct node *tree(const struct request *rq)
{
	return rq->txn ? rq->txn->root : rq->server->root;
}

static int quota(struct request *rq, enum quota_kind kind, uint64_t need)
{
	return quota_check(rq->server->quota, my_domid(rq), kind, need);
}

static const struct quota_use *my_use(const struct request *rq)
{
	return &rq->server->quota->use[my_domid(rq)];
}

/* The payload as one path in its absolute form. */
static int one_path(struct request *rq, bool special, char *path)
{
	const char *arg;
	int rc = wire_split(rq->data, rq->hdr->len, &arg, 1);

	return rc ? rc : path_canonicalise(arg, my_domid(rq), special, path);
}

/*
 * A path, then anything: *rest and *rest_len get what follows its NUL.
 */
static int path_and_rest(struct request *rq, bool special, char *path,
			 const char **rest, size_t *rest_len)
{
	size_t len = strnlen(rq->data, rq->hdr->len);

	if (len == rq->hdr->len) {
		return -EINVAL;
	}
	*rest = rq->data + len + 1;
	*rest_len = rq->hdr->len - len - 1;
	return path_canonicalise(rq->data, my_domid(rq), special, path);
}

/* Book what a transaction keeps on its owner; it can have grown. */
static void book_txn(struct request *rq, uint64_t before)
{
	rq->server->quota->use[my_domid(rq)].bytes += rq->txn->bytes - before;
}

static int note(struct request *rq, const char *path, unsigned int what)
{
	uint64_t before;
	int rc;

	if (!rq->txn) {
		return 0;
	}
	if (!txn_noted(rq->txn, path) &&
	    (quota(rq, QUOTA_TXN_PATHS, (uint64_t)rq->txn->deps.count + 1) ||
	     quota(rq, QUOTA_MEMORY, my_use(rq)->bytes + strlen(path)))) {
		return -ENOSPC;
	}
	before = rq->txn->bytes;
	rc = txn_note(rq->txn, path, what);
	book_txn(rq, before);
	return rc;
}

/* Note the nearest node above a missing path: it decided the answer. */
static int note_above(struct request *rq, const char *path,
		      unsigned int missing)
{
	char above[PATH_BUF_SIZE];
	size_t len = strlen(path);

	if (!rq->txn) {
		return 0;
	}
	while (missing-- > 0) {
		len = path_parent_len(path, len);
	}
	memcpy(above, path, len);
	above[len] = '\0';
	return note(rq, above, TXN_DEP_PERMS);
}

struct found {
	struct node *node; /* or the nearest above */
	unsigned int missing;
};

/*
 * Look up @path for access @want, noting a dependency on @what. 0 with
 * *found set; -ENOENT also sets it, and means that creating is allowed where
 * @want was WRITE.
 */
static int look_up(struct request *rq, const char *path, unsigned int want,
		   unsigned int what, struct found *found)
{
	int rc = note(rq, path, what | TXN_DEP_PERMS);

	if (rc) {
		return rc;
	}
	found->node = store_nearest(tree(rq), path, &found->missing);
	if (found->missing) {
		rc = note_above(rq, path, found->missing);
	}
	if (rc) {
		return rc;
	}
	if (!perms_allow(found->node->perms, who(rq), want)) {
		return -EACCES;
	}
	return found->missing ? -ENOENT : 0;
}

/* --- reading --- */

static int op_read(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct found f;
	int rc = one_path(rq, false, path);

	if (!rc) {
		rc = look_up(rq, path, PERMS_READ, TXN_DEP_VALUE, &f);
	}
	if (rc) {
		return rc;
	}
	if (f.node->value) {
		request_reply(rq, f.node->value->data, f.node->value->len);
	} else {
		request_reply(rq, NULL, 0);
	}
	return 0;
}

/*
 * Copy names of children, from byte @skip of the whole list on, while they
 * fit in @room; returns the bytes copied and whether the end was reached.
 */
static size_t list_children(const struct node *node, size_t skip, char *out,
			    size_t room, bool *end)
{
	size_t used = 0;

	*end = false;
	for (uint32_t i = 0; i < node->child_count; i++) {
		const struct node *child = node->child[i];
		size_t size = child->name_len + 1;
		size_t drop = skip < size ? skip : size;

		skip -= drop;
		if (drop == size) {
			continue;
		}
		if (used + size - drop > room) {
			return used;
		}
		memcpy(out + used, child->name + drop, size - drop);
		used += size - drop;
	}
	*end = true;
	return used;
}

static int op_directory(struct request *rq)
{
	char names[XENSTORE_PAYLOAD_MAX];
	char path[PATH_BUF_SIZE];
	struct found f;
	size_t len;
	bool end;
	int rc = one_path(rq, false, path);

	if (!rc) {
		rc = look_up(rq, path, PERMS_READ, TXN_DEP_LIST, &f);
	}
	if (rc) {
		return rc;
	}
	len = list_children(f.node, 0, names, sizeof(names), &end);
	if (!end) {
		return -E2BIG;
	}
	request_reply(rq, names, len);
	return 0;
}

static int op_directory_part(struct request *rq)
{
	char reply[XENSTORE_PAYLOAD_MAX];
	char path[PATH_BUF_SIZE];
	const char *argv[2];
	unsigned long skip;
	struct found f;
	size_t len;
	bool end;
	int rc = wire_split(rq->data, rq->hdr->len, argv, 2);

	if (!rc) {
		rc = path_canonicalise(argv[0], my_domid(rq), false, path);
	}
	if (!rc) {
		rc = wire_parse_number(argv[1], UINT32_MAX, &skip);
	}
	if (!rc) {
		rc = look_up(rq, path, PERMS_READ, TXN_DEP_LIST, &f);
	}
	if (rc) {
		return rc;
	}
	len = (size_t)snprintf(reply, sizeof(reply), "%llu",
			       (unsigned long long)f.node->generation) +
	      1;
	len += list_children(f.node, skip, reply + len, sizeof(reply) - len - 1,
			     &end);
	if (end) {
		reply[len++] = '\0';
	}
	request_reply(rq, reply, len);
	return 0;
}

static void reply_perms(struct request *rq, const struct perms *perms)
{
	char text[XENSTORE_PAYLOAD_MAX];
	size_t len = 0;

	for (unsigned int i = 0;
	     i < perms->count && len + PERMS_ENTRY_MAX <= sizeof(text); i++) {
		len += perms_format_entry(&perms->entry[i], text + len) + 1;
	}
	request_reply(rq, text, len);
}

static int op_get_perms(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	enum special which;
	struct found f;
	int rc = one_path(rq, true, path);

	if (rc) {
		return rc;
	}
	if (path_is_special(path)) {
		rc = special_find(path, &which);
		if (rc) {
			return rc;
		}
		if (!perms_allow(rq->server->special[which], who(rq),
				 PERMS_READ)) {
			return -EACCES;
		}
		reply_perms(rq, rq->server->special[which]);
		return 0;
	}
	rc = look_up(rq, path, PERMS_READ, TXN_DEP_PERMS, &f);
	if (!rc) {
		reply_perms(rq, f.node->perms);
	}
	return rc;
}

/* --- writing --- */

/* May the requester's nodes and bytes grow by this much? */
static int check_growth(struct request *rq, uint64_t nodes, uint64_t bytes)
{
	struct ledger_row pending = { .nodes = 0 };
	const struct quota_use *use = my_use(rq);
	int64_t all_nodes;
	int64_t all_bytes;

	if (rq->txn) {
		pending = ledger_get(&rq->txn->ledger, my_domid(rq));
	}
	all_nodes = (int64_t)(use->nodes + nodes) + pending.nodes;
	all_bytes = (int64_t)(use->bytes + bytes) + pending.bytes;
	if (nodes > 0 && all_nodes > 0 &&
	    quota(rq, QUOTA_NODES, (uint64_t)all_nodes)) {
		return -ENOSPC;
	}
	if (bytes > 0 && all_bytes > 0 &&
	    quota(rq, QUOTA_MEMORY, (uint64_t)all_bytes)) {
		return -ENOSPC;
	}
	return 0;
}

static int check_write(struct request *rq, const char *path,
		       const struct found *f, size_t len)
{
	size_t old = f->node->value ? f->node->value->len : 0;

	if (quota(rq, QUOTA_NODE_SIZE, len)) {
		return -ENOSPC;
	}
	if (!f->missing) {
		return check_growth(rq, 0, len > old ? len - old : 0);
	}
	if (quota(rq, QUOTA_DEPTH, path_depth(path))) {
		return -ENOSPC;
	}
	return check_growth(rq, f->missing,
			    store_create_bytes(f->node, f->missing, path, len));
}

/* The live tree has changed at @path, where @before used to apply. */
static void fire(struct server *s, const char *path, const struct perms *before)
{
	struct node *node = store_find(s->root, path);
	char above[PATH_BUF_SIZE];
	size_t len = path_parent_len(path, strlen(path));
	struct watch_change change = { .path = path, .before = before };
	struct node *parent;

	if (s->watches.count == 0) {
		return;
	}
	memcpy(above, path, len);
	above[len] = '\0';
	parent = len ? store_find(s->root, above) : NULL;
	change.after = node ? node->perms : NULL;
	change.parent = parent ? parent->perms : NULL;
	watch_fire(&s->watches, &change, false);
}

/* The subtree @gone was removed from the live tree at @path. */
static void fire_removed(struct server *s, const char *path,
			 const struct node *gone)
{
	char above[PATH_BUF_SIZE];
	size_t len = path_parent_len(path, strlen(path));
	struct node *parent;

	memcpy(above, path, len);
	above[len] = '\0';
	parent = store_find(s->root, above);
	watch_fire_removed(&s->watches, path, gone,
			   parent ? parent->perms : NULL);
}

static int do_write(struct request *rq, const char *path, const struct found *f,
		    struct value *value)
{
	struct server *s = rq->server;
	struct perms *before = f->missing ? NULL : perms_get(f->node->perms);
	uint64_t kept;
	int rc;

	if (rq->txn) {
		kept = rq->txn->bytes;
		rc = txn_write(rq->txn, path, value, my_domid(rq));
		book_txn(rq, kept);
	} else {
		rc = store_write(&s->root, &s->ledger, path, value,
				 my_domid(rq));
		if (!rc) {
			fire(s, path, before);
		}
	}
	perms_put(before);
	return rc;
}

static int op_write(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct value *value = NULL;
	const char *data;
	struct found f;
	size_t len;
	int rc = path_and_rest(rq, false, path, &data, &len);

	if (rc) {
		return rc;
	}
	rc = look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	if (rc && rc != -ENOENT) {
		return rc;
	}
	rc = check_write(rq, path, &f, len);
	if (rc) {
		return rc;
	}
	if (len > 0) {
		value = value_create(data, len);
		if (!value) {
			return -ENOMEM;
		}
	}
	rc = do_write(rq, path, &f, value);
	value_put(value);
	if (!rc) {
		request_ack(rq);
	}
	return rc;
}

static int do_mkdir(struct request *rq, const char *path)
{
	struct server *s = rq->server;
	uint64_t kept;
	int rc;

	if (rq->txn) {
		kept = rq->txn->bytes;
		rc = txn_mkdir(rq->txn, path, my_domid(rq));
		book_txn(rq, kept);
		return rc;
	}
	rc = store_mkdir(&s->root, &s->ledger, path, my_domid(rq));
	if (!rc) {
		fire(s, path, NULL);
	}
	return rc;
}

static int op_mkdir(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct found f;
	int rc = one_path(rq, false, path);

	if (!rc) {
		rc = look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	}
	if (rc == -ENOENT) {
		rc = check_write(rq, path, &f, 0);
		if (!rc) {
			rc = do_mkdir(rq, path);
		}
	}
	if (!rc) {
		request_ack(rq);
	}
	return rc;
}

static int do_remove(struct request *rq, const char *path, struct node *node)
{
	struct server *s = rq->server;
	uint64_t kept;
	int rc;

	if (rq->txn) {
		kept = rq->txn->bytes;
		rc = txn_remove(rq->txn, path);
		book_txn(rq, kept);
		return rc;
	}
	(void)node_get(node);
	rc = store_remove(&s->root, &s->ledger, path);
	if (!rc) {
		fire_removed(s, path, node);
	}
	node_put(node);
	return rc;
}

static int op_rm(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct found f;
	int rc = one_path(rq, false, path);

	if (rc || strcmp(path, "/") == 0) {
		return rc ? rc : -EINVAL;
	}
	rc = look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	if (!rc) {
		rc = do_remove(rq, path, f.node);
	} else if (rc == -ENOENT && f.missing == 1) {
		/* Gone already, and its parent is there: that is success. */
		rc = 0;
	}
	if (!rc) {
		request_ack(rq);
	}
	return rc;
}

static int set_special_perms(struct request *rq, const char *path,
			     struct perms *perms)
{
	enum special which;
	int rc = special_find(path, &which);

	if (rc || rq->txn) {
		return rc ? rc : -EINVAL;
	}
	if (!perms_privileged(who(rq))) {
		return -EACCES;
	}
	perms_put(rq->server->special[which]);
	rq->server->special[which] = perms_get(perms);
	return 0;
}

static int do_set_perms(struct request *rq, const char *path,
			const struct found *f, struct perms *perms)
{
	struct server *s = rq->server;
	struct perms *before;
	uint64_t kept;
	int rc;

	if (rq->txn) {
		kept = rq->txn->bytes;
		rc = txn_set_perms(rq->txn, path, perms);
		book_txn(rq, kept);
		return rc;
	}
	before = perms_get(f->node->perms);
	rc = store_set_perms(&s->root, &s->ledger, path, perms);
	if (!rc) {
		fire(s, path, before);
	}
	perms_put(before);
	return rc;
}

/* Only the owner may, and only domain 0 may give a node away. */
static int set_perms(struct request *rq, const char *path, struct perms *perms)
{
	struct found f;
	uint64_t grown;
	int rc = look_up(rq, path, PERMS_NONE, TXN_DEP_PERMS, &f);

	if (rc == -ENOENT) {
		return perms_allow(f.node->perms, who(rq), PERMS_WRITE)
			       ? -ENOENT
			       : -EACCES;
	}
	if (rc) {
		return rc;
	}
	if (!perms_owns(f.node->perms, who(rq))) {
		return -EACCES;
	}
	if (!perms_privileged(who(rq)) &&
	    perms_owner(perms) != perms_owner(f.node->perms)) {
		return -EPERM;
	}
	grown = perms->count > f.node->perms->count
			? perms->count - f.node->perms->count
			: 0;
	rc = check_growth(rq, 0, grown * sizeof(struct perm_entry));
	return rc ? rc : do_set_perms(rq, path, &f, perms);
}

static int op_set_perms(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct perms *perms;
	const char *text;
	size_t len;
	int rc = path_and_rest(rq, true, path, &text, &len);

	if (!rc) {
		rc = perms_parse(text, len, &perms);
	}
	if (rc) {
		return rc;
	}
	if (quota(rq, QUOTA_PERMS, perms->count)) {
		rc = -ENOSPC;
	} else if (path_is_special(path)) {
		rc = set_special_perms(rq, path, perms);
	} else {
		rc = set_perms(rq, path, perms);
	}
	perms_put(perms);
	if (!rc) {
		request_ack(rq);
	}
	return rc;
}

/* --- watches --- */

/* How much of an event's path a relative watch does not show. */
static size_t watch_strip(struct request *rq, const char *arg)
{
	char home[64];

	if (arg[0] == '/' || arg[0] == '@') {
		return 0;
	}
	return path_home_prefix(my_domid(rq), home, sizeof(home));
}

static int add_watch(struct request *rq, const char *arg, const char *path,
		     const char *token, int depth)
{
	struct server *s = rq->server;
	struct quota_use *use = &s->quota->use[my_domid(rq)];
	size_t bytes = watch_bytes(strlen(path), strlen(token));
	struct watch *watch;
	int rc;

	if (quota(rq, QUOTA_WATCHES, (uint64_t)use->watches + 1)) {
		return -E2BIG;
	}
	if (quota(rq, QUOTA_MEMORY, use->bytes + bytes)) {
		return -ENOSPC;
	}
	rc = watch_add(&s->watches, rq->conn, &rq->conn->watches, path,
		       watch_strip(rq, arg), depth, token, &watch);
	if (rc) {
		return rc;
	}
	use->watches++;
	use->bytes += bytes;
	request_ack(rq);
	/* Once at the start, so that the watcher looks at what is there. */
	conn_watch_event(watch, path);
	return 0;
}

static int op_watch(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	const char *argv[3];
	unsigned long depth = 0;
	enum special which;
	int n = wire_split_upto(rq->data, rq->hdr->len, argv, 3);
	int rc;

	if (n < 2) {
		return -EINVAL;
	}
	rc = path_canonicalise(argv[0], my_domid(rq), true, path);
	if (!rc && path_is_special(path)) {
		rc = special_find(path, &which) ? -EINVAL : 0;
	}
	if (!rc && n == 3 && *argv[2] != '\0') {
		rc = wire_parse_number(argv[2], XENSTORE_ABS_PATH_MAX, &depth);
	}
	if (rc) {
		return rc;
	}
	if (strlen(argv[1]) > WATCH_TOKEN_MAX) {
		return -E2BIG;
	}
	return add_watch(rq, argv[0], path, argv[1],
			 n == 3 && *argv[2] != '\0' ? (int)depth
						    : WATCH_DEPTH_ALL);
}

static int op_unwatch(struct request *rq)
{
	struct quota_use *use = &rq->server->quota->use[my_domid(rq)];
	char path[PATH_BUF_SIZE];
	const char *argv[2];
	int rc = wire_split(rq->data, rq->hdr->len, argv, 2);

	if (!rc) {
		rc = path_canonicalise(argv[0], my_domid(rq), true, path);
	}
	if (!rc) {
		rc = watch_del(&rq->server->watches, &rq->conn->watches, path,
			       argv[1]);
	}
	if (rc) {
		return rc;
	}
	use->watches--;
	use->bytes -= watch_bytes(strlen(path), strlen(argv[1]));
	request_ack(rq);
	return 0;
}

static int op_reset_watches(struct request *rq)
{
	conn_drop_watches(rq->conn);
	while (rq->conn->txns) {
		conn_del_txn(rq->conn, rq->conn->txns);
	}
	rq->txn = NULL;
	request_ack(rq);
	return 0;
}

/* --- transactions --- */

static int op_transaction_start(struct request *rq)
{
	const struct quota_use *use = my_use(rq);
	struct conn *c = rq->conn;
	char text[16];
	struct txn *t;
	int len;

	if (rq->hdr->tx_id != 0) {
		return -EBUSY;
	}
	if (quota(rq, QUOTA_TRANSACTIONS, (uint64_t)use->transactions + 1) ||
	    quota(rq, QUOTA_MEMORY, use->bytes + sizeof(*t))) {
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
			fire(s, c->path, was ? was->perms : NULL);
		}
	}
}

/* What was free while the transaction ran may be taken by now. */
static int check_commit(struct request *rq, const struct ledger *l)
{
	struct ledger_row row = ledger_get(l, my_domid(rq));
	const struct quota_use *use = my_use(rq);

	if (row.nodes > 0 &&
	    quota(rq, QUOTA_NODES, use->nodes + (uint64_t)row.nodes)) {
		return -ENOSPC;
	}
	if (row.bytes > 0 &&
	    quota(rq, QUOTA_MEMORY, use->bytes + (uint64_t)row.bytes)) {
		return -ENOSPC;
	}
	return 0;
}

static int commit(struct request *rq)
{
	struct server *s = rq->server;
	struct ledger ledger = { .book = NULL };
	struct node *root = NULL;
	struct node *old;
	int rc;

	if (rq->txn->change_count == 0) {
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
		s->commits++;
		fire_changes(s, rq->txn, old);
		node_put(old);
	} else {
		s->conflicts += rc == -EAGAIN;
		node_put(root);
	}
	ledger_clear(&ledger);
	return rc;
}

static int op_transaction_end(struct request *rq)
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
	if (!rc) {
		request_ack(rq);
	}
	return rc;
}

/* --- domains --- */

static int parse_domid(const char *text, unsigned int *domid)
{
	unsigned long n;
	int rc = wire_parse_number(text, PERMS_DOMID_MAX, &n);

	if (!rc) {
		*domid = (unsigned int)n;
	}
	return rc;
}

static int one_domid(struct request *rq, unsigned int *domid)
{
	const char *arg;
	int rc = wire_split(rq->data, rq->hdr->len, &arg, 1);

	return rc ? rc : parse_domid(arg, domid);
}

static int ack_if(struct request *rq, int rc)
{
	if (!rc) {
		request_ack(rq);
	}
	return rc;
}

static int op_introduce(struct request *rq)
{
	const char *argv[4];
	unsigned int domid;
	unsigned long mfn;
	unsigned long port;

	/* Some callers add a field; it says nothing that we need. */
	if (wire_split_upto(rq->data, rq->hdr->len, argv, 4) < 3 ||
	    parse_domid(argv[0], &domid) ||
	    wire_parse_number(argv[1], ULONG_MAX, &mfn) ||
	    wire_parse_number(argv[2], UINT32_MAX, &port)) {
		return -EINVAL;
	}
	if (domid == 0 || domid >= PERMS_DOMID_RESERVED) {
		return -EINVAL;
	}
	return ack_if(rq,
		      domain_introduce(rq->server, domid, mfn, (uint32_t)port));
}

static int op_release(struct request *rq)
{
	unsigned int domid;
	int rc = one_domid(rq, &domid);

	if (!rc && domid == 0) {
		rc = -EINVAL;
	}
	return ack_if(rq, rc ? rc : domain_release(rq->server, domid));
}

static int op_resume(struct request *rq)
{
	unsigned int domid;
	int rc = one_domid(rq, &domid);

	return ack_if(rq, rc ? rc : domain_resume(rq->server, domid));
}

static int op_set_target(struct request *rq)
{
	const char *argv[2];
	unsigned int domid;
	unsigned int target;

	if (wire_split(rq->data, rq->hdr->len, argv, 2) ||
	    parse_domid(argv[0], &domid) || parse_domid(argv[1], &target) ||
	    target == 0) {
		return -EINVAL;
	}
	return ack_if(rq, domain_set_target(rq->server, domid, target));
}

static int op_get_domain_path(struct request *rq)
{
	char path[64];
	unsigned int domid;
	int len;
	int rc = one_domid(rq, &domid);

	if (rc) {
		return rc;
	}
	len = snprintf(path, sizeof(path), "/local/domain/%u", domid);
	request_reply(rq, path, (size_t)len + 1);
	return 0;
}

static int op_is_domain_introduced(struct request *rq)
{
	unsigned int domid;
	int rc = one_domid(rq, &domid);

	if (rc) {
		return rc;
	}
	request_reply(rq, domain_find(rq->server, domid) ? "T" : "F", 2);
	return 0;
}

struct op {
	int (*handle)(struct request *rq);
	bool privileged;
};

static const struct op ops[XS_TYPE_COUNT] = {
	[XS_CONTROL] = { control_handle, true },
	[XS_DIRECTORY] = { op_directory, false },
	[XS_READ] = { op_read, false },
	[XS_GET_PERMS] = { op_get_perms, false },
	[XS_WATCH] = { op_watch, false },
	[XS_UNWATCH] = { op_unwatch, false },
	[XS_TRANSACTION_START] = { op_transaction_start, false },
	[XS_TRANSACTION_END] = { op_transaction_end, false },
	[XS_INTRODUCE] = { op_introduce, true },
	[XS_RELEASE] = { op_release, true },
	[XS_GET_DOMAIN_PATH] = { op_get_domain_path, false },
	[XS_WRITE] = { op_write, false },
	[XS_MKDIR] = { op_mkdir, false },
	[XS_RM] = { op_rm, false },
	[XS_SET_PERMS] = { op_set_perms, false },
	[XS_IS_DOMAIN_INTRODUCED] = { op_is_domain_introduced, true },
	[XS_RESUME] = { op_resume, true },
	[XS_SET_TARGET] = { op_set_target, true },
	[XS_RESET_WATCHES] = { op_reset_watches, false },
	[XS_DIRECTORY_PART] = { op_directory_part, false },
};

static int dispatch(struct request *rq)
{
	const struct op *op = &ops[rq->hdr->type];

	if (!op->handle) {
		return -ENOSYS;
	}
	if (op->privileged && !perms_privileged(who(rq))) {
		return -EACCES;
	}
	if (rq->hdr->tx_id != 0 && rq->hdr->type != XS_TRANSACTION_START) {
		rq->txn = conn_find_txn(rq->conn, rq->hdr->tx_id);
		if (!rq->txn) {
			return -ENOENT;
		}
	}
	return op->handle(rq);
}

void ops_handle(struct conn *c, const struct xsd_sockmsg *hdr, const char *data)
{
	struct request rq = {
		.server = c->server, .conn = c, .hdr = hdr, .data = data
	};
	int rc = -ENOSYS;

	if (hdr->type < XS_TYPE_COUNT) {
		c->server->requests[hdr->type]++;
		rc = dispatch(&rq);
	}
	if (rc) {
		conn_reply_error(c, hdr, -rc);
	}
	if (log_tracing()) {
		log_msg(LOG_LEVEL_TRACE, "%u: dom%u %s tx %u len %u: %s", c->id,
			c->who.domid, wire_type_name(hdr->type), hdr->tx_id,
			hdr->len, rc ? wire_error_name(-rc) : "ok");
	}
}
