// SPDX-License-Identifier: BSD-2-Clause
/*
 * The books are one array indexed by domid: it is zero pages until a domain
 * uses something, and a lookup can neither fail nor be slow.
 *
 * The defaults leave room for what real guests do (dozens of vchans at once,
 * a node for each process) and still bound what a hostile one can cost: the
 * memory limit covers everything that it can make the daemon keep.
 */
#include "xenstore/daemon/quota.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/log.h"

static const struct {
	const char *name;
	uint64_t limit;
} kinds[QUOTA_KINDS] = {
	[QUOTA_NODES] = { "nodes", 8192 },
	[QUOTA_MEMORY] = { "memory", 4u << 20 },
	[QUOTA_WATCHES] = { "watches", 512 },
	[QUOTA_TRANSACTIONS] = { "transactions", 64 },
	[QUOTA_TXN_PATHS] = { "transaction-nodes", 1024 },
	[QUOTA_NODE_SIZE] = { "node-size", 2048 },
	[QUOTA_PERMS] = { "node-permissions", 8 },
	[QUOTA_DEPTH] = { "path-depth", 64 },
	[QUOTA_OUTSTANDING] = { "outstanding", 256 },
};

struct quota *quota_create(void)
{
	struct quota *q = calloc(1, sizeof(*q));

	if (!q) {
		return NULL;
	}
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		q->limit[i] = kinds[i].limit;
	}
	return q;
}

void quota_destroy(struct quota *q)
{
	free(q);
}

const char *quota_name(enum quota_kind kind)
{
	return kinds[kind].name;
}

int quota_find(const char *name, enum quota_kind *out)
{
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum quota_kind)i;
			return 0;
		}
	}
	return -ENOENT;
}

static void note_hit(struct quota *q, unsigned int domid, enum quota_kind kind,
		     uint64_t need)
{
	struct quota_use *use = &q->use[domid];

	q->hits[kind]++;
	use->hits[kind]++;
	if (use->logged[kind] && q->now - (use->logged[kind] - 1) < 60) {
		return;
	}
	use->logged[kind] = q->now + 1;
	log_warn("quota: domain %u needs %llu of %s, limit %llu (hit %u times)",
		 domid, (unsigned long long)need, kinds[kind].name,
		 (unsigned long long)q->limit[kind], use->hits[kind]);
}

int quota_check(struct quota *q, unsigned int domid, enum quota_kind kind,
		uint64_t need)
{
	if (domid == 0 || need <= q->limit[kind]) {
		return 0;
	}
	note_hit(q, domid, kind, need);
	return -ENOSPC;
}

void quota_forget(struct quota *q, unsigned int domid)
{
	struct quota_use *use = &q->use[domid];

	memset(use->hits, 0, sizeof(use->hits));
	memset(use->logged, 0, sizeof(use->logged));
}

static void book(struct quota *q, const struct ledger_row *row)
{
	struct quota_use *use = &q->use[row->domid];

	use->nodes += (uint64_t)row->nodes;
	use->bytes += (uint64_t)row->bytes;
	q->booked += (uint64_t)row->bytes;
}

static struct ledger_row *row_for(struct ledger *l, unsigned int domid)
{
	struct ledger_row *bigger;

	for (unsigned int i = 0; i < l->count; i++) {
		if (l->row[i].domid == domid) {
			return &l->row[i];
		}
	}
	if (l->count == l->capacity) {
		unsigned int capacity = l->capacity ? 2 * l->capacity : 2;

		bigger = reallocarray(l->row, capacity, sizeof(*bigger));
		if (!bigger) {
			return NULL;
		}
		l->row = bigger;
		l->capacity = capacity;
	}
	l->row[l->count] = (struct ledger_row){ .domid = domid };
	return &l->row[l->count++];
}

void ledger_add(struct ledger *l, unsigned int domid, int64_t nodes,
		int64_t bytes)
{
	struct ledger_row delta = { domid, nodes, bytes };
	struct ledger_row *row;

	if (l->book) {
		book(l->book, &delta);
		return;
	}
	row = row_for(l, domid);
	if (!row) {
		l->failed = true;
		return;
	}
	row->nodes += nodes;
	row->bytes += bytes;
}

struct ledger_row ledger_get(const struct ledger *l, unsigned int domid)
{
	for (unsigned int i = 0; i < l->count; i++) {
		if (l->row[i].domid == domid) {
			return l->row[i];
		}
	}
	return (struct ledger_row){ .domid = domid };
}

void ledger_commit(struct ledger *l, struct quota *q)
{
	for (unsigned int i = 0; i < l->count; i++) {
		book(q, &l->row[i]);
	}
	l->count = 0;
}

void ledger_clear(struct ledger *l)
{
	free(l->row);
	l->row = NULL;
	l->count = 0;
	l->capacity = 0;
	l->failed = false;
}
