// SPDX-License-Identifier: BSD-2-Clause
/*
 * A tree is written from the leaves up, for a reader with a stack: a node's
 * record says how many nodes it takes from the stack as its children, and
 * leaves itself there. So a record holds no references, but for one kind:
 * where there are transactions with trees of their own a node gets a number
 * when it is written, and STATE_AGAIN with the number puts it on the stack
 * once more. That keeps what the trees share as small as it is in memory.
 *
 * Worked example. /a = 1, and a transaction that wrote /b = 2:
 *
 *	NODE a (numbered 0)  NODE / takes 1     LIVE
 *	...
 *	AGAIN 0  NODE / takes 1                 its base, were it not numbered
 *	AGAIN 0  NODE b  NODE / takes 2         its root
 *	TXN 1                                   takes both
 */
#include "xenstore/daemon/state_save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/ring.h"

/* The number of @node, plus one; 0 when it has none yet. */
static uintptr_t number_of(const struct save *sv, const struct node *node)
{
	const struct strmap_entry *e =
		strmap_find(&sv->shared, (const char *)&node, sizeof(node));

	return e ? e->number : 0;
}

static void set_number(struct save *sv, const struct node *node)
{
	struct strmap_entry *e =
		strmap_insert(&sv->shared, (const char *)&node, sizeof(node));

	if (!e) {
		sv->out.error = -ENOMEM;
		return;
	}
	e->number = sv->shared.index.count;
}

/* Any node may be in any tree, since trees share whole lists of nodes. */
static bool is_numbered(const struct save *sv, const struct node *node)
{
	return sv->sharing || node == sv->live;
}

static struct state_value list_of(const struct perms *perms)
{
	return perms ? BYTES(perms->entry,
			     perms->count * sizeof(perms->entry[0]))
		     : BYTES(NULL, 0);
}

static void save_node(struct save *sv, const struct node *node)
{
	bool numbered = is_numbered(sv, node);

	PUT(&sv->out, STATE_NODE, NUM(node_generation(node)),
	    NUM(node_child_count(node)), NUM(numbered),
	    list_of(node_perms(node)), STR(node->name),
	    BYTES(node_value(node), node->value_len));
	if (numbered) {
		set_number(sv, node);
	}
}

/* One that was written before is said by its number. */
static void enter(struct save *sv, const struct node *node)
{
	uintptr_t known = is_numbered(sv, node) ? number_of(sv, node) : 0;

	if (known) {
		PUT(&sv->out, STATE_AGAIN, NUM(known - 1));
	} else {
		sv->level[sv->depth++] = (struct save_level){ .node = node };
	}
}

void save_tree_begin(struct save *sv, const struct node *root)
{
	sv->depth = 0;
	enter(sv, root);
}

bool save_tree_step(struct save *sv, unsigned int nodes)
{
	while (sv->depth > 0 && nodes > 0) {
		struct save_level *l = &sv->level[sv->depth - 1];

		if (l->next < node_child_count(l->node)) {
			enter(sv, node_child_at(l->node, l->next++));
			continue;
		}
		save_node(sv, l->node);
		sv->depth--;
		nodes--;
	}
	return sv->depth == 0;
}

static void save_tree(struct save *sv, const struct node *root)
{
	save_tree_begin(sv, root);
	while (!save_tree_step(sv, 1000)) {
	}
}

void save_live(struct save *sv)
{
	state_put(&sv->out, STATE_LIVE, NULL);
}

static void save_totals(struct save *sv, const struct server *s)
{
	/* Only looked at. */
	struct server *counted = (struct server *)(uintptr_t)s;
	uint64_t all[128];
	unsigned int n = 0;

	while (n < 128 && server_total(counted, n)) {
		all[n] = *server_total(counted, n);
		n++;
	}
	PUT(&sv->out, STATE_TOTALS, BYTES(all, n * sizeof(all[0])));
}

void save_quota(struct state_out *o, const struct server *s,
		enum quota_kind kind)
{
	PUT(o, STATE_QUOTA, STR(quota_name(kind)), NUM(s->quota->limit[kind]));
}

void save_special(struct state_out *o, const char *name,
		  const struct perms *perms)
{
	PUT(o, STATE_SPECIAL, STR(name), list_of(perms));
}

static void save_specials(struct save *sv, const struct server *s)
{
	char path[64];

	for (unsigned int i = 0; i < SPECIALS; i++) {
		save_special(&sv->out, special_name((enum special)i),
			     s->specials.all[i]);
	}
	for (const struct special_one *o = s->specials.one; o; o = o->next) {
		(void)snprintf(path, sizeof(path), "%s/%u",
			       special_name(SPECIAL_RELEASE), o->domid);
		save_special(&sv->out, path, o->perms);
	}
}

void save_domain(struct state_out *o, const struct domain *d)
{
	PUT(o, STATE_DOMAIN, NUM(d->domid), NUM(d->mfn), NUM(d->remote_port),
	    NUM((uint32_t)d->port), NUM(d->shutdown), NUM(d->target),
	    NUM(d->conn ? d->conn->id : 0));
}

