// SPDX-License-Identifier: BSD-2-Clause
/*
 * One table: record type and the function that takes it. A state's records
 * may come in any order that makes sense: children before their parents, a
 * connection before what is its own. What a record may not do is checked
 * where it is taken:
 *
 * - The stack of nodes is a list in @nodes; a node takes its children from its
 *   end. Their names must be sorted, and no path may be longer than the
 *   protocol allows.
 * - A node that is said again makes a tree larger than its records. That is
 *   bounded: no tree may hold more nodes than there are records.
 */
#include "xenstore/daemon/state_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/ring.h"
#include "xenstore/daemon/state_log.h"
#include "xenstore/daemon/state_save.h"

/* More entries than any limit allows, so that no list is absurd. */
#define PERMS_MAX  4096u
#define BUFFER_MAX (1u << 20)

/* A node with what its tree amounts to. */
struct loaded_node {
	struct node *node;
	uint64_t count;	 /* of nodes */
	size_t path_len; /* of the longest path below, with its own name */
};

struct nodes {
	struct loaded_node *item;
	size_t count;
	size_t capacity;
};

struct load {
	struct server *server;
	struct state_in in;
	struct state_extra *extra;
	struct nodes stack;
	struct nodes shared;
	struct perms **perms;
	size_t perms_count;
	size_t perms_capacity;
	bool live;
	bool ended;
	struct conn *conn; /* that the next records belong to */
	struct txn *txn;   /* likewise */
	struct watch **watch;
	size_t watch_count;
	size_t watch_capacity;
};

/* Room for one more of @size bytes each. */
static int grow(void **array, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity ? 2 * *capacity : 16;
	void *bigger;

	if (count < *capacity) {
		return 0;
	}
	bigger = reallocarray(*array, more, size);
	if (!bigger) {
		return -ENOMEM;
	}
	*array = bigger;
	*capacity = more;
	return 0;
}

static int push(struct nodes *n, struct loaded_node item)
{
	int rc = grow((void **)&n->item, n->count, &n->capacity,
		      sizeof(n->item[0]));

	if (!rc) {
		n->item[n->count++] = item;
	}
	return rc;
}

static void nodes_clear(struct nodes *n)
{
	while (n->count > 0) {
		node_put(n->item[--n->count].node);
	}
	free(n->item);
}

static int take_origin(struct load *l)
{
	(void)state_get_str(&l->in, l->extra->boot, sizeof(l->extra->boot));
	return state_done(&l->in);
}

static int take_counters(struct load *l)
{
	uint64_t generation = state_get_u64(&l->in);
	uint64_t order = state_get_u64(&l->in);
	uint32_t conn_id = state_get_u32(&l->in);

	if (state_done(&l->in)) {
		return -EINVAL;
	}
	if (generation >> 62 || order >> 62 || conn_id >> 31) {
		return state_bad(&l->in, "a counter about to wrap");
	}
	/* Never back: what was given out in this life stays taken. */
	if (generation > store_generation()) {
		store_set_generation(generation);
	}
	if (order > txn_last_order()) {
		txn_set_last_order(order);
	}
	if (conn_id > conn_last_id()) {
		conn_set_last_id(conn_id);
	}
	return 0;
}

/* Another daemon may count less, or more. */
static int take_totals(struct load *l)
{
	uint64_t *total;

	for (unsigned int i = 0; l->in.pos < l->in.body_len; i++) {
		uint64_t n = state_get_u64(&l->in);

		if (l->in.failed) {
			return -EINVAL;
		}
		total = server_total(l->server, i);
		if (total) {
			*total = n;
		}
	}
	return state_done(&l->in);
}

