// SPDX-License-Identifier: BSD-2-Clause
/*
 * One count for each domain, in an array as large as the books. A
 * transaction's ledger is compared with the difference between its tree and
 * the one it began with; what both share is not walked.
 */
#include "xenstore/daemon/check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/conn.h"

struct found_use {
	uint64_t nodes;
	uint64_t bytes;
	uint64_t watches;
	uint64_t transactions;
};

struct check {
	const struct server *server;
	FILE *out;
	struct found_use *use;
	unsigned int wrong;
	uint64_t nodes;
	size_t path_len;
	char path[PATH_BUF_SIZE];
};

__attribute__((format(printf, 2, 3))) static void wrong(struct check *c,
							const char *fmt, ...)
{
	va_list ap;

	c->wrong++;
	if (!c->out) {
		return;
	}
	va_start(ap, fmt);
	(void)vfprintf(c->out, fmt, ap);
	va_end(ap);
	(void)fputc('\n', c->out);
}

static bool name_ok(const struct node *node)
{
	char path[PATH_BUF_SIZE];
	char out[PATH_BUF_SIZE];

	if (node->name_len == 0 || node->name_len >= sizeof(path) - 1 ||
	    strlen(node->name) != node->name_len || strchr(node->name, '/')) {
		return false;
	}
	path[0] = '/';
	memcpy(path + 1, node->name, node->name_len + 1u);
	return path_canonicalise(path, 0, false, out) == 0;
}

static bool in_order(const struct node *node)
{
	const struct node *before = NULL;
	const struct node *child;
	struct child_iter it;

	child_iter_start(&it, node);
	while ((child = child_next(&it))) {
		if (before && strcmp(before->name, child->name) >= 0) {
			return false;
		}
		before = child;
	}
	return true;
}

static void check_node(struct check *c, const struct node *node)
{
	struct found_use *use = &c->use[perms_owner(node_perms(node))];

	c->nodes++;
	use->nodes++;
	use->bytes += node_bytes(node);
	if (node->refs == 0 || node_perms(node)->count == 0) {
		wrong(c, "%s: no reference or no permissions", c->path);
	}
	if (!in_order(node)) {
		wrong(c, "%s: its children are not in order", c->path);
	}
}

static void check_subtree(struct check *c, const struct node *node)
{
	size_t len = c->path_len;
	const struct node *child;
	struct child_iter it;

	check_node(c, node);
	child_iter_start(&it, node);
	while ((child = child_next(&it))) {
		if (!name_ok(child) ||
		    len + 1 + child->name_len > XENSTORE_ABS_PATH_MAX) {
			wrong(c, "%s: a child that no path can name", c->path);
			continue;
		}
		c->path[len] = '/';
		memcpy(c->path + len + 1, child->name, child->name_len + 1u);
		c->path_len = len + 1 + child->name_len;
		check_subtree(c, child);
	}
	c->path_len = len;
	c->path[len] = '\0';
}

static bool rows_equal(const struct ledger *a, const struct ledger *b)
{
	for (unsigned int i = 0; i < a->count; i++) {
		struct ledger_row row = ledger_get(b, a->row[i].domid);

		if (a->row[i].nodes != row.nodes ||
		    a->row[i].bytes != row.bytes) {
			return false;
		}
	}
	return true;
}

static void check_txn(struct check *c, const struct conn *conn,
		      const struct txn *t)
{
	struct ledger l = { .book = NULL };

	store_book_difference(&l, t->base, t->root);
	if (!t->ledger.failed && !l.failed &&
	    (!rows_equal(&l, &t->ledger) || !rows_equal(&t->ledger, &l))) {
		wrong(c, "connection %u: transaction %u has a wrong ledger",
		      conn->id, t->id);
	}
	ledger_clear(&l);
}

static void check_conn(struct check *c, const struct conn *conn)
{
	struct found_use *use = &c->use[conn->who.domid];

	for (const struct watch *w = conn->watches; w; w = w->next) {
		use->watches++;
		use->bytes +=
			watch_bytes(strlen(watch_path(w)), strlen(w->token));
	}
	for (const struct txn *t = conn->txns; t; t = t->next) {
		use->transactions++;
		use->bytes += t->bytes;
		check_txn(c, conn, t);
	}
}

static void compare(struct check *c, unsigned int domid, const char *what,
		    uint64_t booked, uint64_t found)
{
	if (booked != found) {
		wrong(c, "domain %u: %llu %s booked, %llu found", domid,
		      (unsigned long long)booked, what,
		      (unsigned long long)found);
	}
}

static void check_books(struct check *c)
{
	const struct quota *q = c->server->quota;
	uint64_t watches = 0;

	for (unsigned int i = 0; i < QUOTA_DOMIDS; i++) {
		const struct quota_use *use = &q->use[i];
		const struct found_use *f = &c->use[i];

		compare(c, i, "nodes", use->nodes, f->nodes);
		compare(c, i, "bytes", use->bytes, f->bytes);
		compare(c, i, "watches", use->watches, f->watches);
		compare(c, i, "transactions", use->transactions,
			f->transactions);
		watches += f->watches;
	}
	if (watches != c->server->watches.count) {
		wrong(c, "%u watches listed, %llu found",
		      c->server->watches.count, (unsigned long long)watches);
	}
}

unsigned int check_all(const struct server *s, FILE *out, uint64_t *nodes)
{
	struct check c = { .server = s, .out = out };

	c.use = calloc(QUOTA_DOMIDS, sizeof(*c.use));
	if (!c.use) {
		wrong(&c, "no memory to count");
		return c.wrong;
	}
	check_subtree(&c, s->root);
	for (const struct conn *conn = s->conns; conn; conn = conn->next) {
		check_conn(&c, conn);
	}
	check_books(&c);
	free(c.use);
	*nodes = c.nodes;
	return c.wrong;
}
