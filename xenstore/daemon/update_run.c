// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two steps. First a child runs the new binary with --check-state and a copy
 * of our state, while we serve on: a binary that does not start, or does not
 * understand us, is told from one that does before anything depends on it.
 * Then, between two requests, the state is written once more, descriptors are
 * made to survive, and execve() makes the new binary this process: its number,
 * its children and its locks stay. What can fail until then leaves us as we
 * were; SIGTERM is kept waiting from here until the new binary can take it.
 */
#include "xenstore/daemon/update_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/loop.h"
#include "xenstore/daemon/state_save.h"
#include "xenstore/daemon/statefile.h"
#include "xenstore/daemon/update.h"
#include "xenstore/daemon/xen.h"

/* Where the child finds the state. */
#define CHECK_FILE  3
#define ARGUMENTS   64
#define REASON_SIZE 256

enum step {
	STEP_NONE,
	STEP_CHECKING, /* a child looks at our state */
	STEP_CHECKED,  /* it was content */
};

struct update_process update_process = { .listener = -1,
					 .pidfile = -1,
					 .lock = -1 };

static struct run {
	struct server *server;
	enum step step;
	pid_t child;
	int errors; /* what the child says, a pipe */
	struct loop_source ended;
	struct loop_source timer;
} run = { .ended.fd = -1, .timer.fd = -1, .errors = -1 };

static int write_some(void *ctx, const void *data, size_t len)
{
	const int *fd = ctx;
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(*fd, p, len);

		if (n < 0) {
			return -errno;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static void save_files(struct save *sv)
{
	struct state_out *o = &sv->out;

	state_begin(o, STATE_FILES);
	state_put_u32(o, (uint32_t)update_process.listener);
	state_put_u32(o, (uint32_t)update_process.pidfile);
	state_put_u32(o, (uint32_t)update_process.lock);
	state_put_u32(o, (uint32_t)xen_event_fd());
	state_put_u32(o, (uint32_t)xen_domain_port());
	state_end(o);
}

static void save_answer(struct save *sv, const struct update *u)
{
	struct state_out *o = &sv->out;

	state_begin(o, STATE_ANSWER);
	state_put_u32(o, u->conn_id);
	state_put_u32(o, u->request.type);
	state_put_u32(o, u->request.req_id);
	state_put_u32(o, u->request.tx_id);
	state_end(o);
}

/* The whole state in memory that has a descriptor; or -errno. */
static int state_to_memory(const struct server *s)
{
	int fd = memfd_create("xenstored", MFD_CLOEXEC);
	struct save *sv = calloc(1, sizeof(*sv));
	int rc;

	if (fd < 0 || !sv) {
		rc = fd < 0 ? -errno : -ENOMEM;
		if (fd >= 0) {
			(void)close(fd);
		}
		free(sv);
		return rc;
	}
	sv->out.sink = write_some;
	sv->out.ctx = &fd;
	sv->boot = statefile_boot();
	save_server(sv, s, SAVE_ALL);
	save_files(sv);
	save_answer(sv, &s->update);
	save_end(sv);
	rc = sv->out.error;
	save_clear(sv);
	free(sv);
	if (rc) {
		(void)close(fd);
		return rc;
	}
	return fd;
}

static void source_close(struct loop_source *source)
{
	if (source->fd >= 0) {
		loop_remove(source);
		(void)close(source->fd);
	}
	source->fd = -1;
}

/* No child is left, and nothing of it. */
static void forget_child(struct run *r)
{
	if (r->child > 0) {
		(void)kill(r->child, SIGKILL);
		(void)waitpid(r->child, NULL, 0);
	}
	r->child = 0;
	source_close(&r->ended);
	source_close(&r->timer);
	if (r->errors >= 0) {
		(void)close(r->errors);
	}
	r->errors = -1;
	r->step = STEP_NONE;
}

static void fail(struct run *r, const char *what, int err)
{
	char why[REASON_SIZE + 64];

	(void)snprintf(why, sizeof(why), "%s%s%s", what, err ? ": " : "",
		       err ? strerror(err) : "");
	forget_child(r);
	update_failed(r->server, why);
}

/* The first line of what the child said. */
static void read_reason(struct run *r, int status, char reason[REASON_SIZE])
{
	ssize_t n = read(r->errors, reason, REASON_SIZE - 1);

	reason[n > 0 ? n : 0] = '\0';
	reason[strcspn(reason, "\n")] = '\0';
	if (reason[0] == '\0') {
		(void)snprintf(reason, REASON_SIZE,
			       "the check ended with %s %d",
			       WIFSIGNALED(status) ? "signal" : "status",
			       WIFSIGNALED(status) ? WTERMSIG(status)
						   : WEXITSTATUS(status));
	}
}

static void child_ended(struct loop_source *source, uint32_t events)
{
	struct run *r = &run;
	char reason[REASON_SIZE];
	int status = 0;

	(void)source;
	(void)events;
	if (r->step != STEP_CHECKING ||
	    waitpid(r->child, &status, WNOHANG) != r->child) {
		return;
	}
	r->child = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		forget_child(r);
		r->step = STEP_CHECKED;
		return;
	}
	read_reason(r, status, reason);
	fail(r, reason, 0);
}

static void child_is_late(struct loop_source *source, uint32_t events)
{
	(void)source;
	(void)events;
	if (run.step == STEP_CHECKING) {
		fail(&run, "the new binary took too long", 0);
	}
}

/* Watch @fd; it is closed when that fails. */
static int source_open(struct loop_source *source, int fd,
		       void (*ready)(struct loop_source *, uint32_t))
{
	int rc = fd < 0 ? -errno : 0;

	source->fd = fd;
	source->ready = ready;
	if (!rc) {
		rc = loop_add(source, EPOLLIN);
	}
	if (rc && fd >= 0) {
		(void)close(fd);
	}
	if (rc) {
		source->fd = -1;
	}
	return rc;
}

static int set_timer(struct run *r, unsigned int seconds)
{
	struct itimerspec when = { .it_value.tv_sec = seconds,
				   .it_value.tv_nsec = 1 };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0 && timerfd_settime(fd, 0, &when, NULL)) {
		int err = errno;

		(void)close(fd);
		return -err;
	}
	return source_open(&r->timer, fd, child_is_late);
}

