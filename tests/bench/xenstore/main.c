// SPDX-License-Identifier: BSD-2-Clause
/*
 * usage: client SOCKET JOB [links N] [slots N] [burst 1] [idle N] [watches N]
 *               [children N] [nodes N] [most N]
 *
 * Prepares, prints "ready", then waits for lines "run MS" on standard input:
 * for each it works MS milliseconds and prints one line of JSON: how often
 * ("ops"), in how long ("ns"), transactions that had to be repeated
 * ("retries"), and for latencies their median and p99 ("p50", "p99").
 *
 * Jobs: the scripts (script.c), by LINKS connections with SLOTS logical
 * clients each; "burst" sends the body of a transaction at once. "watch": from
 * a write to the event at another connection; "events": as many of these a
 * second as can be. "connect": connect, one request, close, 64 at once. "none":
 * only what the words above prepare (IDLE connections, WATCHES, NODES).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/xenstore/bench.h"

static const char *const words[WORDS] = { "links", "slots",   "burst",
					  "idle",  "watches", "children",
					  "nodes", "most" };

struct bench bench;

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t percentile(unsigned int percent)
{
	return bench.latencies ? bench.latency[bench.latencies * percent / 100]
			       : 0;
}

static void one_run(void (*run)(void), unsigned int ms)
{
	uint64_t begin = now_ns();
	uint64_t end;

	bench.ops = 0;
	bench.retries = 0;
	bench.latencies = 0;
	bench.end_ns = begin + (uint64_t)ms * 1000000u;
	run();
	end = now_ns();
	qsort(bench.latency, bench.latencies, sizeof(*bench.latency), by_size);
	(void)printf("{\"ops\": %llu, \"ns\": %llu, \"retries\": %llu, "
		     "\"p50\": %llu, \"p99\": %llu}\n",
		     (unsigned long long)bench.ops,
		     (unsigned long long)(end - begin),
		     (unsigned long long)bench.retries,
		     (unsigned long long)percentile(50),
		     (unsigned long long)percentile(99));
	if (bench.script && bench.script->clean) {
		char reply[XENSTORE_PAYLOAD_MAX];

		(void)link_ask(bench.control, XS_RM, bench.script->clean,
			       strlen(bench.script->clean) + 1, reply);
	}
}

static void (*find_run(const char *name))(void)
{
	bench.script = script_find(name);
	return bench.script ? play : job_find(name);
}

static bool parse_options(int argc, char **argv)
{
	bench.option[LINKS] = 1;
	bench.option[SLOTS] = 1;
	for (int i = 3; i + 1 < argc; i += 2) {
		int word = 0;

		while (word < WORDS && strcmp(argv[i], words[word]) != 0) {
			word++;
		}
		if (word == WORDS) {
			return false;
		}
		bench.option[word] =
			(unsigned int)strtoul(argv[i + 1], NULL, 10);
	}
	return argc >= 3 && argc % 2 == 1;
}

int main(int argc, char **argv)
{
	void (*run)(void) = argc >= 3 ? find_run(argv[2]) : NULL;
	char line[64];

	if (!run || !parse_options(argc, argv)) {
		(void)fputs("usage: client SOCKET JOB [WORD N]...\n", stderr);
		return 2;
	}
	bench.socket = argv[1];
	prepare();
	(void)puts("ready");
	(void)fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		unsigned int ms = 0;

		if (sscanf(line, "run %u", &ms) != 1) {
			return 2;
		}
		one_run(run, ms);
		(void)fflush(stdout);
	}
	return 0;
}
