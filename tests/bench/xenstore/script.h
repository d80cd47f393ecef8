/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a slot does over and over: a list of requests. In a path '#' and '%'
 * stand for two numbers that the slot sets for each round of the script. A
 * round counts when all of it was answered; what stands between the start and
 * the end of a transaction is asked again when the end says EAGAIN.
 */
#ifndef TESTS_BENCH_XENSTORE_SCRIPT_H
#define TESTS_BENCH_XENSTORE_SCRIPT_H

#include "tests/bench/xenstore/client.h"

struct ask {
	uint32_t type;
	const char *path;  /* transactions have none */
	const char *value; /* or NULL: a value that differs each time */
};

/* How a slot chooses the numbers of a round. */
enum numbers {
	BY_LINK,  /* '#' is the link */
	BY_SLOT,  /* '#' is the slot */
	BY_COUNT, /* '#' and '%' count all rounds, 100 of '%' to a '#' */
	BY_GUEST, /* '#' counts all rounds */
	BY_PART,  /* '%' is how much of a listing came */
};

struct script {
	const char *name;
	enum numbers numbers;
	const struct ask *ask;
	unsigned int count;
	unsigned int keys; /* how many of k0 to k9 in /bench/# must exist */
	const char *clean; /* removed after each run, or NULL */
};

/* NULL if there is none with that name. */
const struct script *script_find(const char *name);

/* Payload of @ask with the two numbers put in; returns its length. */
size_t script_payload(const struct ask *ask, const char *first,
		      const char *second, char *out);

#endif
