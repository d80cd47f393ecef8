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

#include "xenstore/common/wire.h"
#include "xenstore/daemon/log.h"

static const struct {
	const char *name;
	uint64_t limit;
	const char *text;
	bool soft;
} kinds[QUOTA_KINDS] = {
	[QUOTA_NODES] = { "nodes", 8192, "Nodes per domain", false },
	[QUOTA_WATCHES] = { "watches", 512, "Watches per domain", false },
	[QUOTA_TRANSACTIONS] = { "transactions", 64, "Transactions per domain",
				 false },
	[QUOTA_OUTSTANDING] = { "outstanding", 256,
				"KiB of events not fetched, per domain",
				false },
	[QUOTA_TXN_PATHS] = { "transaction-nodes", 1024,
			      "Paths looked at in one transaction", false },
	[QUOTA_MEMORY] = { "memory", 4u << 20,
			   "Bytes per domain: nodes, watches, transactions",
			   false },
	[QUOTA_NODE_SIZE] = { "node-size", 2048, "Bytes in one value", false },
	[QUOTA_PATH_MAX] = { "path-max", XENSTORE_ABS_PATH_MAX,
			     "Bytes in the path of a new node", false },
	[QUOTA_DEPTH] = { "path-depth", 64, "Components in one path", false },
	[QUOTA_PERMS] = { "permissions", 8, "Permissions of one node", false },
	[QUOTA_SOFT_MEMORY] = { "memory-soft", 3u << 20,
				"Bytes per domain: warning only", true },
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

const char *quota_text(enum quota_kind kind)
{
	return kinds[kind].text;
}

bool quota_is_soft(enum quota_kind kind)
{
	return kinds[kind].soft;
}

int quota_find(const char *name, enum quota_kind *out)
{
	/* The name that newer daemons have for it. */
	if (strcmp(name, "node-permissions") == 0) {
		name = kinds[QUOTA_PERMS].name;
	}
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum quota_kind)i;
			return 0;
		}
	}
	return -ENOENT;
}

int quota_set(struct quota *q, const char *name, const char *number)
{
	enum quota_kind kind;
	unsigned long value;

	if (quota_find(name, &kind) ||
	    wire_parse_number(number, UINT32_MAX, &value) || value == 0) {
		return -EINVAL;
	}
	q->limit[kind] = value;
	log_info("quota %s set to %lu", kinds[kind].name, value);
	return 0;
}

/* One line a minute; @stamp is the second of the last one and 1, or 0. */
static bool may_log(const struct quota *q, uint32_t *stamp)
{
	if (*stamp && q->now - (*stamp - 1) < 60) {
		return false;
	}
	*stamp = q->now + 1;
	return true;
}

static void note_hit(struct quota *q, unsigned int domid, enum quota_kind kind,
		     uint64_t need)
{
	struct quota_use *use = &q->use[domid];

	q->hits[kind]++;
	use->hits[kind]++;
	if (!may_log(q, &use->logged[kind])) {
		return;
	}
	log_warn("quota: domain %u needs %llu of %s, limit %llu (hit %u times)",
		 domid, (unsigned long long)need, kinds[kind].name,
		 (unsigned long long)q->limit[kind], use->hits[kind]);
}

int quota_check(struct quota *q, unsigned int domid, enum quota_kind kind,
		uint64_t need)
{
	if (domid == 0) {
		return 0;
	}
	if (kind == QUOTA_MEMORY && need > q->limit[QUOTA_SOFT_MEMORY]) {
		note_hit(q, domid, QUOTA_SOFT_MEMORY, need);
	}
	if (need <= q->limit[kind]) {
		return 0;
	}
	note_hit(q, domid, kind, need);
	return -ENOSPC;
}

bool quota_broke(struct quota *q, unsigned int domid)
{
	q->broke++;
	return may_log(q, &q->use[domid].broke_logged);
}

void quota_forget(struct quota *q, unsigned int domid)
{
	struct quota_use *use = &q->use[domid];

	memset(use->hits, 0, sizeof(use->hits));
	memset(use->logged, 0, sizeof(use->logged));
	use->broke_logged = 0;
	use->turn_after = 0;
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
