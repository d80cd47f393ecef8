/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler's arithmetic: see the header.
 *
 * A worked example. Two entities of weights 512 and 256 always want to run.
 * Each 10 ms slice costs the first 5 ms of virtual time and the second 10: the
 * first is the least twice as often. A third one, that sleeps most of the time,
 * wakes with its virtual time 3 ms before the least of the queue, so it runs at
 * once (when the one on the CPU has had its ratelimit) and, if it keeps
 * running, is one of three after those 3 ms.
 */
#include "core/sched_credit.h"

void credit_entity_init(struct credit_entity *e, uint32_t weight)
{
	*e = (struct credit_entity){ .weight = weight };
}

void credit_queue_init(struct credit_queue *q)
{
	*q = (struct credit_queue){ .min_vtime = 0 };
}

static struct credit_entity *entity_of(const struct rb_node *node)
{
	return rb_entry(node, struct credit_entity, node);
}

void credit_enqueue(struct credit_queue *q, struct credit_entity *e)
{
	struct rb_node **link = &q->tree.node, *parent = NULL;

	while (*link) {
		parent = *link;
		/* Equal ones keep the order they came in. */
		link = e->vtime < entity_of(parent)->vtime ? &parent->left
							   : &parent->right;
	}
	rb_link(&e->node, parent, link);
	rb_balance_insert(&q->tree, &e->node);
	e->queued = true;
	q->waiting++;
}

void credit_dequeue(struct credit_queue *q, struct credit_entity *e)
{
	rb_erase(&q->tree, &e->node);
	e->queued = false;
	q->waiting--;
}

struct credit_entity *credit_first(const struct credit_queue *q)
{
	struct rb_node *node = rb_first(&q->tree);

	return node ? entity_of(node) : NULL;
}

struct credit_entity *credit_next(const struct credit_entity *e)
{
	struct rb_node *node = rb_next(&e->node);

	return node ? entity_of(node) : NULL;
}

void credit_wake(const struct credit_queue *q, struct credit_entity *e)
{
	e->vtime = max(e->vtime, q->min_vtime - CREDIT_WAKE_BONUS);
	e->woken = true;
}

void credit_move(const struct credit_queue *from, const struct credit_queue *to,
		 struct credit_entity *e)
{
	e->vtime = e->vtime - from->min_vtime + to->min_vtime;
}

void credit_start(struct credit_entity *e, int64_t now)
{
	e->run_since = now;
	e->charged = now;
	e->woken = false;
}

/* Usage as it is at `now`, when of the time since usage_stamp it ran `ran`. */
static int64_t usage_at(const struct credit_entity *e, int64_t ran, int64_t now)
{
	int64_t passed = max(now - e->usage_stamp, (int64_t)0);

	if (passed >= CREDIT_USAGE_WINDOW) {
		return min(ran, CREDIT_USAGE_WINDOW);
	}
	/* Both factors are below 2^27. */
	return e->usage - e->usage * passed / CREDIT_USAGE_WINDOW + ran;
}

int64_t credit_charge(struct credit_queue *q, struct credit_entity *e,
		      int64_t now)
{
	const struct credit_entity *first = credit_first(q);
	int64_t ran = max(now - e->charged, (int64_t)0);
	int64_t least;

	e->charged = now;
	e->usage = usage_at(e, ran, now);
	e->usage_stamp = now;
	e->vtime += ran * CREDIT_WEIGHT_DEFAULT / e->weight;

	least = first ? min(e->vtime, first->vtime) : e->vtime;
	q->min_vtime = max(q->min_vtime, least);
	return ran;
}

bool credit_must_yield(const struct credit_queue *q,
		       const struct credit_entity *curr,
		       const struct credit_params *params, int64_t now,
		       int64_t *recheck)
{
	const struct credit_entity *first = credit_first(q);
	int64_t ran = now - curr->run_since;
	int64_t ahead;

	*recheck = INT64_MAX;
	if (!first) {
		return false;
	}
	ahead = curr->vtime - first->vtime;
	if (ran >= params->slice) {
		if (ahead > 0) {
			return true;
		}
		/* It is behind, so it goes on until they are even. */
		*recheck =
			now + max(-ahead * curr->weight / CREDIT_WEIGHT_DEFAULT,
				  CREDIT_SLICE_MIN);
		*recheck = min(*recheck, now + params->slice);
		return false;
	}
	if (first->woken && ahead > CREDIT_WAKE_MARGIN) {
		if (ran >= params->ratelimit) {
			return true;
		}
		*recheck = curr->run_since + params->ratelimit;
		return false;
	}
	*recheck = curr->run_since + params->slice;
	return false;
}

int64_t credit_usage(const struct credit_entity *e, bool running, int64_t now)
{
	int64_t ran = running ? max(now - e->charged, (int64_t)0) : 0;

	return usage_at(e, ran, now) * 1024 / e->weight;
}

/* A quarter apart: less would only move them to and fro. */
bool credit_should_pull(int64_t mine, int64_t theirs)
{
	return theirs < mine - mine / 4;
}

static int64_t budget_quota(const struct credit_budget *b)
{
	return CREDIT_CAP_PERIOD / 100 * b->cap;
}

void credit_budget_set(struct credit_budget *b, uint32_t cap, int64_t now)
{
	b->cap = cap;
	b->left = budget_quota(b);
	b->filled = now;
}

bool credit_budget_charge(struct credit_budget *b, int64_t ran)
{
	b->left -= ran;
	return b->left > 0;
}

bool credit_budget_fill(struct credit_budget *b, int64_t now)
{
	int64_t periods = (now - b->filled) / CREDIT_CAP_PERIOD;
	int64_t quota = budget_quota(b);

	if (periods > 0) {
		b->filled += periods * CREDIT_CAP_PERIOD;
		/* Nothing is saved up beyond one period; 2^20 periods are
		 * three hours and pay any debt. */
		periods = min(periods, (int64_t)1 << 20);
		b->left = min(b->left + periods * quota, quota);
	}
	return b->left > 0;
}

int64_t credit_budget_slice(const struct credit_budget *b, unsigned int sharers)
{
	return max(b->left / (int64_t)max(sharers, 1U), CREDIT_SLICE_MIN);
}
