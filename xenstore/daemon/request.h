/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request while it is handled, and what the functions behind the table in
 * ops.c have in common: arguments, permissions, limits, notes in the
 * transaction, the reply, and telling the watchers.
 *
 * An op_ function replies and returns 0, or returns -errno and has changed
 * nothing.
 */
#ifndef XENSTORE_DAEMON_REQUEST_H
#define XENSTORE_DAEMON_REQUEST_H

#include "xenstore/daemon/conn.h"

/* @data is @hdr->len bytes and not changed. */
struct request {
	struct server *server;
	struct conn *conn;
	const struct xsd_sockmsg *hdr;
	const char *data;
	struct txn *txn; /* or NULL: the live tree */
};

const struct perms_subject *request_who(const struct request *rq);
unsigned int request_domid(const struct request *rq);
/* The tree that the request sees. */
struct node *request_tree(const struct request *rq);
const struct quota_use *request_use(const struct request *rq);

/* May the requester have @need of @kind? 0 or -ENOSPC. */
int request_quota(struct request *rq, enum quota_kind kind, uint64_t need);
/* May what @row's domain has grow by that, for this requester? -ENOSPC. */
int request_growth(struct request *rq, const struct ledger_row *row);
/* Book what the transaction keeps beyond @before bytes. */
void request_book_txn(struct request *rq, uint64_t before);

/* The payload as one path, in absolute form (PATH_BUF_SIZE bytes). */
int request_path(struct request *rq, bool special, char *path);
/* A path, then anything: *rest and *rest_len are what follows its NUL. */
int request_path_and_rest(struct request *rq, bool special, char *path,
			  const char **rest, size_t *rest_len);

struct found {
	struct node *node;    /* the node, or the nearest above */
	unsigned int missing; /* components below it that do not exist */
};

/*
 * Look up @path for access @want (PERMS_*), noting in the transaction that the
 * result depends on @what (TXN_DEP_*). 0 with *found set; -ENOENT also sets
 * it, and means that creating is allowed where @want was PERMS_WRITE. -EACCES,
 * -ENOSPC, -ENOMEM.
 */
int request_look_up(struct request *rq, const char *path, unsigned int want,
		    unsigned int what, struct found *found);

void request_reply(struct request *rq, const void *data, size_t len);
/* If @rc is 0: "OK". Returns @rc. */
int request_ack(struct request *rq, int rc);

/* The live tree has changed at @path, where @before used to apply. */
void fire_changed(struct server *s, const char *path,
		  const struct perms *before);
/* The subtree @gone was removed from the live tree at @path. */
void fire_removed(struct server *s, const char *path, const struct node *gone);

int op_read(struct request *rq);
int op_directory(struct request *rq);
int op_directory_part(struct request *rq);
int op_get_perms(struct request *rq);
int op_write(struct request *rq);
int op_mkdir(struct request *rq);
int op_rm(struct request *rq);
int op_set_perms(struct request *rq);
int op_watch(struct request *rq);
int op_unwatch(struct request *rq);
int op_reset_watches(struct request *rq);
int op_transaction_start(struct request *rq);
int op_transaction_end(struct request *rq);
int op_introduce(struct request *rq);
int op_release(struct request *rq);
int op_resume(struct request *rq);
int op_set_target(struct request *rq);
int op_get_domain_path(struct request *rq);
int op_is_domain_introduced(struct request *rq);
int op_control(struct request *rq);

#endif