int state_take_quota(struct server *s, struct state_in *in)
{
	enum quota_kind kind;
	char name[64];
	uint64_t limit;

	(void)state_get_str(in, name, sizeof(name));
	limit = state_get_u64(in);
	if (state_done(in)) {
		return -EINVAL;
	}
	if (quota_find(name, &kind)) {
		/* Of an older or a newer daemon. */
		log_warn("state: no such limit here: %s", name);
		return 0;
	}
	s->quota->limit[kind] = limit;
	return 0;
}

static int take_quota(struct load *l)
{
	return state_take_quota(l->server, &l->in);
}

int state_take_perms(struct state_in *in, struct perms **out)
{
	uint32_t count = state_get_u32(in);
	struct perms *perms;

	if (count == 0 || count > PERMS_MAX) {
		return state_bad(in, "%u permissions", count);
	}
	perms = perms_alloc(count);
	if (!perms) {
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t v = state_get_u32(in);

		perms->entry[i].domid = (uint16_t)v;
		perms->entry[i].access = (uint16_t)(v >> 16);
		if (v >> 16 > (PERMS_READ | PERMS_WRITE)) {
			(void)state_bad(in, "no such permission: %u", v >> 16);
		}
	}
	if (in->failed) {
		perms_put(perms);
		return -EINVAL;
	}
	*out = perms;
	return 0;
}

static int take_perms(struct load *l)
{
	struct perms *perms;
	int rc = state_take_perms(&l->in, &perms);

	if (!rc) {
		rc = state_done(&l->in);
		if (!rc) {
			rc = grow((void **)&l->perms, l->perms_count,
				  &l->perms_capacity, sizeof(perms));
		}
		if (rc) {
			perms_put(perms);
		} else {
			l->perms[l->perms_count++] = perms;
		}
	}
	return rc;
}

/* One component of a path, and only the root has none. */
static bool name_ok(const char *name, size_t len)
{
	char path[PATH_BUF_SIZE];
	char text[PATH_BUF_SIZE];

	if (len == 0 || len >= XENSTORE_ABS_PATH_MAX ||
	    memchr(name, '/', len) || memchr(name, '\0', len)) {
		return len == 0;
	}
	text[0] = '/';
	memcpy(text + 1, name, len);
	text[len + 1] = '\0';
	return path_canonicalise(text, 0, false, path) == 0;
}

static int compare_names(const struct node *a, const struct node *b)
{
	size_t shorter = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, shorter);

	if (order != 0) {
		return order;
	}
	return (a->name_len > b->name_len) - (a->name_len < b->name_len);
}

/* The @count nodes at the end of the stack become children; what of? */
static int judge_children(struct load *l, uint32_t count,
			  struct loaded_node *sum)
{
	const struct loaded_node *child;

	if (count > l->stack.count) {
		return state_bad(&l->in, "%u children, %zu are there", count,
				 l->stack.count);
	}
	sum->count = 1;
	sum->path_len = 0;
	if (count == 0) {
		return 0;
	}
	child = l->stack.item + (l->stack.count - count);
	for (uint32_t i = 0; i < count; i++) {
		if (child[i].node->name_len == 0) {
			return state_bad(&l->in, "a child without a name");
		}
		if (i > 0 &&
		    compare_names(child[i - 1].node, child[i].node) >= 0) {
			return state_bad(&l->in, "children not in order");
		}
		sum->count += child[i].count;
		if (child[i].path_len > sum->path_len) {
			sum->path_len = child[i].path_len;
		}
	}
	if (sum->count > l->in.records) {
		return state_bad(&l->in, "a tree of %llu nodes",
				 (unsigned long long)sum->count);
	}
	return 0;
}

struct node_fields {
	uint64_t generation;
	uint32_t children;
	uint32_t perms;
	uint32_t numbered;
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;
};

