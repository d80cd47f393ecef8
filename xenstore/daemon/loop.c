// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each round: wait, serve every source that is ready for a bounded turn, give
 * one more turn to those with input left, push all output, free what closed.
 */
#include "xenstore/daemon/loop.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/journal_file.h"

#define BATCH 64

static int epoll_fd = -1;
static volatile sig_atomic_t stopping;

int loop_open(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return epoll_fd < 0 ? -errno : 0;
}

void loop_close(void)
{
	if (epoll_fd >= 0) {
		(void)close(epoll_fd);
	}
	epoll_fd = -1;
}

static int control(int op, struct loop_source *source, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = source };

	source->events = events;
	return epoll_ctl(epoll_fd, op, source->fd, &ev) ? -errno : 0;
}

int loop_add(struct loop_source *source, uint32_t events)
{
	return control(EPOLL_CTL_ADD, source, events);
}

int loop_change(struct loop_source *source, uint32_t events)
{
	return source->events == events
		       ? 0
		       : control(EPOLL_CTL_MOD, source, events);
}

void loop_remove(struct loop_source *source)
{
	(void)control(EPOLL_CTL_DEL, source, 0);
}

void loop_stop(void)
{
	stopping = 1;
}

static void set_time(struct server *s)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	s->quota->now = (uint32_t)now.tv_sec;
	s->now_ms =
		(uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int loop_run(struct server *s)
{
	struct epoll_event ev[BATCH];
	bool more = s->ready != NULL;

	while (!stopping) {
		int n = epoll_wait(
			epoll_fd, ev, BATCH,
			more ? 0 : journal_file_timeout(turn_timeout(s)));

		if (n < 0 && errno != EINTR) {
			return -errno;
		}
		set_time(s);
		turn_tick(s);
		domain_forget_rest(s);
		for (int i = 0; i < n; i++) {
			struct loop_source *source = ev[i].data.ptr;

			source->ready(source, ev[i].events);
		}
		more = server_run_ready(s);
		server_settle(s);
		/* Pushing output can close, not make ready. */
		more = more && s->ready;
		more = journal_file_step(s) || more;
		update_step(s);
		more = more || s->ready;
	}
	return 0;
}
