/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon did and holds, as OpenMetrics text
 * (prometheus.io/docs/specs/om/open_metrics_spec).
 *
 * Times are taken of one request in METRICS_SAMPLE: two reads of the clock
 * are a tenth of what a small pipelined request costs. They are from the
 * moment a whole request is there to the moment its reply is in the buffer.
 */
#ifndef XENSTORE_DAEMON_METRICS_H
#define XENSTORE_DAEMON_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct server;

#define METRICS_SAMPLE	16u
#define METRICS_BUCKETS 8u

struct metrics {
	uint32_t until_sample;
	uint64_t sampled;
	uint64_t nanoseconds;		  /* of all that were sampled */
	uint64_t bucket[METRICS_BUCKETS]; /* each for itself, not summed up */
	uint64_t errors;		  /* requests answered with an error */
};

/* Is this request one whose time is taken? */
static inline bool metrics_wanted(struct metrics *m)
{
	if (m->until_sample > 0) {
		m->until_sample--;
		return false;
	}
	m->until_sample = METRICS_SAMPLE - 1;
	return true;
}

/* The longest time that belongs to bucket @i, in nanoseconds. */
static inline uint64_t metrics_bound(unsigned int i)
{
	return (uint64_t)512 << 2 * i;
}

/* A sampled request took so many nanoseconds. */
void metrics_took(struct metrics *m, uint64_t nanoseconds);

/* All totals; @domains: also a row for each domain and what it uses. */
void metrics_write(const struct server *s, FILE *f, bool domains);

#endif
