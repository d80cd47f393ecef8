// SPDX-License-Identifier: BSD-2-Clause
/*
 * A transaction starts with two references to the live root: base stays as it
 * was, root follows the transaction's own changes. Each look notes the path
 * and what of it mattered; each change is also kept in a list.
 *
 * Worked example. Live tree: /a = 1, /b = 2.
 *
 *	T1: read /a (1)              deps: /a VALUE|PERMS
 *	T2: read /b (2)              deps: /b VALUE|PERMS
 *	T1: write /x 10              deps: /x, / PERMS   changes: write /x
 *	T2: write /y 20              deps: /y, / PERMS   changes: write /y
 *	T1 ends: the live root is still T1's base, so T1's root becomes live.
 *	T2 ends: the live root is another one. Is /b in the live tree what it
 *	   was in T2's base? Yes. /y still missing, / with the same
 *	   permissions? Yes. So its changes are made again on the live tree:
 *	   both commits stand.
 *	T3, begun with T2, which read /x (missing) and wrote /z: /x is there
 *	   now, so T3 ends with EAGAIN and its client starts again.
 *
 * What counts is the state that was seen, not who wrote: a value that was
 * written over with equal bytes conflicts with nobody. All transactions that
 * commit are equivalent to having run alone, one after the other in the order
 * of their ends, since everything each of them saw was still true then.
 *
 * One that only looked always commits: it ran, as it were, when it began.
 *
 * Losing ends. T4 and others all count in /n: read it, write it one higher.
 * Somebody else was quicker and T4 ended with EAGAIN. On what it lost (/n) is
 * now its claim, and its next try has the turn (turn.h):
 *
 *	T5: start, read /n (7)       has the turn, which covers /n
 *	others: write /n             held back: not read from their connection
 *	others: start                held back, if they lost on /n as well
 *	others: write /m, read /n    as always
 *	T5: write /n 8, end          commits; the turn is over
 *	others: write /n             goes on, and then the first of the others
 *	                             that start has its turn
 *
 * If T5 had not ended after 50 ms the others would have gone on all the same.
 *
 * A path that the transaction changed itself is compared with its base too;
 * that is stricter than needed and keeps the rule in one sentence.
 */
#include "xenstore/daemon/txn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t last_order;

uint64_t txn_last_order(void)
{
	return last_order;
}

void txn_set_last_order(uint64_t last)
{
	last_order = last;
}

struct txn *txn_create(struct node *live, uint32_t id)
{
	struct txn *t = calloc(1, sizeof(*t));

	if (t) {
		t->id = id;
		t->base = node_get(live);
		t->root = node_get(live);
		t->bytes = sizeof(*t);
		t->order = ++last_order;
	}
	return t;
}

int txn_change_keep(struct txn_change *c)
{
	size_t size = strlen(c->path) + 1;

	c->own = malloc(size + c->len);
	if (!c->own) {
		return -ENOMEM;
	}
	memcpy(c->own, c->path, size);
	if (c->len > 0) {
		memcpy(c->own + size, c->data, c->len);
	}
	c->path = c->own;
	c->data = c->own + size;
	if (c->perms) {
		(void)perms_get(c->perms);
	}
	return 0;
}

void txn_change_clear(struct txn_change *c)
{
	if (c->own) {
		perms_put(c->perms);
		free(c->own);
	}
}

void txn_destroy(struct txn *t)
{
	for (unsigned int i = 0; i < t->change_count; i++) {
		txn_change_clear(&t->change[i]);
	}
	free(t->change);
	strmap_clear(&t->deps);
	ledger_clear(&t->ledger);
	node_put(t->root);
	node_put(t->base);
	free(t);
}

void txn_doom(struct txn *t, struct node *live)
{
	node_put(t->base);
	node_put(t->root);
	t->base = node_get(live);
	t->root = node_get(live);
	ledger_clear(&t->ledger);
	t->doomed = true;
}

bool txn_favours(const struct txn *t, unsigned int domid)
{
	for (unsigned int i = 0; i < t->change_count; i++) {
		const struct perms *perms = t->change[i].perms;

		if (perms && (perms_owner(perms) == domid ||
			      perms_names(perms, domid))) {
			return true;
		}
	}
	return false;
}

size_t txn_change_bytes(const struct txn_change *c)
{
	return sizeof(*c) + strlen(c->path) + 1 + c->len +
	       (c->perms ? c->perms->count * sizeof(struct perm_entry) : 0);
}

int txn_note(struct txn *t, const char *path, unsigned int what)
{
	size_t len = strlen(path);
	uint32_t before = t->deps.index.count;
	struct strmap_entry *e = strmap_insert(&t->deps, path, len);

	if (!e) {
		return -ENOMEM;
	}
	if (t->deps.index.count != before) {
		t->bytes += sizeof(*e) + len;
	}
	e->number |= what;
	return 0;
}

bool txn_noted(const struct txn *t, const char *path)
{
	return strmap_find(&t->deps, path, strlen(path));
}

