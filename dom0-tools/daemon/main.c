/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hospesd: waits for domains to shut down and starts `hospesd --act` for
 * each (act.c says what that does).
 *
 * The store tells @releaseDomain when any domain has shut down or died; the
 * list of domains tells which. A domain is acted on once: it stays on the
 * list of known ones, with the process at work on it or the fact that it is
 * to be left alone, until the hypervisor no longer has it.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <xenstore.h>

#include "dom0-tools/console/daemonize.h"
#include "dom0-tools/daemon/hospesd.h"
#include "dom0-tools/lib/domain.h"
#include "dom0-tools/lib/domain_nodes.h"

#define LOOK_PERIOD_MS	1000
#define STORE_PERIOD_MS 500

struct known {
	struct known *next;
	uint32_t domid;
	pid_t pid; /* of its act; 0: it is over */
	bool seen;
};

struct hospesd {
	struct tools tools;
	struct known *known;
	int signals;
	bool again; /* look once more when an act is over */
};

void hospesd_say(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, HOSPESD_NAME ": %s\n", text);
	syslog(LOG_NOTICE, "%s", text);
}

static struct known *known_find(struct hospesd *daemon, uint32_t domid)
{
	struct known *known = daemon->known;

	while (known && known->domid != domid) {
		known = known->next;
	}
	return known;
}

static void known_drop(struct hospesd *daemon, struct known *known)
{
	struct known **at = &daemon->known;

	while (*at != known) {
		at = &(*at)->next;
	}
	*at = known->next;
	free(known);
}

/* In the child: the signals as any program has them, then the other half. */
static void act_exec(uint32_t domid)
{
	char number[16];
	char *argv[] = { (char *)(uintptr_t)HOSPESD_NAME,
			 (char *)(uintptr_t) "--act", number, NULL };
	sigset_t none;

	snprintf(number, sizeof(number), "%u", domid);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv("/proc/self/exe", argv);
	_exit(ACT_FAILED);
}

static void act_start(struct hospesd *daemon, uint32_t domid)
{
	struct known *known = calloc(1, sizeof(*known));
	pid_t pid = known ? fork() : -1;

	if (pid < 0) {
		hospesd_say("domain %u: cannot act: %s", domid,
			    strerror(errno));
		free(known);
		daemon->again = true;
		return;
	}
	if (pid == 0) {
		act_exec(domid);
	}
	known->domid = domid;
	known->pid = pid;
	known->seen = true;
	known->next = daemon->known;
	daemon->known = known;
}

static void look_at(struct hospesd *daemon, const struct domain_info *info)
{
	struct known *known = known_find(daemon, info->domid);

	if (known) {
		known->seen = true;
		return;
	}
	if (info->domid != 0 && info->shutdown && !info->dying) {
		act_start(daemon, info->domid);
	}
}

/* Those that are no more are forgotten: their numbers will be used again. */
static void forget_gone(struct hospesd *daemon)
{
	struct known *known = daemon->known, *next;

	for (; known; known = next) {
		next = known->next;
		if (!known->seen && known->pid == 0) {
			known_drop(daemon, known);
		}
	}
}

static void look(struct hospesd *daemon)
{
	struct domain_info *list;
	struct known *known;
	struct hl_error err;
	size_t count, i;

	daemon->again = false;
	if (domain_list(&daemon->tools, &list, &count, &err)) {
		hospesd_say("%s", err.cause);
		daemon->again = true;
		return;
	}
	for (known = daemon->known; known; known = known->next) {
		known->seen = false;
	}
	for (i = 0; i < count; i++) {
		look_at(daemon, &list[i]);
	}
	forget_gone(daemon);
	free(list);
}

static void act_ended(struct hospesd *daemon, pid_t pid, int status)
{
	struct known *known = daemon->known;

	while (known && known->pid != pid) {
		known = known->next;
	}
	if (!known) {
		return;
	}
	known->pid = 0;
	if (!WIFEXITED(status)) {
		hospesd_say("domain %u: the process at work on it was killed "
			    "by signal %d",
			    known->domid, WTERMSIG(status));
	}
	daemon->again = true; /* another may have shut down meanwhile */
}

/* True: time to end. */
static bool handle_signal(struct hospesd *daemon)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(daemon->signals, &info, sizeof(info)) != sizeof(info)) {
		return false;
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		act_ended(daemon, pid, status);
	}
	return info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
}

