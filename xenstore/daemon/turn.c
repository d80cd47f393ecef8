// SPDX-License-Identifier: BSD-2-Clause
/*
 * A claim is made by the first loss and grows with each further one on an
 * overlapping path. It ends when a transaction on those paths commits, when
 * its connection loses elsewhere, and when its turn ran out unused.
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

static bool has_path(const struct turn_claim *claim, uint64_t hash)
{
	for (uint32_t i = 0; i < claim->count; i++) {
		if (claim->path[i] == hash) {
			return true;
		}
	}
	return false;
}

static uint64_t bit_of(uint64_t hash, unsigned int *word)
{
	*word = (unsigned int)(hash >> 6) % TURN_BLOOM;
	return (uint64_t)1 << (hash & 63);
}

static bool is_above(const struct turn_claim *claim, uint64_t hash)
{
	unsigned int word;
	uint64_t bit = bit_of(hash, &word);

	return claim->above[word] & bit;
}

static bool may_write(const struct conn *c, const char *path)
{
	unsigned int missing;
	struct node *node = store_nearest(c->server->root, path, &missing);

	return perms_allow(node_perms(node), &c->who, PERMS_WRITE);
}

static void add_path(struct turn_claim *claim, const char *path)
{
	size_t len = strlen(path);
	uint64_t hash = strmap_hash(path, len);

	if (claim->count == TURN_PATHS || has_path(claim, hash) ||
	    !may_write(claim->conn, path)) {
		return;
	}
	claim->path[claim->count++] = hash;
	for (; len > 0; len = path_parent_len(path, len)) {
		unsigned int word;
		uint64_t bit = bit_of(strmap_hash(path, len), &word);

		claim->above[word] |= bit;
	}
}

/* What it lost on first, so that this is never left out. */
static void add_paths(struct turn_claim *claim, const struct txn *t)
{
	struct strmap_entry *e = NULL;

	add_path(claim, t->lost_on);
	for (unsigned int i = 0; i < t->change_count; i++) {
		if (claim->count == TURN_PATHS) {
			return;
		}
		add_path(claim, t->change[i].path);
	}
	while (claim->count < TURN_PATHS && (e = strmap_next(&t->deps, e))) {
		add_path(claim, e->key);
	}
}

static struct turn_claim **queue_slot(struct turn *turn,
				      const struct turn_claim *claim)
{
	struct turn_claim **slot = &turn->first;

	while (*slot && *slot != claim) {
		slot = &(*slot)->next;
	}
	return slot;
}

/* To the end of its kind: domain 0's claims are before those of guests. */
static void enqueue(struct turn *turn, struct turn_claim *claim, uint64_t now)
{
	struct turn_claim **slot = &turn->first;

	if (!turn->first && !turn->txn) {
		turn->since = now;
	}
	while (*slot && (guest(claim->conn) || !guest((*slot)->conn))) {
		slot = &(*slot)->next;
	}
	claim->next = *slot;
	*slot = claim;
	claim->queued = true;
}

static void dequeue(struct turn *turn, struct turn_claim *claim)
{
	if (claim->queued) {
		*queue_slot(turn, claim) = claim->next;
		claim->queued = false;
	}
}

/* Nobody has the turn any more: whoever waits goes on, oldest first. */
static void finish(struct server *s)
{
	struct turn *turn = &s->turn;
	struct conn *c = turn->conn;

	if (guest(c)) {
		s->quota->use[c->who.domid].turn_after =
			s->now_ms + TURN_REST * (s->now_ms - turn->since + 1);
	}
	/* It has to lose again before it gets another one. */
	c->claim->losses = 0;
	turn->txn = NULL;
	turn->conn = NULL;
	turn->since = s->now_ms;
	/* Each goes to the front of those that are ready. */
	while (turn->held) {
		conn_unhold(turn->held);
	}
}

static void drop_claim(struct conn *c)
{
	struct turn *turn = &c->server->turn;

	if (turn->conn == c) {
		finish(c->server);
	}
	if (c->claim) {
		dequeue(turn, c->claim);
		free(c->claim);
		c->claim = NULL;
	}
}

void turn_end(struct server *s, const struct txn *t)
{
	if (s->turn.txn == t) {
		finish(s);
	}
}

/* Who had the time and did not come is last. */
static void pass_over(struct server *s)
{
	struct turn *turn = &s->turn;
	struct turn_claim *first = turn->first;

	if (first && first->next && s->now_ms - turn->since > TURN_MS) {
		dequeue(turn, first);
		enqueue(turn, first, s->now_ms);
		turn->since = s->now_ms;
	}
}

void turn_begin(struct conn *c, struct txn *t)
{
	struct server *s = c->server;
	struct turn *turn = &s->turn;

	if (!c->claim || !c->claim->queued) {
		return;
	}
	if (turn->txn && guest(turn->conn) && !guest(c)) {
		finish(s);
	}
	if (turn->txn) {
		return;
	}
	pass_over(s);
	if (turn->first != c->claim) {
		return;
	}
	dequeue(turn, c->claim);
	turn->txn = t;
	turn->conn = c;
	turn->since = s->now_ms;
	turn->turns++;
}

