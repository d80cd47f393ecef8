// SPDX-License-Identifier: BSD-2-Clause
/*
 * A connection on hold waits for one turn that runs. When that ends, a change
 * goes on; a start either gets its own turn or waits for another one in the
 * way. So whoever waits is looked at whenever something ends that it waits
 * for, and something that runs ends after TURN_MS.
 */
#include "xenstore/daemon/turn.h"

#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/server.h"
#include "xenstore/daemon/strmap.h"

static bool guest(const struct conn *c)
{
	return !perms_privileged(&c->who);
}

/* May it know of @path, and spoil it? */
static bool may_change(const struct conn *c, const char *path)
{
	unsigned int missing;
	struct node *node;

	if (!guest(c)) {
		return true;
	}
	node = store_nearest(c->server->root, path, &missing);
	return perms_allow(node_perms(node), &c->who, PERMS_READ | PERMS_WRITE);
}

/* ---- claims ---- */

static uint64_t bit_of(uint64_t hash, unsigned int *word)
{
	*word = (unsigned int)(hash >> 6) % TURN_BLOOM;
	return (uint64_t)1 << (hash & 63);
}

/* Is it claimed, or above what is? Sometimes true where it is not. */
static bool is_above(const struct turn *turn, uint64_t hash)
{
	unsigned int word;
	uint64_t bit = bit_of(hash, &word);

	return turn->above[word] & bit;
}

static bool has_path(const struct turn *turn, uint64_t hash)
{
	for (uint32_t i = 0; is_above(turn, hash) && i < turn->count; i++) {
		if (turn->path[i] == hash) {
			return true;
		}
	}
	return false;
}

static bool overlap(const struct turn *a, const struct turn *b)
{
	for (uint32_t i = 0; i < a->count; i++) {
		if (has_path(b, a->path[i])) {
			return true;
		}
	}
	return false;
}

static void set_above(struct turn *turn, uint64_t hash)
{
	unsigned int word;
	uint64_t bit = bit_of(hash, &word);

	turn->above[word] |= bit;
}

static void add_path(struct turn *turn, const struct strmap_entry *e)
{
	struct strmap_hasher h = strmap_hasher();
	size_t end = 0;
	size_t len;

	if (turn->count == TURN_PATHS || !may_change(turn->conn, e->key)) {
		return;
	}
	turn->path[turn->count++] = e->index.hash;
	set_above(turn, strmap_hash_next(&h, e->key, 1));
	while (path_next(e->key, &end, &len)) {
		set_above(turn, strmap_hash_next(&h, e->key, end));
	}
}

/* Is the first on which @t lost claimed already? Most often all are then. */
static bool knows(const struct turn *turn, const struct txn *t)
{
	struct strmap_entry *e = strmap_next(&t->deps, NULL);

	while (e && txn_dep_holds(t, turn->conn->server->root, e)) {
		e = strmap_next(&t->deps, e);
	}
	return e && has_path(turn, e->index.hash);
}

/*
 * What is claimed after @t: what was before and @t touched as well, and, if
 * it @lost, on what.
 */
static void renew(struct turn *turn, const struct txn *t, bool lost)
{
	struct strmap_entry *e = NULL;
	struct turn was = *turn;

	turn->count = 0;
	memset(turn->above, 0, sizeof(turn->above));
	while ((e = strmap_next(&t->deps, e))) {
		if (has_path(&was, e->index.hash) ||
		    (lost && !txn_dep_holds(t, turn->conn->server->root, e))) {
			add_path(turn, e);
		}
	}
}

static struct turn *get_turn(struct conn *c)
{
	if (!c->turn) {
		c->turn = calloc(1, sizeof(*c->turn));
		if (c->turn) {
			c->turn->conn = c;
		}
	}
	return c->turn;
}

/* What neither claims nor waits for anything is nothing. */
static void drop_empty(struct turn *turn)
{
	if (turn->count == 0 && !turn->runs && !turn->conn->held) {
		turn->conn->turn = NULL;
		free(turn);
	}
}

/* ---- who waits ---- */