static void handle_store(struct hospesd *daemon)
{
	char **event;

	while ((event = xs_check_watch(daemon->tools.xs))) {
		free(event);
	}
	if (errno != EAGAIN && errno != 0) {
		hospesd_say("the store is gone: %s", strerror(errno));
		tools_close(&daemon->tools);
		return;
	}
	daemon->again = true;
}

/* Connect; 0, or an error that says what is missing. */
static int store_open(struct hospesd *daemon, struct hl_error *err)
{
	int rc = tools_open(&daemon->tools, HOSPESD_NAME, err);

	if (rc) {
		return rc;
	}
	if (!xs_watch(daemon->tools.xs, "@releaseDomain", "domains")) {
		rc = -errno;
		err_errno(err, rc, "watching @releaseDomain");
		tools_close(&daemon->tools);
		return rc;
	}
	rc = domain_nodes_write_dom0(daemon->tools.xs);
	if (rc) {
		hospesd_say("dom0's own nodes in the store: %s", strerror(-rc));
	}
	return 0;
}

/* A store that was killed is started again by whoever started it first. */
static void store_again(struct hospesd *daemon)
{
	struct hl_error err = { .code = 0 };

	if (!store_open(daemon, &err)) {
		hospesd_say("the store is back");
		daemon->again = true;
	}
}

static int wait_ms(const struct hospesd *daemon)
{
	if (!daemon->tools.xs) {
		return STORE_PERIOD_MS;
	}
	return daemon->again ? LOOK_PERIOD_MS : -1;
}

static int run(struct hospesd *daemon)
{
	struct pollfd fds[2] = { { .events = POLLIN },
				 { .fd = daemon->signals, .events = POLLIN } };

	for (;;) {
		/* poll() passes over -1. */
		fds[0].fd = daemon->tools.xs ? xs_fileno(daemon->tools.xs) : -1;
		if (poll(fds, 2, wait_ms(daemon)) < 0 && errno != EINTR) {
			return 1;
		}
		if (fds[1].revents && handle_signal(daemon)) {
			return 0;
		}
		if (!daemon->tools.xs) {
			store_again(daemon);
		} else if (fds[0].revents) {
			handle_store(daemon);
		}
		if (daemon->tools.xs) {
			look(daemon);
		}
	}
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_all(struct hospesd *daemon)
{
	struct hl_error err = { .code = 0 };
	size_t reaped = 0;

	daemon->signals = open_signals();
	if (daemon->signals < 0) {
		hospesd_say("signalfd: %s", strerror(errno));
		return 1;
	}
	if (store_open(daemon, &err)) {
		hospesd_say("%s%s%s", err.cause, err.hint[0] ? "; " : "",
			    err.hint);
		return 1;
	}
	if (domain_reap(&daemon->tools, &reaped, &err)) {
		hospesd_say("%s", err.cause);
	}
	return 0;
}

static int usage(FILE *to, int code)
{
	fputs("usage: " HOSPESD_NAME " [-F]\n"
	      "Carries out on_poweroff, on_reboot and on_crash of domains.\n"
	      "  -F, --foreground   stay in the foreground\n"
	      "      --act DOMID    act on this one domain now, and end\n"
	      "  -h, --help         this text\n",
	      to);
	return code;
}

static int act_option(const char *text)
{
	unsigned long domid;
	char *end;

	errno = 0;
	domid = strtoul(text, &end, 10);
	if (errno || end == text || *end || domid == 0 || domid > 0x7ff0) {
		fprintf(stderr, HOSPESD_NAME ": '%s' is not a guest's number\n",
			text);
		return 2;
	}
	return (int)act_on((uint32_t)domid);
}

static int serve(bool foreground)
{
	static struct hospesd daemon;

	if (daemonize_begin(HOSPESD_NAME, foreground) || open_all(&daemon)) {
		return 1;
	}
	daemonize_ready();
	return run(&daemon);
}

static const struct option options[] = {
	{ "foreground", no_argument, NULL, 'F' },
	{ "act", required_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	bool foreground = false;
	int option;

	openlog(HOSPESD_NAME, LOG_PID, LOG_DAEMON);
	while ((option = getopt_long(argc, argv, "Fh", options, NULL)) >= 0) {
		switch (option) {
		case 'F':
			foreground = true;
			break;
		case 'a':
			return act_option(optarg);
		case 'h':
			return usage(stdout, 0);
		default:
			return usage(stderr, 2);
		}
	}
	return optind < argc ? usage(stderr, 2) : serve(foreground);
}