static int get_node(struct load *l, struct node_fields *f)
{
	struct state_in *in = &l->in;

	f->generation = state_get_u64(in);
	f->children = state_get_u32(in);
	f->perms = state_get_u32(in);
	f->numbered = state_get_u32(in);
	f->name = state_get_bytes(in, XENSTORE_ABS_PATH_MAX, &f->name_len);
	f->value = state_get_bytes(in, XENSTORE_PAYLOAD_MAX, &f->value_len);
	if (state_done(in)) {
		return -EINVAL;
	}
	if (f->perms >= l->perms_count) {
		return state_bad(in, "permissions %u are not there", f->perms);
	}
	if (f->generation > store_generation()) {
		return state_bad(in, "a generation yet to come");
	}
	if (f->numbered > 1 || !name_ok(f->name, f->name_len)) {
		return state_bad(in, "not a name of a node");
	}
	return 0;
}

/* The children leave the stack for the node, or for nobody. */
static int adopt(struct load *l, uint32_t count, struct node *node)
{
	int rc = 0;

	l->stack.count -= count;
	for (uint32_t i = 0; i < count; i++) {
		struct node *child = l->stack.item[l->stack.count + i].node;

		if (!rc) {
			rc = child_add(node, child);
		}
		if (rc) {
			node_put(child);
		}
	}
	return rc;
}

static int build_node(struct load *l, const struct node_fields *f,
		      struct loaded_node *out)
{
	uint64_t last = store_generation();
	int rc;

	out->node = node_create(f->name, f->name_len, l->perms[f->perms],
				f->value, f->value_len);
	if (!out->node) {
		return -ENOMEM;
	}
	rc = adopt(l, f->children, out->node);
	store_set_generation(last);
	if (rc) {
		node_put(out->node);
		out->node = NULL;
		return rc;
	}
	node_restore_generation(out->node, f->generation);
	return 0;
}

static int take_node(struct load *l)
{
	struct loaded_node made = { .node = NULL };
	struct node_fields f;
	int rc = get_node(l, &f);

	if (!rc) {
		rc = judge_children(l, f.children, &made);
	}
	if (rc) {
		return rc;
	}
	made.path_len += 1 + f.name_len;
	if (made.path_len > XENSTORE_ABS_PATH_MAX + 1) {
		return state_bad(&l->in, "a path of %zu bytes", made.path_len);
	}
	rc = build_node(l, &f, &made);
	if (!rc && f.numbered) {
		rc = push(&l->shared, made);
		if (!rc) {
			(void)node_get(made.node);
		}
	}
	if (made.node) {
		int pushed = push(&l->stack, made);

		if (pushed) {
			node_put(made.node);
			rc = pushed;
		}
	}
	return rc;
}

static int take_again(struct load *l)
{
	uint32_t number = state_get_u32(&l->in);
	int rc = state_done(&l->in);

	if (rc) {
		return rc;
	}
	if (number >= l->shared.count) {
		return state_bad(&l->in, "node %u is not there", number);
	}
	rc = push(&l->stack, l->shared.item[number]);
	if (!rc) {
		(void)node_get(l->shared.item[number].node);
	}
	return rc;
}

/* The whole tree on the stack's end; the caller gets its reference. */
static int pop_tree(struct load *l, struct node **out)
{
	const struct loaded_node *top;

	if (l->stack.count == 0) {
		return state_bad(&l->in, "no tree is there");
	}
	top = &l->stack.item[l->stack.count - 1];
	if (top->node->name_len != 0) {
		return state_bad(&l->in, "a tree whose root has a name");
	}
	*out = top->node;
	l->stack.count--;
	return 0;
}

static int take_live(struct load *l)
{
	struct server *s = l->server;
	struct node *root;
	int rc = state_done(&l->in);

	if (!rc && l->live) {
		rc = state_bad(&l->in, "a second live tree");
	}
	if (!rc) {
		rc = pop_tree(l, &root);
	}
	if (rc) {
		return rc;
	}
	l->live = true;
	store_book(&s->ledger, s->root, -1);
	store_book(&s->ledger, root, 1);
	server_set_root(s, root);
	return 0;
}