static void save_hits(struct save *sv, const struct server *s,
		      unsigned int domid)
{
	uint64_t all[QUOTA_KINDS];
	uint64_t sum = 0;

	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		all[i] = s->quota->use[domid].hits[i];
		sum += all[i];
	}
	if (sum > 0) {
		PUT(&sv->out, STATE_HITS, NUM(domid), BYTES(all, sizeof(all)));
	}
}

void save_watch(struct state_out *o, const struct watch *w)
{
	PUT(o, STATE_WATCH, NUM(w->conn->id), STR(watch_path(w)), STR(w->token),
	    NUM((uint32_t)w->depth), NUM(w->strip), NUM(w->overflow));
}

/* The one before it in the list of its connection. */
static const struct watch *watch_before(const struct watch *w)
{
	return w->prev == &w->conn->watches
		       ? NULL
		       : (const struct watch *)((const char *)w->prev -
						offsetof(struct watch, next));
}

/* The list is newest first, and the reader adds in the order written. */
static void save_watches(struct save *sv, const struct conn *c)
{
	const struct watch *w = c->watches;

	while (w && w->next) {
		w = w->next;
	}
	while (w) {
		save_watch(&sv->out, w);
		w = watch_before(w);
	}
}

void save_change(struct state_out *o, const struct txn_change *c, bool live)
{
	PUT(o, STATE_CHANGE, NUM(live), NUM(c->kind), NUM(c->creator),
	    STR(c->path), BYTES(c->data, c->len), list_of(c->perms));
}

void save_txn(struct state_out *o, const struct txn *t, bool trees)
{
	/* One whose books were lost could not commit either. */
	PUT(o, STATE_TXN, NUM(t->conn->id), NUM(t->id), NUM(trees),
	    NUM(t->order), NUM(t->doomed || t->ledger.failed));
}

static void save_whole_txn(struct save *sv, const struct txn *t)
{
	const struct strmap_entry *dep = NULL;

	save_tree(sv, t->base);
	save_tree(sv, t->root);
	save_txn(&sv->out, t, true);
	while ((dep = strmap_next(&t->deps, dep))) {
		PUT(&sv->out, STATE_DEP, STR(dep->key), NUM(dep->number));
	}
	for (unsigned int i = 0; i < t->change_count; i++) {
		save_change(&sv->out, &t->change[i], false);
	}
}

static bool is_ring(const struct conn *c)
{
	return !c->transport->file;
}

void save_conn(struct state_out *o, const struct conn *c)
{
	const struct domain *d = is_ring(c) ? c->peer : NULL;

	PUT(o, STATE_CONN, NUM(c->id), NUM(c->who.domid),
	    NUM(is_ring(c) ? STATE_NONE : (uint32_t)c->transport->file(c)),
	    NUM(c->next_txn_id), NUM(d ? d->place.req_cons : 0),
	    NUM(d ? d->place.rsp_prod : 0), conn_in(c), conn_out(c));
}

static void save_conns(struct save *sv, const struct server *s,
		       enum save_scope scope, bool trees)
{
	for (const struct conn *c = s->conns; c; c = c->next) {
		if (c->closing || (scope != SAVE_ALL && !is_ring(c))) {
			continue;
		}
		save_conn(&sv->out, c);
		save_watches(sv, c);
		for (const struct conn_event *e = conn_events(c); e;
		     e = e->next) {
			PUT(&sv->out, STATE_EVENT, NUM(c->id),
			    STR(watch_path(e->watch)), STR(e->watch->token),
			    STR(e->path));
		}
		for (const struct txn *t = c->txns; t; t = t->next) {
			if (trees) {
				save_whole_txn(sv, t);
			} else {
				save_txn(&sv->out, t, false);
			}
		}
	}
}

static void save_common(struct save *sv, const struct server *s)
{
	state_start(&sv->out);
	if (sv->boot) {
		PUT(&sv->out, STATE_ORIGIN, STR(sv->boot));
	}
	PUT(&sv->out, STATE_COUNTERS, NUM(store_generation()),
	    NUM(txn_last_order()), NUM(conn_last_id()));
	save_totals(sv, s);
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		save_quota(&sv->out, s, (enum quota_kind)i);
	}
	save_specials(sv, s);
	for (const struct domain *d = s->domains; d; d = d->next) {
		save_domain(&sv->out, d);
		save_hits(sv, s, d->domid);
	}
}

/* Does any transaction see another tree than the live one? */
static bool more_trees(const struct server *s)
{
	for (const struct conn *c = s->conns; c; c = c->next) {
		for (const struct txn *t = c->txns; t; t = t->next) {
			if (t->base != s->root || t->root != s->root) {
				return true;
			}
		}
	}
	return false;
}

void save_server(struct save *sv, const struct server *s, enum save_scope scope)
{
	sv->sharing = more_trees(s);
	sv->live = s->root;
	save_common(sv, s);
	save_tree(sv, s->root);
	save_live(sv);
	save_conns(sv, s, scope, true);
}

void save_outline(struct save *sv, const struct server *s)
{
	sv->sharing = false;
	save_common(sv, s);
	save_conns(sv, s, SAVE_RINGS, false);
}

void save_end(struct save *sv)
{
	PUT(&sv->out, STATE_END, NUM(sv->out.records));
	(void)state_flush(&sv->out);
}

void save_clear(struct save *sv)
{
	strmap_clear(&sv->shared);
	state_free(&sv->out);
}
