// SPDX-License-Identifier: BSD-2-Clause
/*
 * Requests that change nodes: WRITE, MKDIR, RM, SET_PERMS. Inside a
 * transaction the change goes to its tree and its list; otherwise to the live
 * tree, and is told to the journal and the watchers.
 */
#include <errno.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/request.h"

/*
 * May the nodes and bytes of @owner grow by this much? It may be another one
 * than the requester, in whose node he writes.
 */
static int check_growth(struct request *rq, unsigned int owner, uint64_t nodes,
			uint64_t bytes)
{
	struct ledger_row grown = { .domid = owner };

	if (rq->txn) {
		grown = ledger_get(&rq->txn->ledger, owner);
	}
	grown.nodes = nodes > 0 ? grown.nodes + (int64_t)nodes : 0;
	grown.bytes = bytes > 0 ? grown.bytes + (int64_t)bytes : 0;
	return request_growth(rq, &grown);
}

/* May @c be made where @f was found? What exists only gets another value. */
static int check_write(struct request *rq, const struct txn_change *c,
		       const struct found *f)
{
	size_t old = f->node->value_len;

	if (request_quota(rq, QUOTA_NODE_SIZE, c->len)) {
		return -ENOSPC;
	}
	if (!f->missing) {
		return check_growth(rq, perms_owner(node_perms(f->node)), 0,
				    c->len > old ? c->len - old : 0);
	}
	if (request_quota(rq, QUOTA_DEPTH, path_depth(c->path)) ||
	    request_quota(rq, QUOTA_PATH_MAX, strlen(c->path))) {
		return -ENOSPC;
	}
	return check_growth(
		rq, request_domid(rq), f->missing,
		store_create_bytes(f->node, f->missing, c->path, c->len));
}

static int change_in_txn(struct request *rq, const struct txn_change *c)
{
	uint64_t before = rq->txn->bytes;
	int rc;

	/* It is kept until the end, even if it writes the same once more. */
	if (request_quota(rq, QUOTA_TXN_PATHS, rq->txn->change_count + 1) ||
	    request_quota(rq, QUOTA_MEMORY,
			  request_use(rq)->bytes + txn_change_bytes(c))) {
		return -ENOSPC;
	}
	rc = txn_change(rq->txn, c);
	request_book_txn(rq, before);
	return rc;
}

/* Make a change that was checked, of what was found at its path. */
static int change(struct request *rq, const struct txn_change *c,
		  const struct found *f)
{
	struct server *s = rq->server;
	struct perms *before = NULL;
	struct node *gone = NULL;
	int rc;

	if (rq->txn) {
		return change_in_txn(rq, c);
	}
	if (c->kind == TXN_CHANGE_REMOVE) {
		gone = node_get(f->node);
	} else if (!f->missing) {
		before = perms_get(node_perms(f->node));
	}
	rc = txn_change_apply(&s->root, &s->ledger, c);
	if (!rc) {
		save_change(journal(s), c, true);
	}
	if (!rc && gone) {
		fire_removed(s, c->path, gone);
	} else if (!rc) {
		fire_changed(s, c->path, before);
	}
	node_put(gone);
	perms_put(before);
	return rc;
}

int op_write(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct txn_change c = { .kind = TXN_CHANGE_WRITE,
				.creator = request_domid(rq),
				.path = path };
	struct found f;
	int rc = request_path_and_rest(rq, false, path, &c.data, &c.len);

	if (rc) {
		return rc;
	}
	rc = request_look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	if (!rc || rc == -ENOENT) {
		rc = check_write(rq, &c, &f);
	}
	return request_ack(rq, rc ? rc : change(rq, &c, &f));
}

int op_mkdir(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct txn_change c = { .kind = TXN_CHANGE_MKDIR,
				.creator = request_domid(rq),
				.path = path };
	struct found f;
	int rc = request_path(rq, false, path);

	if (!rc) {
		rc = request_look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	}
	if (rc == -ENOENT) {
		rc = check_write(rq, &c, &f);
		if (!rc) {
			rc = change(rq, &c, &f);
		}
	}
	return request_ack(rq, rc);
}

int op_rm(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct txn_change c = { .kind = TXN_CHANGE_REMOVE, .path = path };
	struct found f;
	int rc = request_path(rq, false, path);

	if (rc || strcmp(path, "/") == 0) {
		return rc ? rc : -EINVAL;
	}
	rc = request_look_up(rq, path, PERMS_WRITE, TXN_DEP_EXISTS, &f);
	if (rc == -ENOENT && f.missing == 1) {
		/* Gone already, and its parent is there: that is success. */
		return request_ack(rq, 0);
	}
	return request_ack(rq, rc ? rc : change(rq, &c, &f));
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
		save_special(journal(rq->server), path, perms);
	}
	return rc;
}

/* Only the owner may, and only domain 0 may give a node away. */
static int set_perms(struct request *rq, const char *path, struct perms *perms)
{
	struct txn_change c = { .kind = TXN_CHANGE_PERMS,
				.path = path,
				.perms = perms };
	const struct perms *old;
	struct found f;
	uint64_t grown;
	int rc = request_look_up(rq, path, PERMS_NONE, TXN_DEP_PERMS, &f);

	if (rc && rc != -ENOENT) {
		return rc;
	}
	old = node_perms(f.node);
	if (rc) {
		return perms_allow(old, request_who(rq), PERMS_WRITE) ? -ENOENT
								      : -EACCES;
	}
	if (!perms_owns(old, request_who(rq))) {
		return -EACCES;
	}
	if (!perms_privileged(request_who(rq)) &&
	    perms_owner(perms) != perms_owner(old)) {
		return -EPERM;
	}
	grown = perms->count > old->count ? perms->count - old->count : 0;
	rc = check_growth(rq, perms_owner(old), 0,
			  grown * sizeof(struct perm_entry));
	return rc ? rc : change(rq, &c, &f);
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
	return request_ack(rq, rc);
}