int state_take_special(struct server *s, struct state_in *in)
{
	struct perms *perms;
	enum special which;
	unsigned int domid;
	char name[64];
	int rc;

	(void)state_get_str(in, name, sizeof(name));
	rc = state_take_perms(in, &perms);
	if (rc) {
		return rc;
	}
	rc = state_done(in);
	if (!rc && special_find(name, &which, &domid)) {
		rc = state_bad(in, "no such name: %s", name);
	}
	if (!rc) {
		rc = special_set_perms(s, which, domid, perms);
	}
	perms_put(perms);
	return rc;
}

static int take_special(struct load *l)
{
	return state_take_special(l->server, &l->in);
}

int state_take_domain(struct server *s, struct state_in *in)
{
	struct domain_record r;
	uint32_t flags;
	int rc;

	r.domid = state_get_u32(in);
	r.mfn = state_get_u64(in);
	r.remote_port = state_get_u32(in);
	r.port = (int)state_get_u32(in);
	flags = state_get_u32(in);
	r.shutdown = flags & SAVE_SHUTDOWN;
	r.connected = flags & SAVE_CONNECTED;
	r.target = state_get_u32(in);
	rc = state_done(in);
	if (rc) {
		return rc;
	}
	if (r.domid >= PERMS_DOMID_RESERVED ||
	    (r.target != PERMS_NOBODY && r.target >= PERMS_DOMID_RESERVED)) {
		return state_bad(in, "not a domain: %u", r.domid);
	}
	return domain_restore(s, &r);
}

static int take_domain(struct load *l)
{
	return state_take_domain(l->server, &l->in);
}

struct conn_fields {
	uint32_t id;
	uint32_t domid;
	uint32_t file;
	uint32_t next_txn_id;
	struct ring_place place;
	const char *in;
	size_t in_len;
	const char *out;
	size_t out_len;
};

static int get_conn(struct load *l, struct conn_fields *f)
{
	struct state_in *in = &l->in;

	f->id = state_get_u32(in);
	f->domid = state_get_u32(in);
	f->file = state_get_u32(in);
	f->next_txn_id = state_get_u32(in);
	f->place.req_cons = state_get_u32(in);
	f->place.rsp_prod = state_get_u32(in);
	f->in = state_get_bytes(in, BUFFER_MAX, &f->in_len);
	f->out = state_get_bytes(in, BUFFER_MAX, &f->out_len);
	return state_done(in);
}

static struct conn *socket_conn(struct load *l, const struct conn_fields *f)
{
	struct conn *c;

	if (f->domid != 0 || f->file > INT32_MAX || f->id == 0 ||
	    f->id > conn_last_id()) {
		(void)state_bad(&l->in, "not a connection of domain 0");
		return NULL;
	}
	c = conn_restore(l->server, f->id, 0);
	if (c) {
		c->file = (int)f->file;
	}
	return c;
}

static struct conn *ring_conn(struct load *l, const struct conn_fields *f)
{
	struct domain *d = domain_find(l->server, f->domid);

	if (!d || !d->conn || d->has_state) {
		(void)state_bad(&l->in, "domain %u has no ring", f->domid);
		return NULL;
	}
	d->has_state = true;
	d->place = f->place;
	d->conn->id = f->id;
	return d->conn;
}

static int take_conn(struct load *l)
{
	struct conn_fields f;
	int rc = get_conn(l, &f);

	if (rc) {
		return rc;
	}
	l->txn = NULL;
	l->watch_count = 0;
	l->conn = f.file == UINT32_MAX ? ring_conn(l, &f) : socket_conn(l, &f);
	if (!l->conn) {
		return l->in.failed ? -EINVAL : -ENOMEM;
	}
	l->conn->next_txn_id = f.next_txn_id;
	return conn_restore_bytes(l->conn, f.in, f.in_len, f.out, f.out_len);
}

static int no_conn(struct load *l)
{
	return state_bad(&l->in, "belongs to no connection");
}