static int change_reserve(struct txn *t)
{
	unsigned int capacity = t->change_capacity ? 2 * t->change_capacity : 4;
	struct txn_change *bigger;

	if (t->change_count < t->change_capacity) {
		return 0;
	}
	bigger = reallocarray(t->change, capacity, sizeof(*bigger));
	if (!bigger) {
		return -ENOMEM;
	}
	t->change = bigger;
	t->change_capacity = capacity;
	return 0;
}

void txn_restore_trees(struct txn *t, struct node *base, struct node *root)
{
	node_put(t->base);
	node_put(t->root);
	t->base = base;
	t->root = root;
}

int txn_restore_change(struct txn *t, const struct txn_change *c)
{
	if (change_reserve(t)) {
		return -ENOMEM;
	}
	t->change[t->change_count++] = *c;
	t->bytes += txn_change_bytes(c);
	return 0;
}

int txn_change_apply(struct node **root, struct ledger *l,
		     const struct txn_change *c)
{
	switch (c->kind) {
	case TXN_CHANGE_WRITE:
		return store_write(root, l, c->path, c->data, c->len,
				   c->creator);
	case TXN_CHANGE_MKDIR:
		return store_mkdir(root, l, c->path, c->creator);
	case TXN_CHANGE_REMOVE:
		return store_remove(root, l, c->path);
	case TXN_CHANGE_PERMS:
		return store_set_perms(root, l, c->path, c->perms);
	}
	return -EINVAL;
}

int txn_change(struct txn *t, const struct txn_change *c)
{
	struct txn_change copy = *c;
	int rc = txn_change_keep(&copy);

	/* First room for it, so that keeping it cannot fail afterwards. */
	if (!rc) {
		rc = change_reserve(t);
	}
	if (!rc) {
		rc = txn_change_apply(&t->root, &t->ledger, &copy);
	}
	if (!rc) {
		rc = txn_restore_change(t, &copy);
	}
	if (rc) {
		txn_change_clear(&copy);
	}
	return rc;
}

static bool still_same(const struct node *then, const struct node *now,
		       unsigned int what)
{
	if (!then || !now || then == now) {
		return then == now;
	}
	if ((what & TXN_DEP_PERMS) &&
	    !perms_equal(node_perms(then), node_perms(now))) {
		return false;
	}
	if ((what & TXN_DEP_VALUE) && !node_value_equal(then, now)) {
		return false;
	}
	return !(what & TXN_DEP_LIST) ||
	       node_generation(then) == node_generation(now);
}

/* Beside PERMS_READ and PERMS_WRITE. */
#define ACCESS_OWN 0x4u

static unsigned int access_at(const struct txn *t, struct node *root,
			      const char *path)
{
	unsigned int missing;
	const struct perms *perms =
		node_perms(store_nearest(root, path, &missing));
	unsigned int access = 0;

	if (perms_allow(perms, &t->who, PERMS_READ)) {
		access |= PERMS_READ;
	}
	if (perms_allow(perms, &t->who, PERMS_WRITE)) {
		access |= PERMS_WRITE;
	}
	return access | (perms_owns(perms, &t->who) ? ACCESS_OWN : 0);
}

bool txn_dep_holds(const struct txn *t, struct node *live,
		   const struct strmap_entry *dep)
{
	unsigned int what = (unsigned int)dep->number;
	const char *path = dep->key;

	if ((what & ~TXN_DEP_ACCESS) &&
	    !still_same(store_find(t->base, path), store_find(live, path),
			what)) {
		return false;
	}
	return !(what & TXN_DEP_ACCESS) || perms_privileged(&t->who) ||
	       access_at(t, t->base, path) == access_at(t, live, path);
}

static bool conflicts(const struct txn *t, struct node *live)
{
	struct strmap_entry *e = NULL;

	while ((e = strmap_next(&t->deps, e))) {
		if (!txn_dep_holds(t, live, e)) {
			return true;
		}
	}
	return false;
}

/* Move @from's rows to @to, which is empty. */
static void ledger_move(struct ledger *to, struct ledger *from)
{
	*to = *from;
	*from = (struct ledger){ .book = NULL };
}

/* A tree with just the reads of others: make the changes again on it. */
static int replay(const struct txn *t, struct node *live, struct ledger *ledger,
		  struct node **out)
{
	struct node *root = node_get(live);
	int rc = 0;

	for (unsigned int i = 0; i < t->change_count && !rc; i++) {
		rc = txn_change_apply(&root, ledger, &t->change[i]);
	}
	if (!rc && ledger->failed) {
		rc = -ENOMEM;
	}
	if (rc) {
		node_put(root);
		return rc == -ENOENT ? -EAGAIN : rc;
	}
	*out = root;
	return 0;
}

int txn_prepare(struct txn *t, struct node *live, struct ledger *ledger,
		struct node **out)
{
	if (t->ledger.failed) {
		return -ENOMEM;
	}
	if (t->doomed) {
		return -EAGAIN;
	}
	if (live == t->base) {
		ledger_move(ledger, &t->ledger);
		*out = node_get(t->root);
		return 0;
	}
	if (conflicts(t, live)) {
		return -EAGAIN;
	}
	return replay(t, live, ledger, out);
}
