// SPDX-License-Identifier: BSD-2-Clause
/*
 * A state's records may come in any order that makes sense: children before
 * their parents, a connection before what is its own. The same functions take
 * the records of a journal, which say what happened and not what was asked
 * for: nobody's rights and limits are judged again, and nobody hears of it.
 */
#include "xenstore/daemon/state_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/state_take.h"

/*
 * Lists that came and went since were not told: no generation of theirs may
 * be given out again.
 */
#define GENERATION_LEAP (1ull << 32)

int take_origin(struct load *l)
{
	(void)snprintf(l->extra->boot, sizeof(l->extra->boot), "%s",
		       (const char *)l->value[0].data);
	return 0;
}

/* Never back: what was given out in this life stays taken. */
int take_counters(struct load *l)
{
	if (l->value[0].n > store_generation()) {
		store_set_generation(l->value[0].n);
	}
	if (l->value[1].n > txn_last_order()) {
		txn_set_last_order(l->value[1].n);
	}
	if (l->value[2].n > conn_last_id()) {
		conn_set_last_id((uint32_t)l->value[2].n);
	}
	return 0;
}

/* The @i-th of some numbers; false behind the last. */
static bool number_at(const struct state_value *v, unsigned int i, uint64_t *n)
{
	if (i >= v->n / sizeof(*n)) {
		return false;
	}
	memcpy(n, (const char *)v->data + i * sizeof(*n), sizeof(*n));
	return true;
}

/* Another daemon may count less, or more. */
int take_totals(struct load *l)
{
	uint64_t *total;
	uint64_t n;

	for (unsigned int i = 0; number_at(&l->value[0], i, &n); i++) {
		total = server_total(l->server, i);
		if (total) {
			*total = n;
		}
	}
	return 0;
}

int take_hits(struct load *l)
{
	struct quota_use *use = &l->server->quota->use[l->value[0].n];
	uint64_t n;

	for (unsigned int i = 0;
	     i < QUOTA_KINDS && number_at(&l->value[1], i, &n); i++) {
		use->hits[i] = (uint32_t)n;
	}
	return 0;
}

int take_quota(struct load *l)
{
	const char *name = l->value[0].data;
	enum quota_kind kind;

	if (quota_find(name, &kind)) {
		/* Of an older or a newer daemon. */
		log_warn("state: no such limit here: %s", name);
	} else {
		l->server->quota->limit[kind] = l->value[1].n;
	}
	return 0;
}

int take_special(struct load *l)
{
	const char *name = l->value[0].data;
	struct perms *perms;
	enum special which;
	unsigned int domid;
	int rc;

	if (special_find(name, &which, &domid)) {
		return state_bad(&l->in, "no such name: %s", name);
	}
	rc = take_list(l, &l->value[1], &perms);
	if (!rc) {
		rc = special_set_perms(l->server, which, domid, perms);
		perms_put(perms);
	}
	return rc;
}

int take_handover(struct load *l)
{
	struct state_extra *x = l->extra;
	const struct state_value *v = l->value;

	x->listener = (int)v[0].n;
	x->pidfile = (int)v[1].n;
	x->lock = (int)v[2].n;
	x->events = (int)v[3].n;
	x->domain_port = (int)v[4].n;
	x->answer_conn = (uint32_t)v[5].n;
	x->answer.type = (uint32_t)v[6].n;
	x->answer.req_id = (uint32_t)v[7].n;
	x->answer.tx_id = (uint32_t)v[8].n;
	x->log_level = (int)v[9].n;
	(void)snprintf(x->log_file, sizeof(x->log_file), "%s",
		       (const char *)v[10].data);
	return 0;
}

int take_end(struct load *l)
{
	if (l->value[0].n != l->in.records - 1) {
		return state_bad(&l->in, "%llu records, not %llu",
				 (unsigned long long)l->in.records - 1,
				 (unsigned long long)l->value[0].n);
	}
	if (!l->live || l->stack.count > 0) {
		return state_bad(&l->in, "not one tree");
	}
	l->ended = true;
	return 0;
}

int take_record(struct load *l, unsigned int where)
{
	const struct state_row *row = &state_rows[0];
	int rc;

	if (l->in.type < STATE_TYPES) {
		row = &state_rows[l->in.type];
	}
	if (!(row->where & where)) {
		return state_bad(&l->in, "no such record here: type %u",
				 l->in.type);
	}
	rc = state_get(&l->in, l->value);
	if (!rc && row->kinds && row->kinds[0] == 'C' &&
	    !take_find(l, l->value[0].n)) {
		rc = state_bad(&l->in, "connection %llu is not there",
			       (unsigned long long)l->value[0].n);
	}
	return rc ? rc : row->take(l);
}

/*
 * Its records are read where they are, as if they were all there is. One that
 * cannot be is not what a kill leaves but what we did wrong: it is passed over,
 * so that it costs nobody but those whom it is about.
 */
int take_batch(struct load *l)
{
	size_t end = l->in.next;
	size_t len = l->in.len;
	int rc;

	l->in.next = l->in.pos;
	l->in.len = end;
	while (!(rc = state_next(&l->in)) &&
	       (rc = take_record(l, IN_JOURNAL)) != -ENOMEM) {
		l->extra->passed_over += rc != 0;
	}
	l->in.next = end;
	l->in.len = len;
	return rc == -ENODATA ? 0 : rc;
}

static int take_state(struct load *l)
{
	int rc = 0;

	while (!rc && !l->ended) {
		rc = state_next(&l->in);
		if (!rc) {
			rc = take_record(l, IN_STATE);
		}
	}
	return rc == -ENODATA ? state_bad(&l->in, "the end is missing") : rc;
}

/* A batch that is torn ends a journal. */
static int take_journal(struct load *l)
{
	int rc = 0;

	store_set_generation(store_generation() + GENERATION_LEAP);
	l->txn = NULL;
	while (!rc) {
		rc = state_next(&l->in);
		if (!rc) {
			rc = take_record(l, BEHIND_END);
		}
	}
	l->extra->torn = rc == -EINVAL;
	return rc == -ENOMEM ? rc : 0;
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
	for (size_t i = 0; i < sizeof(l->perms) / sizeof(l->perms[0]); i++) {
		perms_put(l->perms[i]);
	}
}

int state_load(struct server *s, const void *data, size_t len, bool journal,
	       struct state_extra *extra, char error[STATE_ERROR])
{
	struct load l = { .server = s, .extra = extra, .sockets = !journal };
	int rc = state_open(&l.in, data, len);

	*extra = (struct state_extra){ .listener = -1,
				       .pidfile = -1,
				       .lock = -1,
				       .events = -1,
				       .domain_port = -1,
				       .log_level = -1 };
	if (!rc) {
		rc = take_state(&l);
	}
	if (!rc && journal) {
		rc = take_journal(&l);
	} else if (!rc && l.in.next != len) {
		rc = state_bad(&l.in, "%zu bytes behind the end",
			       len - l.in.next);
	}
	if (!rc) {
		doom_lost(s);
	}
	memcpy(error, l.in.error, STATE_ERROR);
	load_clear(&l);
	return rc;
}
