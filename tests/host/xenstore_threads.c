// SPDX-License-Identifier: BSD-2-Clause
/*
 * Many threads on one handle of libxs, under the thread sanitizer: every
 * thread reads what it wrote while another one takes events, and the
 * descriptor of xs_fileno() is readable exactly while an event waits. Wants a
 * daemon at XENSTORED_PATH; xenstore-protocol.sh runs it.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/libxs/xenstore.h"

#define THREADS 8
#define ROUNDS	1000

static struct xs_handle *handle;
static int failures;

static void check(bool good, const char *what)
{
	if (!good) {
		(void)printf("failed: %s\n", what);
		(void)__atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);
	}
}

static void one_round(unsigned int id, unsigned int round)
{
	char path[32];
	char text[32];
	unsigned int len;
	char *got;

	(void)snprintf(path, sizeof(path), "/threads/%u", id);
	(void)snprintf(text, sizeof(text), "%u-%u", id, round);
	check(xs_write(handle, XBT_NULL, path, text,
		       (unsigned int)strlen(text)),
	      "write");
	got = xs_read(handle, XBT_NULL, path, &len);
	check(got && strcmp(got, text) == 0, "own value");
	free(got);
	if (round % 50 == 0) {
		check(xs_watch(handle, path, path), "watch");
		check(xs_unwatch(handle, path, path), "unwatch");
	}
}

static void *worker(void *arg)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		one_round((unsigned int)(uintptr_t)arg, i);
	}
	return NULL;
}

static void *taker(void *arg)
{
	bool stop = false;

	(void)arg;
	while (!stop) {
		unsigned int num;
		char **event = xs_read_watch(handle, &num);

		check(event, "event");
		stop = !event ||
		       strcmp(event[XS_WATCH_PATH], "/threads/stop") == 0;
		free(event);
	}
	return NULL;
}

static bool readable(int timeout)
{
	struct pollfd fd = { .fd = xs_fileno(handle), .events = POLLIN };

	return poll(&fd, 1, timeout) == 1;
}

static void drain(void)
{
	char **event;

	while ((event = xs_check_watch(handle))) {
		free(event);
	}
	check(errno == EAGAIN, "EAGAIN when there is none");
}

static void run_threads(void)
{
	pthread_t thread[THREADS];
	pthread_t events;

	check(xs_watch(handle, "/threads", "all"), "watch all");
	check(pthread_create(&events, NULL, taker, NULL) == 0, "thread");
	for (uintptr_t i = 0; i < THREADS; i++) {
		check(pthread_create(&thread[i], NULL, worker, (void *)i) == 0,
		      "thread");
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		(void)pthread_join(thread[i], NULL);
	}
	check(xs_write(handle, XBT_NULL, "/threads/stop", "", 0), "stop");
	(void)pthread_join(events, NULL);
}

int main(void)
{
	handle = xs_open(XS_UNWATCH_FILTER);
	if (!handle) {
		perror("xs_open");
		return 1;
	}
	run_threads();
	drain();
	check(!readable(50), "not readable when empty");
	check(xs_write(handle, XBT_NULL, "/threads/x", "1", 1), "write");
	check(readable(5000), "readable with an event");
	drain();
	check(!readable(50), "not readable again");
	check(xs_rm(handle, XBT_NULL, "/threads"), "rm");
	xs_close(handle);
	for (unsigned int i = 0; i < 100; i++) {
		handle = xs_open(0);
		check(handle && xs_watch(handle, "/a", "b"), "open, watch");
		xs_close(handle);
	}
	return failures ? 1 : 0;
}