static bool changes(const struct turn_claim *claim, const struct txn *t)
{
	for (unsigned int i = 0; i < t->change_count; i++) {
		const char *path = t->change[i].path;

		if (has_path(claim, strmap_hash(path, strlen(path)))) {
			return true;
		}
	}
	return false;
}

static bool overlaps(const struct turn_claim *claim, const struct txn *t)
{
	return has_path(claim, strmap_hash(t->lost_on, strlen(t->lost_on))) ||
	       changes(claim, t);
}

void turn_lost(struct conn *c, const struct txn *t)
{
	struct server *s = c->server;
	struct turn_claim *claim = c->claim;

	if (!t->lost_on) {
		return;
	}
	if (s->turn.txn == t) {
		/* On a path that was new to it: the next try covers that. */
		finish(s);
		claim->losses = TURN_LOSSES - 1;
	}
	if (!claim) {
		claim = calloc(1, sizeof(*claim));
		if (!claim) {
			return;
		}
		claim->conn = c;
		c->claim = claim;
	} else if (!overlaps(claim, t)) {
		dequeue(&s->turn, claim);
		memset(claim, 0, sizeof(*claim));
		claim->conn = c;
	}
	claim->losses++;
	add_paths(claim, t);
	if (claim->losses >= TURN_LOSSES && !claim->queued &&
	    (!guest(c) ||
	     s->now_ms >= s->quota->use[c->who.domid].turn_after)) {
		enqueue(&s->turn, claim, s->now_ms);
	}
}

void turn_won(struct conn *c, const struct txn *t)
{
	if (c->claim && changes(c->claim, t)) {
		drop_claim(c);
	}
}

void turn_forget(struct conn *c)
{
	drop_claim(c);
	if (c->held) {
		conn_unhold(c);
	}
	c->held_once = false;
}

static void copy_parent(const char *path, char *above)
{
	size_t len = path_parent_len(path, strlen(path));

	memcpy(above, path, len);
	above[len] = '\0';
}

/* Would this change touch what the turn covers? */
static bool touches(struct conn *c, const struct turn_claim *claim,
		    const char *path, bool removes)
{
	char above[PATH_BUF_SIZE];
	uint64_t hash = strmap_hash(path, strlen(path));

	if (has_path(claim, hash) || (removes && is_above(claim, hash))) {
		return may_write(c, path);
	}
	/* A child that comes or goes changes the list of its parent. */
	if (strcmp(path, "/") == 0 ||
	    (!removes && store_find(c->server->root, path))) {
		return false;
	}
	copy_parent(path, above);
	return has_path(claim, strmap_hash(above, strlen(above))) &&
	       may_write(c, path);
}

static bool commit_touches(struct conn *c, const struct turn_claim *claim,
			   uint32_t tx_id)
{
	const struct txn *t = conn_find_txn(c, tx_id);

	for (unsigned int i = 0; t && i < t->change_count; i++) {
		if (touches(c, claim, t->change[i].path,
			    t->change[i].kind == TXN_CHANGE_REMOVE)) {
			return true;
		}
	}
	return false;
}

static bool request_touches(struct conn *c, const struct turn_claim *claim,
			    const struct xsd_sockmsg *hdr, const char *data)
{
	char path[PATH_BUF_SIZE];

	if (hdr->type == XS_TRANSACTION_END) {
		return hdr->len > 0 && data[0] == 'T' &&
		       commit_touches(c, claim, hdr->tx_id);
	}
	if (hdr->tx_id != 0 ||
	    (hdr->type != XS_WRITE && hdr->type != XS_MKDIR &&
	     hdr->type != XS_RM && hdr->type != XS_SET_PERMS)) {
		return false;
	}
	return strnlen(data, hdr->len) < hdr->len &&
	       path_canonicalise(data, c->who.domid, false, path) == 0 &&
	       touches(c, claim, path, hdr->type == XS_RM);
}

bool turn_holds(struct conn *c, const struct xsd_sockmsg *hdr, const char *data)
{
	struct turn *turn = &c->server->turn;

	if (!turn->txn || turn->conn == c || c->held_once ||
	    (guest(turn->conn) && !guest(c))) {
		return false;
	}
	if (!request_touches(c, turn->conn->claim, hdr, data)) {
		return false;
	}
	conn_hold(c);
	turn->holds++;
	return true;
}

void turn_tick(struct server *s)
{
	struct turn *turn = &s->turn;

	if (turn->txn && s->now_ms - turn->since >= TURN_MS) {
		turn->expired++;
		finish(s);
	}
}

int turn_timeout(const struct server *s)
{
	uint64_t end = s->turn.since + TURN_MS;

	if (!s->turn.txn) {
		return -1;
	}
	return end > s->now_ms ? (int)(end - s->now_ms) : 0;
}