bool state_take_path(struct state_in *in, bool special, char *path)
{
	char text[PATH_BUF_SIZE];

	if (!state_get_str(in, text, sizeof(text))) {
		return false;
	}
	if ((text[0] != '/' && text[0] != '@') ||
	    path_canonicalise(text, 0, special, path)) {
		(void)state_bad(in, "not a path");
		return false;
	}
	return true;
}

/* A relative watch leaves out the home of its domain, nothing else. */
static bool strips_home(unsigned int domid, const char *path, size_t strip)
{
	char home[64];

	return strip == path_home_prefix(domid, home, sizeof(home)) &&
	       strncmp(path, home, strip) == 0;
}

int state_take_watch(struct conn *c, struct state_in *in, struct watch **out)
{
	struct server *s = c->server;
	char path[PATH_BUF_SIZE];
	char token[WATCH_TOKEN_MAX + 1];
	uint32_t depth;
	uint32_t strip;
	bool overflow;
	int rc;

	(void)state_take_path(in, true, path);
	(void)state_get_str(in, token, sizeof(token));
	depth = state_get_u32(in);
	strip = state_get_u32(in);
	overflow = state_get_u32(in) != 0;
	rc = state_done(in);
	if (rc) {
		return rc;
	}
	if (strip >= strlen(path) ||
	    (strip > 0 && !strips_home(c->who.domid, path, strip)) ||
	    (depth > XENSTORE_ABS_PATH_MAX &&
	     depth != (uint32_t)WATCH_DEPTH_ALL)) {
		return state_bad(in, "a watch that cannot be");
	}
	rc = watch_add(&s->watches, c, &c->watches, path, strip, (int)depth,
		       token, out);
	if (rc) {
		return rc == -ENOMEM ? rc : state_bad(in, "a second watch");
	}
	(*out)->overflow = overflow;
	s->quota->use[c->who.domid].watches++;
	s->quota->use[c->who.domid].bytes +=
		watch_bytes(strlen(path), strlen(token));
	return 0;
}

static int take_watch(struct load *l)
{
	struct watch *w;
	int rc;

	if (!l->conn) {
		return no_conn(l);
	}
	rc = grow((void **)&l->watch, l->watch_count, &l->watch_capacity,
		  sizeof(w));
	if (!rc) {
		rc = state_take_watch(l->conn, &l->in, &w);
	}
	if (!rc) {
		l->watch[l->watch_count++] = w;
	}
	return rc;
}

static int take_event(struct load *l)
{
	uint32_t number = state_get_u32(&l->in);
	char path[PATH_BUF_SIZE];

	(void)state_get_str(&l->in, path, sizeof(path));
	if (state_done(&l->in)) {
		return -EINVAL;
	}
	if (!l->conn || number >= l->watch_count) {
		return state_bad(&l->in, "an event of no watch");
	}
	return conn_restore_event(l->conn, l->watch[number], path);
}

static int get_trees(struct load *l, struct txn *t)
{
	struct node *root;
	struct node *base;
	int rc = pop_tree(l, &root);

	if (rc) {
		return rc;
	}
	rc = pop_tree(l, &base);
	if (rc) {
		node_put(root);
		return rc;
	}
	txn_restore_trees(t, base, root);
	store_book_difference(&t->ledger, base, root);
	return t->ledger.failed ? -ENOMEM : 0;
}

static int take_txn(struct load *l)
{
	uint32_t id = state_get_u32(&l->in);
	uint32_t trees = state_get_u32(&l->in);
	uint64_t order = state_get_u64(&l->in);
	uint32_t doomed = state_get_u32(&l->in);
	struct txn *t;
	int rc = state_done(&l->in);

	if (rc) {
		return rc;
	}
	if (!l->conn) {
		return no_conn(l);
	}
	if (id == 0 || conn_find_txn(l->conn, id) || order > txn_last_order() ||
	    trees > 1 || doomed > 1) {
		return state_bad(&l->in, "not a transaction: %u", id);
	}
	t = txn_create(l->server->root, id);
	if (!t) {
		return -ENOMEM;
	}
	t->order = order;
	t->doomed = doomed || !trees;
	conn_add_txn(l->conn, t);
	l->txn = trees ? t : NULL;
	return trees ? get_trees(l, t) : 0;
}

