// SPDX-License-Identifier: BSD-2-Clause
/*
 * The totals fit one reply of the protocol (4096 bytes) whatever the numbers
 * are, so names are short and there are few rows. What grows with the number
 * of domains is asked for in a file.
 */
#include "xenstore/daemon/metrics.h"

#include "xenstore/common/wire.h"
#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/server.h"

void metrics_took(struct metrics *m, uint64_t nanoseconds)
{
	unsigned int i = 0;

	while (i < METRICS_BUCKETS && nanoseconds > metrics_bound(i)) {
		i++;
	}
	if (i < METRICS_BUCKETS) {
		m->bucket[i]++;
	}
	m->sampled++;
	m->nanoseconds += nanoseconds;
}

static unsigned long long big(uint64_t n)
{
	return n;
}

static void put_type(FILE *f, const char *name, const char *type)
{
	(void)fprintf(f, "# TYPE xenstored_%s %s\n", name, type);
}

static void put_counter(FILE *f, const char *name, uint64_t n)
{
	put_type(f, name, "counter");
	(void)fprintf(f, "xenstored_%s_total %llu\n", name, big(n));
}

static void put_gauge(FILE *f, const char *name, uint64_t n)
{
	put_type(f, name, "gauge");
	(void)fprintf(f, "xenstored_%s %llu\n", name, big(n));
}

static void put_requests(const struct server *s, FILE *f)
{
	put_type(f, "requests", "counter");
	for (uint32_t i = 0; i < XS_TYPE_COUNT; i++) {
		if (s->requests[i] > 0) {
			(void)fprintf(
				f,
				"xenstored_requests_total{type=\"%s\"} %llu\n",
				wire_type_name(i), big(s->requests[i]));
		}
	}
	put_counter(f, "errors", s->metrics.errors);
}

static double seconds(uint64_t nanoseconds)
{
	return (double)nanoseconds / 1e9;
}

/* A bucket is of all that took no longer, so the counts are summed up. */
static void put_times(const struct server *s, FILE *f)
{
	const struct metrics *m = &s->metrics;
	uint64_t sum = 0;

	put_type(f, "request_seconds", "histogram");
	for (unsigned int i = 0; i < METRICS_BUCKETS; i++) {
		sum += m->bucket[i];
		(void)fprintf(
			f,
			"xenstored_request_seconds_bucket{le=\"%.7g\"} %llu\n",
			seconds(metrics_bound(i)), big(sum));
	}
	(void)fprintf(f,
		      "xenstored_request_seconds_bucket{le=\"+Inf\"} %llu\n"
		      "xenstored_request_seconds_count %llu\n"
		      "xenstored_request_seconds_sum %.9f\n",
		      big(m->sampled), big(m->sampled),
		      seconds(m->nanoseconds));
}

static void put_quotas(const struct server *s, FILE *f)
{
	put_type(f, "quota_hits", "counter");
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		if (s->quota->hits[i] == 0) {
			continue;
		}
		(void)fprintf(
			f, "xenstored_quota_hits_total{quota=\"%s\"} %llu\n",
			quota_name((enum quota_kind)i), big(s->quota->hits[i]));
	}
	put_counter(f, "protocol_violations", s->quota->broke);
}

struct column {
	const char *name;
	uint64_t (*get)(const struct quota_use *use);
};

static uint64_t get_nodes(const struct quota_use *use)
{
	return use->nodes;
}

static uint64_t get_bytes(const struct quota_use *use)
{
	return use->bytes;
}

static uint64_t get_watches(const struct quota_use *use)
{
	return use->watches;
}

static uint64_t get_transactions(const struct quota_use *use)
{
	return use->transactions;
}

static const struct column columns[] = {
	{ "domain_nodes", get_nodes },
	{ "domain_bytes", get_bytes },
	{ "domain_watches", get_watches },
	{ "domain_transactions", get_transactions },
};

static void put_column(const struct quota *q, FILE *f,
		       const struct column *column)
{
	put_type(f, column->name, "gauge");
	for (unsigned int i = 0; i < QUOTA_DOMIDS; i++) {
		uint64_t n = column->get(&q->use[i]);

		if (n > 0) {
			(void)fprintf(f, "xenstored_%s{domain=\"%u\"} %llu\n",
				      column->name, i, big(n));
		}
	}
}

static void put_domain_hits(const struct quota *q, FILE *f)
{
	put_type(f, "domain_quota_hits", "counter");
	for (unsigned int i = 0; i < QUOTA_DOMIDS; i++) {
		for (unsigned int k = 0; k < QUOTA_KINDS; k++) {
			if (q->use[i].hits[k] == 0) {
				continue;
			}
			(void)fprintf(f,
				      "xenstored_domain_quota_hits_total"
				      "{domain=\"%u\",quota=\"%s\"} %u\n",
				      i, quota_name((enum quota_kind)k),
				      q->use[i].hits[k]);
		}
	}
}

void metrics_write(const struct server *s, FILE *f, bool domains)
{
	put_requests(s, f);
	put_times(s, f);
	put_counter(f, "commits", s->commits);
	put_counter(f, "conflicts", s->conflicts);
	put_counter(f, "turns", s->turns.count);
	put_counter(f, "turns_expired", s->turns.expired);
	put_counter(f, "held_requests", s->turns.holds);
	put_counter(f, "doomed_transactions", s->doomed);
	put_counter(f, "events", s->events);
	put_quotas(s, f);
	put_gauge(f, "connections", s->conn_count);
	put_gauge(f, "watches", s->watches.count);
	put_gauge(f, "transactions", s->txns.count);
	put_gauge(f, "tree_bytes", s->quota->booked);
	put_gauge(f, "allocated_bytes", store_allocated());
	for (size_t i = 0; domains && i < sizeof(columns) / sizeof(columns[0]);
	     i++) {
		put_column(s->quota, f, &columns[i]);
	}
	if (domains) {
		put_domain_hits(s->quota, f);
	}
	(void)fputs("# EOF\n", f);
}
