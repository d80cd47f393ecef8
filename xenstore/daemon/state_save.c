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
 *
 * Permission lists are shared by many nodes and are written once each.
 */
#include "xenstore/daemon/state_save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/ring.h"

/* The number of @p in @m, plus one; 0 when it has none yet. */
static uintptr_t number_of(const struct strmap *m, const void *p)
{
	const struct strmap_entry *e =
		strmap_find(m, (const char *)&p, sizeof(p));

	return e ? e->number : 0;
}

static void set_number(struct save *sv, struct strmap *m, const void *p,
		       uint32_t number)
{
	struct strmap_entry *e = strmap_insert(m, (const char *)&p, sizeof(p));

	if (!e) {
		sv->out.error = -ENOMEM;
		return;
	}
	e->number = (uintptr_t)number + 1;
}

void save_perms_list(struct state_out *o, const struct perms *perms)
{
	state_put_u32(o, perms->count);
	for (uint32_t i = 0; i < perms->count; i++) {
		state_put_u32(o, (uint32_t)perms->entry[i].access << 16 |
					 perms->entry[i].domid);
	}
}

static uint32_t perms_number(struct save *sv, const struct perms *perms)
{
	uintptr_t known = number_of(&sv->perms, perms);

	if (known) {
		return (uint32_t)(known - 1);
	}
	state_begin(&sv->out, STATE_PERMS);
	save_perms_list(&sv->out, perms);
	state_end(&sv->out);
	set_number(sv, &sv->perms, perms, sv->perms_count);
	return sv->perms_count++;
}

/* Any node may be in any tree, since trees share whole lists of nodes. */
static bool is_numbered(const struct save *sv, const struct node *node)
{
	return sv->sharing || node == sv->live;
}

static void save_node(struct save *sv, const struct node *node)
{
	struct state_out *o = &sv->out;
	uint32_t perms = perms_number(sv, node_perms(node));
	bool numbered = is_numbered(sv, node);

	state_begin(o, STATE_NODE);
	state_put_u64(o, node_generation(node));
	state_put_u32(o, node_child_count(node));
	state_put_u32(o, perms);
	state_put_u32(o, numbered);
	state_put_bytes(o, node->name, node->name_len);
	state_put_bytes(o, node_value(node), node->value_len);
	state_end(o);
	if (numbered) {
		set_number(sv, &sv->shared, node, sv->shared_count++);
	}
}

/* Was this node written before? Then it is said by its number. */
static bool save_again(struct save *sv, const struct node *node)
{
	uintptr_t known =
		is_numbered(sv, node) ? number_of(&sv->shared, node) : 0;

	if (!known) {
		return false;
	}
	state_begin(&sv->out, STATE_AGAIN);
	state_put_u32(&sv->out, (uint32_t)(known - 1));
	state_end(&sv->out);
	return true;
}

static void enter(struct save *sv, const struct node *node)
{
	if (!save_again(sv, node)) {
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
	state_begin(&sv->out, STATE_LIVE);
	state_end(&sv->out);
}

static void save_counters(struct save *sv)
{
	struct state_out *o = &sv->out;

	state_begin(o, STATE_COUNTERS);
	state_put_u64(o, store_generation());
	state_put_u64(o, txn_last_order());
	state_put_u32(o, conn_last_id());
	state_end(o);
}

static void save_totals(struct save *sv, const struct server *s)
{
	/* Only looked at. */
	struct server *counted = (struct server *)(uintptr_t)s;
	const uint64_t *total;

	state_begin(&sv->out, STATE_TOTALS);
	for (unsigned int i = 0; (total = server_total(counted, i)); i++) {
		state_put_u64(&sv->out, *total);
	}
	state_end(&sv->out);
}

void save_quota(struct state_out *o, const char *name, uint64_t limit)
{
	state_put_str(o, name);
	state_put_u64(o, limit);
}

static void save_limits(struct save *sv, const struct server *s)
{
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		state_begin(&sv->out, STATE_QUOTA);
		save_quota(&sv->out, quota_name((enum quota_kind)i),
			   s->quota->limit[i]);
		state_end(&sv->out);
	}
}

void save_special(struct state_out *o, const char *path,
		  const struct perms *perms)
{
	state_put_str(o, path);
	save_perms_list(o, perms);
}

static void save_one_special(struct save *sv, const char *path,
			     const struct perms *perms)
{
	state_begin(&sv->out, STATE_SPECIAL);
	save_special(&sv->out, path, perms);
	state_end(&sv->out);
}

static void save_specials(struct save *sv, const struct server *s)
{
	char path[64];

	for (unsigned int i = 0; i < SPECIALS; i++) {
		save_one_special(sv, special_name((enum special)i),
				 s->specials.all[i]);
	}
	for (const struct special_one *o = s->specials.one; o; o = o->next) {
		(void)snprintf(path, sizeof(path), "%s/%u",
			       special_name(SPECIAL_RELEASE), o->domid);
		save_one_special(sv, path, o->perms);
	}
}

void save_domain(struct state_out *o, const struct domain *d)
{
	state_put_u32(o, d->domid);
	state_put_u64(o, d->mfn);
	state_put_u32(o, d->remote_port);
	state_put_u32(o, (uint32_t)d->port);
	state_put_u32(o, (d->shutdown ? SAVE_SHUTDOWN : 0) |
				 (d->conn ? SAVE_CONNECTED : 0));
	state_put_u32(o, d->conn ? d->conn->who.target : PERMS_NOBODY);
}

