// SPDX-License-Identifier: BSD-2-Clause
/*
 * Requests that change nodes: WRITE, MKDIR, RM, SET_PERMS. Inside a
 * transaction the change goes to its tree and its list; otherwise to the live
 * tree, and is told to the watchers.
 */
#include <errno.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/request.h"

/* May the requester's nodes and bytes grow by this much? */
static int check_growth(struct request *rq, uint64_t nodes, uint64_t bytes)
{
	struct ledger_row pending = { .nodes = 0 };
	const struct quota_use *use = request_use(rq);
	int64_t all_nodes;
	int64_t all_bytes;

	if (rq->txn) {
		pending = ledger_get(&rq->txn->ledger, request_domid(rq));
	}
	all_nodes = (int64_t)(use->nodes + nodes) + pending.nodes;
	all_bytes = (int64_t)(use->bytes + bytes) + pending.bytes;
	if (nodes > 0 && all_nodes > 0 &&
	    request_quota(rq, QUOTA_NODES, (uint64_t)all_nodes)) {
		return -ENOSPC;
	}
	if (bytes > 0 && all_bytes > 0 &&
	    request_quota(rq, QUOTA_MEMORY, (uint64_t)all_bytes)) {
		return -ENOSPC;
	}
	return 0;
}

static int check_write(struct request *rq, const char *path,
		       const struct found *f, size_t len)
{
	size_t old = f->node->value_len;

	if (request_quota(rq, QUOTA_NODE_SIZE, len)) {
		return -ENOSPC;
	}
	if (!f->missing) {
		return check_growth(rq, 0, len > old ? len - old : 0);
	}
	if (request_quota(rq, QUOTA_DEPTH, path_depth(path)) ||
	    request_quota(rq, QUOTA_PATH_MAX, strlen(path))) {
		return -ENOSPC;
	}
	return check_growth(rq, f->missing,
			    store_create_bytes(f->node, f->missing, path, len));
}

/*
 * A transaction keeps each change until its end, so that even writing the
 * same node over and over takes memory.
 */
static int check_change(struct request *rq, const char *path, size_t len)
{
	if (!rq->txn) {
		return 0;
	}
	return request_quota(rq, QUOTA_MEMORY,
			     request_use(rq)->bytes +
				     txn_change_bytes(strlen(path), len));
}

static int do_write(struct request *rq, const char *path, const struct found *f,
		    const void *value, size_t len)
{
	struct server *s = rq->server;
	struct perms *before =
		f->missing ? NULL : perms_get(node_perms(f->node));
	uint64_t kept;
	int rc;

	if (rq->txn) {
		kept = rq->txn->bytes;
		rc = txn_write(rq->txn, path, value, len, request_domid(rq));
		request_book_txn(rq, kept);
	} else {
		rc = store_write(&s->root, &s->ledger, path, value, len,
				 request_domid(rq));
		if (!rc) {
			journal_write(s, path, value, len, request_domid(rq));
			fire_changed(s, path, before);
		}
	}
	perms_put(before);
	return rc;
}

int op_write(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	const char *data;
	struct found f;
	size_t len;
	int rc = request_path_and_rest(rq, false, path, &data, &len);

	if (rc) {
		return rc;
	}
	rc = request_look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	if (rc && rc != -ENOENT) {
		return rc;
	}
	rc = check_write(rq, path, &f, len);
	if (!rc) {
		rc = check_change(rq, path, len);
	}
	if (rc) {
		return rc;
	}
	rc = do_write(rq, path, &f, data, len);
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
		rc = txn_mkdir(rq->txn, path, request_domid(rq));
		request_book_txn(rq, kept);
		return rc;
	}
	rc = store_mkdir(&s->root, &s->ledger, path, request_domid(rq));
	if (!rc) {
		journal_mkdir(s, path, request_domid(rq));
		fire_changed(s, path, NULL);
	}
	return rc;
}

int op_mkdir(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct found f;
	int rc = request_path(rq, false, path);

	if (!rc) {
		rc = request_look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	}
	if (rc == -ENOENT) {
		rc = check_write(rq, path, &f, 0);
		if (!rc) {
			rc = check_change(rq, path, 0);
		}
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
		request_book_txn(rq, kept);
		return rc;
	}
	(void)node_get(node);
	rc = store_remove(&s->root, &s->ledger, path);
	if (!rc) {
		journal_remove(s, path);
		fire_removed(s, path, node);
	}
	node_put(node);
	return rc;
}

int op_rm(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct found f;
	int rc = request_path(rq, false, path);

	if (rc || strcmp(path, "/") == 0) {
		return rc ? rc : -EINVAL;
	}
	rc = request_look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	if (!rc) {
		rc = check_change(rq, path, 0);
		if (!rc) {
			rc = do_remove(rq, path, f.node);
		}
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
	unsigned int domid;
	int rc = special_find(path, &which, &domid);

	if (rc || rq->txn) {
		return rc ? rc : -EINVAL;
	}
	if (!perms_privileged(request_who(rq))) {
		return -EACCES;
	}
	if (domid != SPECIAL_ALL && !domain_find(rq->server, domid)) {
		return -ENOENT;
	}
	rc = special_set_perms(rq->server, which, domid, perms);
	if (!rc) {
		journal_special(rq->server, path, perms);
	}
	return rc;
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
		request_book_txn(rq, kept);
		return rc;
	}
	before = perms_get(node_perms(f->node));
	rc = store_set_perms(&s->root, &s->ledger, path, perms);
	if (!rc) {
		journal_perms(s, path, perms);
		fire_changed(s, path, before);
	}
	perms_put(before);
	return rc;
}

/* Only the owner may, and only domain 0 may give a node away. */
static int set_perms(struct request *rq, const char *path, struct perms *perms)
{
	struct found f;
	uint64_t grown;
	int rc = request_look_up(rq, path, PERMS_NONE, TXN_DEP_PERMS, &f);

	if (rc == -ENOENT) {
		return perms_allow(node_perms(f.node), request_who(rq),
				   PERMS_WRITE)
			       ? -ENOENT
			       : -EACCES;
	}
	if (rc) {
		return rc;
	}
	if (!perms_owns(node_perms(f.node), request_who(rq))) {
		return -EACCES;
	}
	if (!perms_privileged(request_who(rq)) &&
	    perms_owner(perms) != perms_owner(node_perms(f.node))) {
		return -EPERM;
	}
	grown = perms->count > node_perms(f.node)->count
			? perms->count - node_perms(f.node)->count
			: 0;
	rc = check_growth(rq, 0, grown * sizeof(struct perm_entry));
	if (!rc) {
		rc = check_change(rq, path,
				  perms->count * sizeof(struct perm_entry));
	}
	return rc ? rc : do_set_perms(rq, path, &f, perms);
}

int op_set_perms(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct perms *perms;
	const char *text;
	size_t len;
	int rc = request_path_and_rest(rq, true, path, &text, &len);

	if (!rc) {
		rc = perms_parse(text, len, &perms);
	}
	if (rc) {
		return rc;
	}
	if (request_quota(rq, QUOTA_PERMS, perms->count)) {
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
