/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the measuring client share: its options, its connections,
 * and what is counted in a run. main.c is told what to do and tells what came
 * of it, prepare.c makes what is asked for, play.c plays scripts, jobs.c does
 * the rest.
 */
#ifndef TESTS_BENCH_XENSTORE_BENCH_H
#define TESTS_BENCH_XENSTORE_BENCH_H

#include "tests/bench/xenstore/script.h"

#define WINDOW	      64
#define LATENCIES_MAX 200000u

enum word {
	LINKS,
	SLOTS,
	BURST,
	IDLE,
	WATCHES,
	CHILDREN,
	NODES,
	MOST,
	WORDS
};

struct slot {
	struct link *link;
	uint32_t id;
	uint32_t tx;
	unsigned int at;      /* the next request of the script */
	unsigned int start;   /* where its transaction starts */
	unsigned int pending; /* replies to come */
	bool again;	      /* the transaction has to be repeated */
	bool more;	      /* a listing has further parts */
	size_t offset;	      /* bytes of the listing that came */
	char number[2][12];
};

struct bench {
	const char *socket;
	const struct script *script;
	unsigned int option[WORDS];
	struct link **link;
	struct slot *slot;
	struct link *control; /* prepares, and lists */
	struct link *watcher;
	unsigned int active; /* slots that are not done with this run */
	uint64_t end_ns;
	uint64_t count; /* rounds begun */
	uint64_t ops;
	uint64_t retries;
	uint64_t *latency;
	size_t latencies;
};

extern struct bench bench;

/* Make what the options ask for. */
void prepare(void);

/* Play the script until the run ends. */
void play(void);

/* The job of that name, or NULL. */
void (*job_find(const char *name))(void);

/* link_receive() with these: what comes is counted in *(unsigned int *)ctx. */
void count_reply(void *ctx, const struct xsd_sockmsg *hdr, const char *data);
void count_event(void *ctx, const struct xsd_sockmsg *hdr, const char *data);

#endif