static void save_domains(struct save *sv, const struct server *s)
{
	for (const struct domain *d = s->domains; d; d = d->next) {
		state_begin(&sv->out, STATE_DOMAIN);
		save_domain(&sv->out, d);
		state_end(&sv->out);
	}
}

void save_watch(struct state_out *o, const struct watch *w)
{
	state_put_str(o, watch_path(w));
	state_put_str(o, w->token);
	state_put_u32(o, (uint32_t)w->depth);
	state_put_u32(o, (uint32_t)w->strip);
	state_put_u32(o, w->overflow);
}

/*
 * The list is newest first and the reader adds in the order written, so this
 * goes backwards. Each gets its place as a number in @numbers for its events.
 */
static void save_watches(struct save *sv, const struct conn *c,
			 struct strmap *numbers)
{
	const struct watch **order;
	uint32_t count = 0;
	uint32_t at = 0;

	for (const struct watch *w = c->watches; w; w = w->next) {
		count++;
	}
	order = calloc((size_t)count + 1, sizeof(*order));
	if (!order) {
		sv->out.error = -ENOMEM;
		return;
	}
	for (const struct watch *w = c->watches; w; w = w->next) {
		order[count - ++at] = w;
	}
	for (at = 0; at < count; at++) {
		state_begin(&sv->out, STATE_WATCH);
		save_watch(&sv->out, order[at]);
		state_end(&sv->out);
		if (order[at]->queued) {
			set_number(sv, numbers, order[at], at);
		}
	}
	free(order);
}

static void save_events(struct save *sv, const struct conn *c,
			const struct strmap *numbers)
{
	for (const struct conn_event *e = c->event_first; e; e = e->next) {
		uintptr_t watch = number_of(numbers, e->watch);

		if (!watch) {
			return; /* no memory: said already */
		}
		state_begin(&sv->out, STATE_EVENT);
		state_put_u32(&sv->out, (uint32_t)(watch - 1));
		state_put_bytes(&sv->out, e->path, e->len);
		state_end(&sv->out);
	}
}

void save_change(struct state_out *o, const struct txn_change *c)
{
	state_put_u32(o, c->kind);
	state_put_u32(o, c->creator);
	state_put_str(o, c->path);
	state_put_bytes(o, c->data, c->len);
	if (c->kind == TXN_CHANGE_PERMS) {
		save_perms_list(o, c->perms);
	}
}

static void save_txn_parts(struct save *sv, const struct txn *t)
{
	const struct strmap_entry *dep = NULL;
	struct state_out *o = &sv->out;

	while ((dep = strmap_next(&t->deps, dep))) {
		state_begin(o, STATE_DEP);
		state_put_bytes(o, dep->key, dep->len);
		state_put_u32(o, (uint32_t)dep->number);
		state_end(o);
	}
	for (unsigned int i = 0; i < t->change_count; i++) {
		state_begin(o, STATE_CHANGE);
		save_change(o, &t->change[i]);
		state_end(o);
	}
}

static void save_txn(struct save *sv, const struct txn *t, bool trees)
{
	if (trees) {
		save_tree(sv, t->base);
		save_tree(sv, t->root);
	}
	state_begin(&sv->out, STATE_TXN);
	state_put_u32(&sv->out, t->id);
	state_put_u32(&sv->out, trees);
	state_put_u64(&sv->out, t->order);
	/* One whose books were lost could not commit either. */
	state_put_u32(&sv->out, t->doomed || t->ledger.failed);
	state_end(&sv->out);
	if (trees) {
		save_txn_parts(sv, t);
	}
}

static bool is_ring(const struct conn *c)
{
	return !c->transport->file;
}

static void save_conn(struct save *sv, const struct conn *c, bool trees)
{
	struct state_out *o = &sv->out;
	struct strmap numbers = { .index.count = 0 };
	struct ring_place place = { .req_cons = 0 };

	if (is_ring(c)) {
		place = ring_place(c->peer);
	}
	state_begin(o, STATE_CONN);
	state_put_u32(o, c->id);
	state_put_u32(o, c->who.domid);
	state_put_u32(o, is_ring(c) ? UINT32_MAX
				    : (uint32_t)c->transport->file(c));
	state_put_u32(o, c->next_txn_id);
	state_put_u32(o, place.req_cons);
	state_put_u32(o, place.rsp_prod);
	conn_save_bytes(c, o);
	state_end(o);
	save_watches(sv, c, &numbers);
	save_events(sv, c, &numbers);
	strmap_clear(&numbers);
	for (const struct txn *t = c->txns; t; t = t->next) {
		save_txn(sv, t, trees);
	}
}

static void save_conns(struct save *sv, const struct server *s,
		       enum save_scope scope, bool trees)
{
	for (const struct conn *c = s->conns; c; c = c->next) {
		if (!c->closing && (scope == SAVE_ALL || is_ring(c))) {
			save_conn(sv, c, trees);
		}
	}
}

static void save_common(struct save *sv, const struct server *s)
{
	state_start(&sv->out);
	if (sv->boot) {
		state_begin(&sv->out, STATE_ORIGIN);
		state_put_str(&sv->out, sv->boot);
		state_end(&sv->out);
	}
	save_counters(sv);
	save_totals(sv, s);
	save_limits(sv, s);
	save_specials(sv, s);
	save_domains(sv, s);
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
	uint64_t records = sv->out.records;

	state_begin(&sv->out, STATE_END);
	state_put_u64(&sv->out, records);
	state_end(&sv->out);
	(void)state_flush(&sv->out);
}

void save_clear(struct save *sv)
{
	strmap_clear(&sv->perms);
	strmap_clear(&sv->shared);
	state_free(&sv->out);
}
