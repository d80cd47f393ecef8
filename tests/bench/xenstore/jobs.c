// SPDX-License-Identifier: BSD-2-Clause
/* The jobs that are no script; main.c says what they measure. */
#include <stdio.h>
#include <string.h>

#include "tests/bench/xenstore/bench.h"

static void event_came(void *ctx, const struct xsd_sockmsg *hdr,
		       const char *data)
{
	(void)data;
	/* The server that only echoes sends back the request. */
	*(bool *)ctx |= hdr->type == XS_WATCH_EVENT || !bench.watcher;
}

void count_reply(void *ctx, const struct xsd_sockmsg *hdr, const char *data)
{
	(void)data;
	if (hdr->type == XS_ERROR) {
		errno = 0;
		fail(data);
	}
	*(unsigned int *)ctx -= hdr->type != XS_WATCH_EVENT;
}

void count_event(void *ctx, const struct xsd_sockmsg *hdr, const char *data)
{
	(void)data;
	*(unsigned int *)ctx += hdr->type == XS_WATCH_EVENT;
}

static void note_latency(uint64_t ns)
{
	if (bench.latencies < LATENCIES_MAX) {
		bench.latency[bench.latencies++] = ns;
	}
}

static void run_watch(void)
{
	static const char payload[] = "/bench/0/k0\0a value of 24 bytes......";
	struct link *l = bench.watcher ? bench.watcher : bench.control;
	uint64_t before;

	while ((before = now_ns()) < bench.end_ns) {
		bool came = false;

		link_queue(bench.control, XS_WRITE, 0, 0, payload,
			   sizeof(payload) - 1);
		link_flush(bench.control);
		while (!came) {
			link_receive(l, true, event_came, &came);
		}
		note_latency(now_ns() - before);
		bench.ops++;
		if (bench.watcher) {
			link_receive(bench.control, true, event_came, &came);
		}
	}
}

/*
 * As many events as the daemon makes: WINDOW writes are in flight, and each
 * is answered to the writer and told to the watcher.
 */
static void run_events(void)
{
	static const char payload[] = "/bench/0/k0\0a value of 24 bytes......";
	unsigned int pending = 0;
	unsigned int sent = 0;
	unsigned int events = 0;

	while (now_ns() < bench.end_ns || pending > 0) {
		while (pending < WINDOW && now_ns() < bench.end_ns) {
			link_queue(bench.control, XS_WRITE, 0, 0, payload,
				   sizeof(payload) - 1);
			pending++;
			sent++;
		}
		link_flush(bench.control);
		link_receive(bench.control, true, count_reply, &pending);
		if (bench.watcher) {
			link_receive(bench.watcher, false, count_event,
				     &events);
		}
	}
	bench.ops = bench.watcher ? events : sent;
}

static void run_connect(void)
{
	struct link *l[WINDOW];
	unsigned int pending;

	while (now_ns() < bench.end_ns) {
		for (unsigned int i = 0; i < WINDOW; i++) {
			l[i] = link_create(bench.socket);
			link_queue(l[i], XS_GET_PERMS, 0, 0, "/", 2);
			link_flush(l[i]);
		}
		for (unsigned int i = 0; i < WINDOW; i++) {
			pending = 1;
			while (pending > 0) {
				link_receive(l[i], true, count_reply, &pending);
			}
			link_destroy(l[i]);
		}
		bench.ops += WINDOW;
	}
}

static void run_none(void)
{
}

static const struct job {
	const char *name;
	void (*run)(void);
} jobs[] = {
	{ "watch", run_watch },
	{ "events", run_events },
	{ "connect", run_connect },
	{ "none", run_none },
};

void (*job_find(const char *name))(void)
{
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		if (strcmp(jobs[i].name, name) == 0) {
			return jobs[i].run;
		}
	}
	return NULL;
}
