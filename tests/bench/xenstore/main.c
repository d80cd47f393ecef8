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
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/bench/xenstore/script.h"

#define EVENTS	      256
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

static const char *const words[WORDS] = { "links", "slots",   "burst",
					  "idle",  "watches", "children",
					  "nodes", "most" };

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

static struct bench bench;

/* ---- slots ---- */

/* The next part of a listing starts where this one ends. */
static void set_offset(struct slot *s, size_t offset)
{
	s->offset = offset;
	(void)snprintf(s->number[1], sizeof(s->number[1]), "%zu", offset);
}

static void set_numbers(struct slot *s)
{
	uint64_t n = bench.count++;
	unsigned int first = s->id;

	if (bench.script->numbers == BY_LINK) {
		first /= bench.option[SLOTS];
	} else if (bench.script->numbers == BY_COUNT) {
		first = (unsigned int)(n / 100);
	} else if (bench.script->numbers == BY_GUEST) {
		first = 1 + (unsigned int)n;
	}
	(void)snprintf(s->number[0], sizeof(s->number[0]), "%u", first);
	(void)snprintf(s->number[1], sizeof(s->number[1]), "%02u",
		       (unsigned int)(n % 100));
	if (bench.script->numbers == BY_PART) {
		set_offset(s, 0);
	}
}

static void queue_next(struct slot *s)
{
	const struct ask *ask = &bench.script->ask[s->at++];
	char payload[XENSTORE_PAYLOAD_MAX];
	size_t len = script_payload(ask, s->number[0], s->number[1], payload);

	if (ask->type == XS_TRANSACTION_START) {
		s->start = s->at - 1;
		s->tx = 0;
	}
	link_queue(s->link, ask->type, s->id, s->tx, payload, len);
	s->pending++;
}

/* Is the request at @at one that can follow at once, without its reply? */
static bool can_follow(const struct slot *s)
{
	const struct script *script = bench.script;

	return bench.option[BURST] && s->at < script->count &&
	       script->ask[s->at - 1].type != XS_TRANSACTION_START &&
	       script->ask[s->at - 1].type != XS_TRANSACTION_END;
}

static void slot_send(struct slot *s)
{
	queue_next(s);
	while (can_follow(s)) {
		queue_next(s);
	}
	if (s->at < bench.script->count &&
	    bench.script->ask[s->at - 1].type == XS_TRANSACTION_END) {
		s->tx = 0;
	}
}

static void slot_begin(struct slot *s)
{
	set_numbers(s);
	s->at = 0;
	s->tx = 0;
	slot_send(s);
}

static void finish_round(struct slot *s)
{
	bench.ops++;
	if (now_ns() < bench.end_ns &&
	    (bench.option[MOST] == 0 || bench.count < bench.option[MOST])) {
		slot_begin(s);
	} else {
		bench.active--;
	}
}

static bool is_again(const char *data, uint32_t len)
{
	return len >= 7 && memcmp(data, "EAGAIN", 7) == 0;
}

static void take_part(struct slot *s, const char *data, size_t len)
{
	size_t skip = strnlen(data, len) + 1;

	s->more = data[len - 1] != '\0' || data[len - 2] != '\0';
	set_offset(s, s->offset + len - skip);
	if (!s->more && s->offset < bench.option[CHILDREN]) {
		fail("listing too short");
	}
}

static void check_reply(struct slot *s, const struct xsd_sockmsg *hdr,
			const char *data)
{
	if (hdr->type == XS_TRANSACTION_START) {
		s->tx = hdr->len ? (uint32_t)strtoul(data, NULL, 10) : 0;
	}
	if (hdr->type == XS_DIRECTORY_PART) {
		take_part(s, data, hdr->len);
	}
	if (hdr->type != XS_ERROR) {
		return;
	}
	if (is_again(data, hdr->len)) {
		s->again = true;
	} else {
		(void)fprintf(stderr, "request %u of %s: %.*s\n", s->at,
			      bench.script->name, (int)hdr->len, data);
		errno = 0;
		fail("unexpected error");
	}
}