/* False without memory: then it does not wait. */
static bool hold(struct conn *c, struct turn *on, bool starts)
{
	struct turns *turns = &c->server->turns;
	struct turn *turn = get_turn(c);

	if (!turn) {
		return false;
	}
	c->held = true;
	turn->starts = starts;
	turn->waits_for = on;
	turn->held_since = c->server->now_ms;
	turn->next_held = NULL;
	*(turns->held ? &turns->held_last->next_held : &turns->held) = turn;
	turns->held_last = turn;
	turns->holds++;
	on->wanted = true;
	return true;
}

/* The one behind @before (NULL: the first) goes on. */
static void release(struct turns *turns, struct turn *before)
{
	struct turn **slot = before ? &before->next_held : &turns->held;
	struct turn *turn = *slot;
	struct conn *c = turn->conn;

	*slot = turn->next_held;
	if (turns->held_last == turn) {
		turns->held_last = before;
	}
	c->held = false;
	c->passes = true;
	conn_want(c);
	conn_wake(c);
	drop_empty(turn);
}

static void run(struct turn *turn)
{
	struct server *s = turn->conn->server;
	struct turn **slot = &s->turns.running;

	while (*slot) {
		slot = &(*slot)->next;
	}
	*slot = turn;
	turn->next = NULL;
	turn->runs = true;
	turn->wanted = false;
	turn->since = s->now_ms;
	s->turns.count++;
}

static bool has_turn(const struct conn *c)
{
	return c->turn && c->turn->runs;
}

/* Does @c wait for @turn where they meet? */
static bool bars(const struct turn *turn, const struct conn *c)
{
	if (!guest(turn->conn)) {
		return turn->conn != c && (guest(c) || !has_turn(c));
	}
	return turn->conn != c && guest(c) && !has_turn(c);
}

static struct turn *bars_start(const struct conn *c)
{
	struct turn *turn = c->server->turns.running;

	while (turn && !(bars(turn, c) && overlap(c->turn, turn))) {
		turn = turn->next;
	}
	return turn;
}

/* What it waited for is over. */
static bool goes_on(struct turn *turn)
{
	if (turn->starts) {
		turn->waits_for = bars_start(turn->conn);
		if (turn->waits_for) {
			turn->waits_for->wanted = true;
			return false;
		}
		run(turn);
	}
	return true;
}

static void finish(struct turn *turn)
{
	const struct conn *c = turn->conn;
	struct server *s = c->server;
	struct turn **slot = &s->turns.running;
	struct turn *before = NULL;
	struct turn *next;

	while (*slot != turn) {
		slot = &(*slot)->next;
	}
	*slot = turn->next;
	turn->runs = false;
	turn->txn = NULL;
	if (guest(c)) {
		s->quota->use[c->who.domid].turn_after =
			s->now_ms + TURN_REST * (s->now_ms - turn->since + 1);
	}
	for (struct turn *held = s->turns.held; held; held = next) {
		next = held->next_held;
		if (held->waits_for == turn && goes_on(held)) {
			release(&s->turns, before);
		} else {
			before = held;
		}
	}
}

/* It claims nothing any more. */
static void drop(struct turn *turn)
{
	if (turn->runs) {
		finish(turn);
	}
	turn->count = 0;
	drop_empty(turn);
}

/* ---- a transaction ---- */

void turn_begin(struct conn *c, const struct txn *t)
{
	if (has_turn(c) && !c->turn->txn) {
		c->turn->txn = t;
	}
}

void turn_lost(struct conn *c, const struct txn *t)
{
	struct turn *turn = get_turn(c);

	if (!turn || (turn->runs && turn->txn != t)) {
		return;
	}
	turn->wanted = true;
	if (!knows(turn, t)) {
		renew(turn, t, true);
		drop_empty(turn);
	}
}

void turn_end(struct conn *c, const struct txn *t)
{
	struct turn *turn = c->turn;

	if (!turn || turn->txn != t) {
		return;
	}
	if (turn->wanted) {
		renew(turn, t, false);
		finish(turn);
		drop_empty(turn);
	} else {
		drop(turn);
	}
}

/* ---- a request ---- */

struct change {
	const char *path;
	size_t above_len; /* of the path of its parent; 0: it has none */
	uint64_t hash;
	uint64_t above_hash;
	bool removes;
};

static struct change change_of(const char *path, bool removes)
{
	struct strmap_hasher h = strmap_hasher();
	size_t len = strlen(path);
	struct change change = { .path = path,
				 .above_len = path_parent_len(path, len),
				 .removes = removes };