/* The new binary with our state as CHECK_FILE; what it says goes to @pipe. */
static int spawn(struct run *r, const char *file, int state, int pipe)
{
	char name[] = "--check-state";
	char number[] = "3";
	char *argv[] = { (char *)(uintptr_t)file, name, number, NULL };
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);

	if (err) {
		return -err;
	}
	err = posix_spawn_file_actions_adddup2(&actions, pipe, STDERR_FILENO);
	if (!err) {
		err = posix_spawn_file_actions_adddup2(&actions, state,
						       CHECK_FILE);
	}
	if (!err) {
		err = posix_spawn(&r->child, file, &actions, NULL, argv,
				  environ);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	if (err) {
		r->child = 0;
	}
	return -err;
}

static int start_check(struct run *r, const struct update *u, int state)
{
	int pipe[2];
	int rc;

	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK)) {
		return -errno;
	}
	r->errors = pipe[0];
	rc = spawn(r, u->file, state, pipe[1]);
	(void)close(pipe[1]);
	if (!rc) {
		rc = source_open(&r->ended,
				 (int)syscall(SYS_pidfd_open, r->child, 0),
				 child_ended);
	}
	return rc ? rc : set_timer(r, u->seconds);
}

static void check(struct run *r)
{
	int state = state_to_memory(r->server);
	int rc = state;

	if (state >= 0) {
		rc = start_check(r, &r->server->update, state);
		(void)close(state);
	}
	if (rc < 0) {
		fail(r, "the new binary cannot be asked", -rc);
		return;
	}
	r->step = STEP_CHECKING;
}

