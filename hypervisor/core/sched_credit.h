/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs next: the decisions of the scheduler as pure functions on a queue,
 * with the time as an argument. No locks, no CPUs, no clock; runs on the host.
 *
 * Each runnable entity has a virtual time that grows by the time it ran,
 * divided by its weight; the one with the least goes first. So over any span
 * in which they want to run, entities get time in proportion to their weights.
 * One that slept is set forward to just before the queue's least virtual time:
 * it goes first when it wakes, and cannot save up what it slept through.
 *
 * Virtual times mean something only inside one queue. An entity that moves
 * keeps its distance from the queue's least. What is compared between queues is
 * `usage`: the share of a CPU that it had lately, by weight.
 *
 * A cap is a budget that the vCPUs of a domain draw on and that is filled up
 * at each period. Overdrawing is paid back from the next ones.
 */
#ifndef HOSPES_CORE_SCHED_CREDIT_H
#define HOSPES_CORE_SCHED_CREDIT_H

#include "lib/rbtree.h"
#include "lib/types.h"

#define CREDIT_WEIGHT_DEFAULT 256
#define CREDIT_WEIGHT_MAX     65535
#define CREDIT_MS	      ((int64_t)1000000)

/* How far before the others one that wakes is put. */
#define CREDIT_WAKE_BONUS (3 * CREDIT_MS)
/* One that wakes must be behind by more than this to interrupt. */
#define CREDIT_WAKE_MARGIN (CREDIT_MS / 2)
/* Usage looks back about this far. */
#define CREDIT_USAGE_WINDOW (100 * CREDIT_MS)
#define CREDIT_CAP_PERIOD   (10 * CREDIT_MS)
#define CREDIT_SLICE_MIN    (CREDIT_MS / 4)

struct credit_params {
	int64_t slice;	   /* longest run while another waits, ns */
	int64_t ratelimit; /* shortest run before one that wakes interrupts */
};

struct credit_entity {
	struct rb_node node;
	bool queued;
	bool woken; /* slept, and did not run since */
	uint32_t weight;
	int64_t vtime;	     /* weighted ns */
	int64_t run_since;   /* when it was put on the CPU */
	int64_t charged;     /* paid for up to here, while running */
	int64_t usage;	     /* ns of the last window, decaying */
	int64_t usage_stamp; /* `usage` is as of then */
};

struct credit_queue {
	struct rb_root tree; /* those waiting, by vtime */
	unsigned int waiting;
	int64_t min_vtime; /* never goes back */
};

/* Budget of a capped domain; cap in percent of one CPU, 0: none. */
struct credit_budget {
	uint32_t cap;
	int64_t left;
	int64_t filled; /* up to this time */
};

void credit_entity_init(struct credit_entity *e, uint32_t weight);
void credit_queue_init(struct credit_queue *q);

/* Put among those waiting, as it is. */
void credit_enqueue(struct credit_queue *q, struct credit_entity *e);
void credit_dequeue(struct credit_queue *q, struct credit_entity *e);

/* e slept and wants to run: set its virtual time. Then enqueue it. */
void credit_wake(const struct credit_queue *q, struct credit_entity *e);
/* e moves between queues, in neither. */
void credit_move(const struct credit_queue *from, const struct credit_queue *to,
		 struct credit_entity *e);

/* First of those waiting, or NULL. */
struct credit_entity *credit_first(const struct credit_queue *q);
struct credit_entity *credit_next(const struct credit_entity *e);

/* e is put on the CPU at `now`. */
void credit_start(struct credit_entity *e, int64_t now);
/*
 * The running e pays up to `now`. Returns the ns it ran since the last call.
 */
int64_t credit_charge(struct credit_queue *q, struct credit_entity *e,
		      int64_t now);

/*
 * Must the running `curr` give way at `now` to the first one waiting? True:
 * yes. False: not before *recheck (INT64_MAX: not before somebody comes).
 */
bool credit_must_yield(const struct credit_queue *q,
		       const struct credit_entity *curr,
		       const struct credit_params *params, int64_t now,
		       int64_t *recheck);

/* Usage by weight as of `now`, to compare between queues: the share of a CPU
 * over the last window that a weight of 1024 would have had, in ns. */
int64_t credit_usage(const struct credit_entity *e, bool running, int64_t now);

/* Should a CPU that runs one of usage `mine` take one with `theirs` that waits
 * elsewhere? */
bool credit_should_pull(int64_t mine, int64_t theirs);

void credit_budget_set(struct credit_budget *b, uint32_t cap, int64_t now);
/* `ran` ns used; false: the budget is used up. */
bool credit_budget_charge(struct credit_budget *b, int64_t ran);
/* Fill up for the whole periods that have passed; true: there is some left. */
bool credit_budget_fill(struct credit_budget *b, int64_t now);
/* How long one of `sharers` vCPUs may run on it. */
int64_t credit_budget_slice(const struct credit_budget *b,
			    unsigned int sharers);

#endif
