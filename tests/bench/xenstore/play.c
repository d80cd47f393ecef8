// SPDX-License-Identifier: BSD-2-Clause
/*
 * Slots play a script: each sends its next request, or all that need not wait
 * for a reply, and goes on when the replies are there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/bench/xenstore/bench.h"

#define EVENTS 256

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

void play(void)
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
