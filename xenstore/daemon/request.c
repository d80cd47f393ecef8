// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a request looks at inside a transaction is noted there (txn.h) before
 * the answer is given, refusals too: as much as the answer told, and no more,
 * since that a commit fails is an answer as well.
 *
 * Who may know what: a node that exists but is closed gives EACCES. For one
 * that does not exist the nearest node above decides: who has the wanted
 * access there is told ENOENT, all others EACCES.
 */
#include "xenstore/daemon/request.h"

#include <errno.h>
#include <string.h>

#include "xenstore/common/path.h"

void request_reply(struct request *rq, const void *data, size_t len)
{
	conn_reply(rq->conn, rq->hdr, rq->hdr->type, data, len);
}

int request_ack(struct request *rq, int rc)
{
	if (!rc) {
		request_reply(rq, "OK", sizeof("OK"));
	}
	return rc;
}

const struct perms_subject *request_who(const struct request *rq)
{
	return &rq->conn->who;
}

unsigned int request_domid(const struct request *rq)
{
	return rq->conn->who.domid;
}

struct node *request_tree(const struct request *rq)
{
	return rq->txn ? rq->txn->root : rq->server->root;
}

int request_quota(struct request *rq, enum quota_kind kind, uint64_t need)
{
	return quota_check(rq->server->quota, request_domid(rq), kind, need);
}

/* What is booked already may be less than what a transaction takes away. */
static bool exceeds(struct quota *q, unsigned int domid, enum quota_kind kind,
		    uint64_t has, int64_t more)
{
	int64_t need = (int64_t)has + more;

	return more > 0 && quota_check(q, domid, kind, (uint64_t)need);
}

int request_growth(struct request *rq, const struct ledger_row *row)
{
	struct quota *q = rq->server->quota;
	const struct quota_use *use = &q->use[row->domid];

	if (perms_privileged(request_who(rq))) {
		return 0;
	}
	return exceeds(q, row->domid, QUOTA_NODES, use->nodes, row->nodes) ||
			       exceeds(q, row->domid, QUOTA_MEMORY, use->bytes,
				       row->bytes)
		       ? -ENOSPC
		       : 0;
}

const struct quota_use *request_use(const struct request *rq)
{
	return &rq->server->quota->use[request_domid(rq)];
}

int request_path(struct request *rq, bool special, char *path)
{
	const char *arg;
	int rc = wire_split(rq->data, rq->hdr->len, &arg, 1);

	return rc ? rc
		  : path_canonicalise(arg, request_domid(rq), special, path);
}

int request_path_and_rest(struct request *rq, bool special, char *path,
			  const char **rest, size_t *rest_len)
{
	size_t len = strnlen(rq->data, rq->hdr->len);

	if (len == rq->hdr->len) {
		return -EINVAL;
	}
	*rest = rq->data + len + 1;
	*rest_len = rq->hdr->len - len - 1;
	return path_canonicalise(rq->data, request_domid(rq), special, path);
}

void request_book_txn(struct request *rq, uint64_t before)
{
	rq->server->quota->use[request_domid(rq)].bytes +=
		rq->txn->bytes - before;
}

static int note(struct request *rq, const char *path, unsigned int what)
{
	uint64_t before;
	int rc;

	if (!rq->txn) {
		return 0;
	}
	if (!txn_noted(rq->txn, path) &&
	    (request_quota(rq, QUOTA_TXN_PATHS,
			   (uint64_t)rq->txn->deps.index.count + 1) ||
	     request_quota(rq, QUOTA_MEMORY,
			   request_use(rq)->bytes + strlen(path)))) {
		return -ENOSPC;
	}
	before = rq->txn->bytes;
	rc = txn_note(rq->txn, path, what);
	request_book_txn(rq, before);
	return rc;
}

/* Note the nearest node above a missing path: it decided the answer. */
static int note_above(struct request *rq, const char *path,
		      unsigned int missing, unsigned int what)
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
	return note(rq, above, what);
}

/*
 * Who is refused depends on his rights alone. Who is let in depends on what he
 * sees, and on the permissions in full where he could ask for them.
 */
static int note_look(struct request *rq, const char *path, unsigned int want,
		     unsigned int what, const struct found *f)
{
	const struct perms *perms = node_perms(f->node);
	unsigned int full = TXN_DEP_ACCESS;
	int rc;

	if (!perms_allow(perms, request_who(rq), want ? want : PERMS_WRITE)) {
		return note(rq, path, TXN_DEP_ACCESS);
	}
	if (perms_allow(perms, request_who(rq), PERMS_READ)) {
		full |= TXN_DEP_PERMS | TXN_DEP_EXISTS;
	}
	rc = note(rq, path, what | TXN_DEP_EXISTS | full);
	return rc || !f->missing ? rc : note_above(rq, path, f->missing, full);
}

int request_look_up(struct request *rq, const char *path, unsigned int want,
		    unsigned int what, struct found *found)
{
	int rc;

	found->node = store_nearest(request_tree(rq), path, &found->missing);
	rc = note_look(rq, path, want, what, found);
	if (rc) {
		return rc;
	}
	if (!perms_allow(node_perms(found->node), request_who(rq), want)) {
		return -EACCES;
	}
	return found->missing ? -ENOENT : 0;
}

/* The node at the first @len bytes of @path, or NULL. */
static struct node *find_above(struct server *s, const char *path, size_t len)
{
	char above[PATH_BUF_SIZE];

	memcpy(above, path, len);
	above[len] = '\0';
	return len ? store_find(s->root, above) : NULL;
}

void fire_changed(struct server *s, const char *path,
		  const struct perms *before)
{
	size_t size = strlen(path);
	size_t len = path_parent_len(path, size);
	struct watch_change change = { .path = path, .before = before };
	const char *name = path + len + (len > 1);
	const struct node *parent;
	const struct node *node;

	if (s->watches.count == 0) {
		return;
	}
	parent = find_above(s, path, len);
	node = parent ? node_child(parent, name, size - (size_t)(name - path))
		      : store_find(s->root, path);
	change.after = node ? node_perms(node) : NULL;
	change.parent = parent ? node_perms(parent) : NULL;
	watch_fire(&s->watches, &change, false);
}

void fire_removed(struct server *s, const char *path, const struct node *gone)
{
	const struct node *parent =
		find_above(s, path, path_parent_len(path, strlen(path)));

	watch_fire_removed(&s->watches, path, gone,
			   parent ? node_perms(parent) : NULL);
}
