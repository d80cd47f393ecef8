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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/loop.h"
#include "xenstore/daemon/statefile.h"
#include "xenstore/daemon/update.h"
#include "xenstore/daemon/xen.h"

/* Where the child finds the state. */
#define CHECK_FILE "3"
#define NOT_ASKED  "the new binary cannot be asked"
/* Its last word if it can go on; any other program ends well, too. */
#define CAN_GO_ON   "this state can be gone on with"
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
} run = { .ended.fd = -1, .errors = -1 };

/* The whole state with what only we hand on; a descriptor or -errno. */
static int state_to_memory(const struct server *s)
{
	const struct update *u = &s->update;

	return statefile_memory(
		s, (const struct state_value[]){
			   NUM((uint32_t)update_process.listener),
			   NUM((uint32_t)update_process.pidfile),
			   NUM((uint32_t)update_process.lock),
			   NUM((uint32_t)xen_event_fd()),
			   NUM((uint32_t)xen_domain_port()), NUM(u->conn_id),
			   NUM(u->request.type), NUM(u->request.req_id),
			   NUM(u->request.tx_id),
			   /* New arguments say their own. */
			   NUM(u->arguments ? STATE_NONE : log_get_level()),
			   STR(log_get_file()) });
}

/* No child is left, and nothing of it. */
static void forget_child(struct run *r)
{
	if (r->child > 0) {
		(void)kill(r->child, SIGKILL);
		(void)waitpid(r->child, NULL, 0);
	}
	if (r->ended.fd >= 0) {
		loop_remove(&r->ended);
		(void)close(r->ended.fd);
	}
	if (r->errors >= 0) {
		(void)close(r->errors);
	}
	r->child = 0;
	r->ended.fd = -1;
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

/* Can the new binary go on? If not, the first line it said, or how it ended. */
static bool can_go_on(struct run *r, int status, char reason[REASON_SIZE])
{
	ssize_t n = read(r->errors, reason, REASON_SIZE - 1);

	reason[n > 0 ? n : 0] = '\0';
	if (status == 0 && strstr(reason, CAN_GO_ON)) {
		return true;
	}
	reason[strcspn(reason, "\n")] = '\0';
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		(void)snprintf(reason, REASON_SIZE,
			       "the new binary took too long (-t)");
	} else if (reason[0] == '\0') {
		(void)snprintf(reason, REASON_SIZE,
			       "the check ended with %s %d",
			       WIFSIGNALED(status) ? "signal" : "status",
			       WIFSIGNALED(status) ? WTERMSIG(status)
						   : WEXITSTATUS(status));
	}
	return false;
}

static void child_ended(struct loop_source *source, uint32_t events)
{
	struct run *r = &run;
	char reason[REASON_SIZE];
	int status = 0;

	(void)source;
	(void)events;
	if (waitpid(r->child, &status, WNOHANG) != r->child) {
		return;
	}
	r->child = 0;
	if (!can_go_on(r, status, reason)) {
		fail(r, reason, 0);
		return;
	}
	forget_child(r);
	r->step = STEP_CHECKED;
}

/*
 * Ours, or the words that were given, without what an earlier update or a
 * restart added; and @last, where the state is. False if there are too many.
 */
static bool new_arguments(const struct update *u, char *words, char **argv,
			  char *last)
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
	argv[n++] = last;
	argv[n] = NULL;
	return n < ARGUMENTS - 1;
}

/*
 * The child becomes the new binary, with our state as CHECK_FILE and with the
 * arguments that it is to have: they are judged, too. What it says goes to
 * @pipe. The timer goes with it, and ends it.
 */
static void ask(const struct update *u, int state, int pipe)
{
	struct itimerval when = { .it_value = { .tv_sec = u->seconds,
						.tv_usec = 1 } };
	char *words = u->arguments ? strdup(u->arguments) : NULL;
	char option[] = "--check-state=" CHECK_FILE;
	char *argv[ARGUMENTS];
	const int file = CHECK_FILE[0] - '0';

	errno = E2BIG;
	if (dup2(pipe, STDERR_FILENO) >= 0 &&
	    new_arguments(u, words, argv, option) && dup2(state, file) >= 0 &&
	    !fcntl(file, F_SETFD, 0) && !setitimer(ITIMER_REAL, &when, NULL)) {
		(void)execv(u->file, argv);
	}
	(void)dprintf(STDERR_FILENO, NOT_ASKED ": %s\n", strerror(errno));
	_exit(1);
}

static int start_check(struct run *r, int state)
{
	int pipe[2];
	int rc;

	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK)) {
		return -errno;
	}
	r->errors = pipe[0];
	r->child = fork();
	if (r->child == 0) {
		ask(&r->server->update, state, pipe[1]);
	}
	rc = r->child < 0 ? -errno : 0;
	(void)close(pipe[1]);
	if (rc) {
		return rc;
	}
	r->ended.ready = child_ended;
	r->ended.fd = (int)syscall(SYS_pidfd_open, r->child, 0);
	return r->ended.fd < 0 ? -errno : loop_add(&r->ended, EPOLLIN);
}

static void check(struct run *r)
{
	int state = state_to_memory(r->server);
	int rc = state;

	if (state >= 0) {
		rc = start_check(r, state);
		(void)close(state);
	}
	if (rc < 0) {
		fail(r, NOT_ASKED, -rc);
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

/* Says why not, if not. */
static int load(struct server *s, int fd, struct state_extra *extra)
{
	char error[STATE_ERROR];
	int rc = statefile_load(s, fd, false, extra, error);

	if (rc) {
		log_error("live update: %s", error);
	}
	return rc;
}

int update_check(int fd, bool no_domains)
{
	struct state_extra extra;
	struct server s;
	int rc = server_init(&s);

	if (!rc) {
		rc = load(&s, fd, &extra);
		server_fini(&s);
	}
	if (!rc && no_domains != (extra.events < 0)) {
		log_error("live update: -D must be given as it was");
		rc = -EINVAL;
	}
	if (!rc) {
		(void)dprintf(STDERR_FILENO, CAN_GO_ON "\n");
	}
	return rc ? 1 : 0;
}

static void set_log(const struct state_extra *extra)
{
	int rc;

	if (extra->log_level >= 0 && extra->log_level <= LOG_LEVEL_TRACE) {
		log_set_level((enum log_level)extra->log_level);
	}
	rc = extra->log_file[0] ? log_to_file(extra->log_file) : 0;
	if (rc) {
		log_error("%s: %s", extra->log_file, strerror(-rc));
	}
}

int update_load(struct server *s, int fd, struct state_extra *extra)
{
	int rc = load(s, fd, extra);

	if (!rc) {
		update_process.listener = extra->listener;
		update_process.pidfile = extra->pidfile;
		update_process.lock = extra->lock;
		set_log(extra);
		keep_files(s, false);
		hold_signals(false);
	}
	return rc;
}