static void keep_file(int fd, bool keep)
{
	if (fd >= 0) {
		(void)fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
	}
}

/* All that STATE_FILES and STATE_CONN name survives execve(), or not. */
static void keep_files(const struct server *s, bool keep)
{
	keep_file(update_process.listener, keep);
	keep_file(update_process.pidfile, keep);
	keep_file(update_process.lock, keep);
	keep_file(xen_event_fd(), keep);
	for (const struct conn *c = s->conns; c; c = c->next) {
		if (c->transport->file) {
			keep_file(c->transport->file(c), keep);
		}
	}
}

static void hold_signals(bool hold)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/*
 * Ours, or the words that were given, without what an earlier update or a
 * restart added; and where the state is. False if there are too many.
 */
static bool new_arguments(const struct update *u, char *words, char **argv,
			  char *state)
{
	unsigned int n = 1;
	char *at = NULL;

	argv[0] = u->file;
	if (words) {
		for (char *w = strtok_r(words, " \t", &at);
		     w && n < ARGUMENTS - 2; w = strtok_r(NULL, " \t", &at)) {
			argv[n++] = w;
		}
	} else {
		for (char **a = update_process.argv + 1;
		     *a && n < ARGUMENTS - 2; a++) {
			if (strncmp(*a, "--live-update=", 14) != 0) {
				argv[n++] = *a;
			}
		}
	}
	argv[n++] = state;
	argv[n] = NULL;
	return n < ARGUMENTS - 1;
}

/* Returns only if it failed. */
static int become(struct server *s, int state)
{
	char *words = s->update.arguments ? strdup(s->update.arguments) : NULL;
	char option[32];
	char *argv[ARGUMENTS];
	int rc = -E2BIG;

	(void)snprintf(option, sizeof(option), "--live-update=%d", state);
	if (new_arguments(&s->update, words, argv, option)) {
		keep_file(state, true);
		keep_files(s, true);
		hold_signals(true);
		(void)execv(s->update.file, argv);
		rc = -errno;
		hold_signals(false);
		keep_files(s, false);
	}
	free(words);
	return rc;
}

static void go(struct run *r)
{
	int state = state_to_memory(r->server);
	int rc = state;

	r->step = STEP_NONE;
	if (state >= 0) {
		rc = become(r->server, state);
		(void)close(state);
	}
	fail(r, "the new binary cannot be started", -rc);
}

void update_step(struct server *s)
{
	struct run *r = &run;

	r->server = s;
	if (r->step == STEP_CHECKED) {
		go(r);
	} else if (s->update.wanted && r->step == STEP_NONE) {
		check(r);
	}
}

static int load(struct server *s, int fd, struct state_extra *extra,
		char error[STATE_ERROR])
{
	char *data;
	size_t len;
	int rc = statefile_read(fd, &data, &len);

	(void)close(fd);
	error[0] = '\0';
	if (!rc) {
		rc = state_load(s, data, len, false, extra, error);
		free(data);
	}
	if (rc) {
		log_error("live update: %s",
			  error[0] != '\0' ? error : strerror(-rc));
	}
	return rc;
}

int update_check(int fd)
{
	struct state_extra extra;
	char error[STATE_ERROR];
	struct server s;
	int rc = server_init(&s);

	if (!rc) {
		rc = load(&s, fd, &extra, error);
		server_fini(&s);
	}
	return rc ? 1 : 0;
}

int update_load(struct server *s, int fd, struct state_extra *extra)
{
	char error[STATE_ERROR];
	int rc = load(s, fd, extra, error);

	if (!rc) {
		update_process.listener = extra->listener;
		update_process.pidfile = extra->pidfile;
		update_process.lock = extra->lock;
		keep_files(s, false);
		hold_signals(false);
	}
	return rc;
}