/* What the transaction keeps more than @before is booked. */
static int book_txn(struct load *l, uint64_t before, int rc)
{
	l->server->quota->use[l->conn->who.domid].bytes +=
		l->txn->bytes - before;
	return rc;
}

static int take_dep(struct load *l)
{
	char path[PATH_BUF_SIZE];
	uint64_t before;
	uint32_t what;
	int rc;

	(void)state_take_path(&l->in, false, path);
	what = state_get_u32(&l->in);
	if (state_done(&l->in)) {
		return -EINVAL;
	}
	if (!l->txn || what > TXN_DEP_ALL) {
		return state_bad(&l->in, "a look of no transaction");
	}
	before = l->txn->bytes;
	rc = txn_note(l->txn, path, what);
	return book_txn(l, before, rc);
}

/* Fields of a change; path and value are still those of the stream. */
static int get_change(struct state_in *in, struct txn_change *c, char *path)
{
	int rc;

	memset(c, 0, sizeof(*c));
	c->kind = (enum txn_change_kind)state_get_u32(in);
	c->creator = state_get_u32(in);
	(void)state_take_path(in, false, path);
	c->data = state_get_bytes(in, XENSTORE_PAYLOAD_MAX, &c->len);
	if (c->kind > TXN_CHANGE_PERMS || c->creator > PERMS_DOMID_MAX) {
		return state_bad(in, "not a change: %u by %u",
				 (unsigned int)c->kind, c->creator);
	}
	rc = in->failed ? -EINVAL : 0;
	if (!rc && c->kind == TXN_CHANGE_PERMS) {
		rc = state_take_perms(in, &c->perms);
	}
	if (c->kind != TXN_CHANGE_WRITE) {
		c->len = 0;
	}
	return rc;
}

int state_take_change(struct state_in *in, struct txn_change *c)
{
	char path[PATH_BUF_SIZE];
	int rc = get_change(in, c, path);

	if (!rc) {
		c->path = path;
		rc = txn_change_keep(c);
	}
	/* The copy has the permissions now. */
	perms_put(c->perms);
	return rc;
}

static int take_change(struct load *l)
{
	struct txn_change c;
	uint64_t before;
	int rc = state_take_change(&l->in, &c);

	if (rc) {
		return rc;
	}
	rc = state_done(&l->in);
	if (!rc && !l->txn) {
		rc = state_bad(&l->in, "a change of no transaction");
	}
	if (rc) {
		txn_change_clear(&c);
		return rc;
	}
	before = l->txn->bytes;
	rc = txn_restore_change(l->txn, &c);
	if (rc) {
		txn_change_clear(&c);
	}
	return book_txn(l, before, rc);
}

static int take_files(struct load *l)
{
	struct state_extra *x = l->extra;

	x->listener = (int)state_get_u32(&l->in);
	x->pidfile = (int)state_get_u32(&l->in);
	x->lock = (int)state_get_u32(&l->in);
	x->events = (int)state_get_u32(&l->in);
	x->domain_port = (int)state_get_u32(&l->in);
	return state_done(&l->in);
}

static int take_answer(struct load *l)
{
	struct state_extra *x = l->extra;

	x->answer_conn = state_get_u32(&l->in);
	x->answer.type = state_get_u32(&l->in);
	x->answer.req_id = state_get_u32(&l->in);
	x->answer.tx_id = state_get_u32(&l->in);
	return state_done(&l->in);
}

