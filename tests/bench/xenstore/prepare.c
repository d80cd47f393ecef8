// SPDX-License-Identifier: BSD-2-Clause
/* What is in the store, and who is connected, before anything is measured. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/xenstore/bench.h"

static char scratch[XENSTORE_PAYLOAD_MAX];

/* Send @count requests that @make writes, WINDOW of them in flight. */
static void send_many(struct link *l, uint32_t type, unsigned int count,
		      size_t (*make)(unsigned int i, char *out))
{
	unsigned int pending = 0;
	unsigned int sent = 0;

	while (sent < count || pending > 0) {
		for (; sent < count && pending < WINDOW; sent++, pending++) {
			link_queue(l, type, 0, 0, scratch, make(sent, scratch));
		}
		link_flush(l);
		link_receive(l, true, count_reply, &pending);
	}
}

static size_t make_setup(unsigned int i, char *out)
{
	unsigned int keys = bench.script->keys;
	int n = snprintf(out, XENSTORE_PAYLOAD_MAX,
			 "/bench/%u/k%u%ca value of 24 bytes......", i / keys,
			 i % keys, 0);

	return (size_t)n;
}

static size_t make_watch(unsigned int i, char *out)
{
	/* The fifth thousandth is the one that fires. */
	int n = i == 5000 ? snprintf(out, XENSTORE_PAYLOAD_MAX,
				     "/bench/0/k0%ctoken%c", 0, 0)
			  : snprintf(out, XENSTORE_PAYLOAD_MAX,
				     "/watched/%u/%u%ctoken%c", i / 100,
				     i % 100, 0, 0);

	return (size_t)n;
}

static size_t make_child(unsigned int i, char *out)
{
	return 1 + (size_t)snprintf(out, XENSTORE_PAYLOAD_MAX,
				    "/big/child-%05u", i);
}

/* A hundred nodes to a guest, ten to a device. */
static size_t make_node(unsigned int i, char *out)
{
	return (size_t)snprintf(out, XENSTORE_PAYLOAD_MAX,
				"/local/domain/%u/device%u/key%u%cvalue-%08u",
				i / 100, i / 10 % 10, i % 10, 0, i);
}

static void add_watches(unsigned int count)
{
	static const char payload[] = "/bench/0/k0\0token";
	struct link *l = link_create(bench.socket);

	if (count > 1) {
		send_many(l, XS_WATCH, count, make_watch);
	} else if (link_ask(l, XS_WATCH, payload, sizeof(payload), scratch) <
		   0) {
		fail("WATCH");
	}
	bench.watcher = l;
}

static void add_idle(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		/* Kept open until the end. */
		struct link *l = link_create(bench.socket);

		(void)link_ask(l, XS_GET_PERMS, "/", 2, scratch);
	}
}

/* Events of the watches' first firing are out of the way. */
static void drain_watcher(void)
{
	unsigned int events = 0;

	usleep(100000);
	for (int i = 0; i < 1000; i++) {
		link_receive(bench.watcher, false, count_event, &events);
	}
}

static void prepare_slots(void)
{
	unsigned int slots = bench.option[LINKS] * bench.option[SLOTS];

	bench.link = calloc(bench.option[LINKS], sizeof(*bench.link));
	bench.slot = calloc(slots, sizeof(*bench.slot));
	if (!bench.link || !bench.slot) {
		fail("calloc");
	}
	for (unsigned int i = 0; i < bench.option[LINKS]; i++) {
		bench.link[i] = link_create(bench.socket);
	}
	for (unsigned int i = 0; i < slots; i++) {
		bench.slot[i].id = i;
		bench.slot[i].link = bench.link[i / bench.option[SLOTS]];
	}
	if (bench.script->keys > 1) {
		send_many(bench.control, XS_WRITE, bench.script->keys * slots,
			  make_setup);
	} else if (bench.script->keys == 1) {
		send_many(bench.control, XS_WRITE, bench.option[LINKS],
			  make_setup);
	}
}

void prepare(void)
{
	const unsigned int *option = bench.option;

	bench.control = link_create(bench.socket);
	add_idle(option[IDLE]);
	send_many(bench.control, XS_MKDIR, option[CHILDREN], make_child);
	send_many(bench.control, XS_WRITE, option[NODES], make_node);
	if (option[WATCHES]) {
		add_watches(option[WATCHES]);
		drain_watcher();
	}
	if (bench.script) {
		prepare_slots();
	}
	bench.latency = calloc(LATENCIES_MAX, sizeof(*bench.latency));
	if (!bench.latency) {
		fail("calloc");
	}
}