static void slot_reply(void *ctx, const struct xsd_sockmsg *hdr,
		       const char *data)
{
	struct slot *s;

	(void)ctx;
	if (hdr->req_id >= bench.option[LINKS] * bench.option[SLOTS]) {
		fail("reply to nobody");
	}
	s = &bench.slot[hdr->req_id];
	check_reply(s, hdr, data);
	if (--s->pending > 0) {
		return;
	}
	if (s->more) {
		s->more = false;
		s->at--;
		slot_send(s);
	} else if (s->again) {
		s->again = false;
		bench.retries++;
		s->at = s->start;
		if (now_ns() < bench.end_ns) {
			slot_send(s);
		} else {
			bench.active--;
		}
	} else if (s->at < bench.script->count) {
		slot_send(s);
	} else {
		finish_round(s);
	}
}

static void run_one_link(struct link *l)
{
	while (bench.active > 0) {
		link_flush(l);
		link_receive(l, true, slot_reply, NULL);
	}
}

static void run_links(int poll_fd)
{
	struct epoll_event ev[EVENTS];

	while (bench.active > 0) {
		int n = epoll_wait(poll_fd, ev, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct link *l = ev[i].data.ptr;

			link_receive(l, false, slot_reply, NULL);
			link_flush(l);
		}
	}
}

static int poll_links(void)
{
	int poll_fd = epoll_create1(EPOLL_CLOEXEC);

	for (unsigned int i = 0; i < bench.option[LINKS]; i++) {
		struct epoll_event ev = { .events = EPOLLIN,
					  .data.ptr = bench.link[i] };

		if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, bench.link[i]->fd, &ev)) {
			fail("epoll_ctl");
		}
	}
	return poll_fd;
}

static void run_script(void)
{
	unsigned int slots = bench.option[LINKS] * bench.option[SLOTS];
	int poll_fd;

	bench.count = 0;
	bench.active = slots;
	for (unsigned int i = 0; i < slots; i++) {
		slot_begin(&bench.slot[i]);
	}
	for (unsigned int i = 0; i < bench.option[LINKS]; i++) {
		link_flush(bench.link[i]);
	}
	if (bench.option[LINKS] == 1) {
		run_one_link(bench.link[0]);
		return;
	}
	poll_fd = poll_links();
	run_links(poll_fd);
	(void)close(poll_fd);
}

/* ---- what is no script ---- */

static char scratch[XENSTORE_PAYLOAD_MAX];

static int ask_path(struct link *l, uint32_t type, const char *path)
{
	return link_ask(l, type, path, strlen(path) + 1, scratch);
}

static void event_came(void *ctx, const struct xsd_sockmsg *hdr,
		       const char *data)
{
	(void)data;
	/* The server that only echoes sends back the request. */
	*(bool *)ctx |= hdr->type == XS_WATCH_EVENT || !bench.watcher;
}

static void count_reply(void *ctx, const struct xsd_sockmsg *hdr,
			const char *data)
{
	(void)data;
	if (hdr->type == XS_ERROR) {
		errno = 0;
		fail(data);
	}
	*(unsigned int *)ctx -= hdr->type != XS_WATCH_EVENT;
}

static void count_event(void *ctx, const struct xsd_sockmsg *hdr,
			const char *data)
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

/* ---- preparation ---- */

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

		(void)ask_path(l, XS_GET_PERMS, "/");
	}
}

/* Events of the watches' first firing are out of the way. */
static void drain_watcher(void)
{
	bool came;

	usleep(100000);
	for (int i = 0; i < 1000; i++) {
		link_receive(bench.watcher, false, event_came, &came);
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

static void prepare(void)
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

/* ---- main ---- */

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
		(void)ask_path(bench.control, XS_RM, bench.script->clean);
	}
}

static void (*find_run(const char *name))(void)
{
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		if (strcmp(jobs[i].name, name) == 0) {
			return jobs[i].run;
		}
	}
	bench.script = script_find(name);
	return bench.script ? run_script : NULL;
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