static int take_end(struct load *l)
{
	uint64_t records = state_get_u64(&l->in);

	if (state_done(&l->in)) {
		return -EINVAL;
	}
	if (records != l->in.records - 1) {
		return state_bad(&l->in, "%llu records, not %llu",
				 (unsigned long long)l->in.records - 1,
				 (unsigned long long)records);
	}
	if (!l->live || l->stack.count > 0) {
		return state_bad(&l->in, "not one tree");
	}
	l->ended = true;
	return 0;
}

static int (*const takers[STATE_TYPES])(struct load *l) = {
	[STATE_ORIGIN] = take_origin,	[STATE_COUNTERS] = take_counters,
	[STATE_TOTALS] = take_totals,	[STATE_QUOTA] = take_quota,
	[STATE_PERMS] = take_perms,	[STATE_NODE] = take_node,
	[STATE_AGAIN] = take_again,	[STATE_LIVE] = take_live,
	[STATE_SPECIAL] = take_special, [STATE_DOMAIN] = take_domain,
	[STATE_CONN] = take_conn,	[STATE_WATCH] = take_watch,
	[STATE_EVENT] = take_event,	[STATE_TXN] = take_txn,
	[STATE_DEP] = take_dep,		[STATE_CHANGE] = take_change,
	[STATE_FILES] = take_files,	[STATE_ANSWER] = take_answer,
	[STATE_END] = take_end,
};

static int take_state(struct load *l)
{
	while (!l->ended) {
		int rc = state_next(&l->in);

		if (rc == -ENODATA) {
			return state_bad(&l->in, "the end is missing");
		}
		if (!rc && (l->in.type >= STATE_TYPES || !takers[l->in.type])) {
			rc = state_bad(&l->in, "no such record");
		}
		if (!rc) {
			rc = takers[l->in.type](l);
		}
		if (rc) {
			return rc;
		}
	}
	return 0;
}

/*
 * Lists that came and went since were not told: no generation of theirs may
 * be given out again.
 */
#define GENERATION_LEAP (1ull << 32)

/* A record that is torn, or makes no sense, ends a journal. */
static int take_log(struct load *l)
{
	store_set_generation(store_generation() + GENERATION_LEAP);
	for (;;) {
		int rc = state_next(&l->in);

		if (rc) {
			l->extra->torn = rc != -ENODATA;
			return 0;
		}
		rc = state_log_apply(l->server, &l->in);
		if (rc) {
			l->extra->torn = true;
			return rc == -ENOMEM ? rc : 0;
		}
		l->extra->good = l->in.next;
	}
}

/* Transactions that a crash has cut off go on with the tree as it is. */
static void doom_lost(struct server *s)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		for (struct txn *t = c->txns; t; t = t->next) {
			if (t->doomed && t->change_count == 0) {
				txn_doom(t, s->root);
			}
		}
	}
}

static void load_clear(struct load *l)
{
	nodes_clear(&l->stack);
	nodes_clear(&l->shared);
	while (l->perms_count > 0) {
		perms_put(l->perms[--l->perms_count]);
	}
	free(l->perms);
	free(l->watch);
}

int state_load(struct server *s, const void *data, size_t len, bool journal,
	       struct state_extra *extra, char error[STATE_ERROR])
{
	struct load l = { .server = s, .extra = extra };
	int rc = state_open(&l.in, data, len);

	memset(extra, 0, sizeof(*extra));
	extra->listener = -1;
	extra->pidfile = -1;
	extra->lock = -1;
	extra->events = -1;
	extra->domain_port = -1;
	if (!rc) {
		rc = take_state(&l);
		extra->good = l.in.next;
	}
	if (!rc && journal) {
		rc = take_log(&l);
	} else if (!rc && l.in.next != len) {
		rc = state_bad(&l.in, "bytes behind the end");
	}
	if (!rc) {
		doom_lost(s);
	}
	memcpy(error, l.in.error, STATE_ERROR);
	load_clear(&l);
	return rc;
}