	change.above_hash = strmap_hash_next(&h, path, change.above_len);
	change.hash = strmap_hash_next(&h, path, len);
	return change;
}

/*
 * Would it change what @turn covers, and may it? What is below, that goes with
 * it, a guest may not be able to see.
 */
static bool touches(const struct conn *c, const struct turn *turn,
		    const struct change *change)
{
	char above[PATH_BUF_SIZE];
	size_t len = change->above_len;

	if (has_path(turn, change->hash) ||
	    (change->removes && is_above(turn, change->hash) && !guest(c))) {
		return may_change(c, change->path);
	}
	/* A child that comes or goes changes the list of its parent. */
	if (len == 0 || !has_path(turn, change->above_hash) ||
	    (!change->removes && store_find(c->server->root, change->path))) {
		return false;
	}
	memcpy(above, change->path, len);
	above[len] = '\0';
	return may_change(c, above) && may_change(c, change->path);
}

static struct turn *bars_change(const struct conn *c,
				const struct change *change)
{
	struct turn *turn = c->server->turns.running;

	while (turn && !(bars(turn, c) && touches(c, turn, change))) {
		turn = turn->next;
	}
	return turn;
}

static struct turn *bars_commit(const struct conn *c, const struct txn *t)
{
	struct turn *turn = NULL;

	for (unsigned int i = 0; t && !turn && i < t->change_count; i++) {
		struct change change =
			change_of(t->change[i].path,
				  t->change[i].kind == TXN_CHANGE_REMOVE);

		turn = bars_change(c, &change);
	}
	return turn;
}

static struct turn *bars_request(struct conn *c, const struct xsd_sockmsg *hdr,
				 const char *data)
{
	char path[PATH_BUF_SIZE];
	struct change change;

	if (hdr->type == XS_TRANSACTION_END) {
		return hdr->len > 0 && data[0] == 'T'
			       ? bars_commit(c, conn_find_txn(c, hdr->tx_id))
			       : NULL;
	}
	if (hdr->tx_id != 0 ||
	    (hdr->type != XS_WRITE && hdr->type != XS_MKDIR &&
	     hdr->type != XS_RM && hdr->type != XS_SET_PERMS) ||
	    strnlen(data, hdr->len) == hdr->len ||
	    path_canonicalise(data, c->who.domid, false, path)) {
		return NULL;
	}
	change = change_of(path, hdr->type == XS_RM);
	return bars_change(c, &change);
}

static bool gets_turn(const struct conn *c, const struct xsd_sockmsg *hdr)
{
	return hdr->type == XS_TRANSACTION_START && c->turn && !c->turn->runs &&
	       c->server->now_ms >=
		       c->server->quota->use[c->who.domid].turn_after;
}

bool turn_holds(struct conn *c, const struct xsd_sockmsg *hdr, const char *data)
{
	bool starts = gets_turn(c, hdr);
	struct turn *turn;

	if (c->passes || (!starts && !c->server->turns.running)) {
		return false;
	}
	turn = starts ? bars_start(c) : bars_request(c, hdr, data);
	if (turn) {
		return hold(c, turn, starts);
	}
	if (starts) {
		run(c->turn);
	}
	return false;
}

void turn_forget(struct conn *c)
{
	struct turns *turns = &c->server->turns;
	struct turn *before = NULL;

	if (c->held) {
		struct turn *at = turns->held;

		for (; at != c->turn; at = at->next_held) {
			before = at;
		}
		release(turns, before);
	}
	c->passes = false;
	if (c->turn) {
		drop(c->turn);
	}
}

/* ---- time ---- */

void turn_tick(struct server *s)
{
	struct turns *turns = &s->turns;

	while (turns->running && s->now_ms - turns->running->since >= TURN_MS) {
		turns->expired++;
		drop(turns->running);
	}
	while (turns->held &&
	       s->now_ms - turns->held->held_since >= TURN_WAIT_MS) {
		release(turns, NULL);
	}
}

int turn_timeout(const struct server *s)
{
	const struct turn *first = s->turns.running;

	if (!first) {
		return -1;
	}
	return first->since + TURN_MS > s->now_ms
		       ? (int)(first->since + TURN_MS - s->now_ms)
		       : 0;
}
