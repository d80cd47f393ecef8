/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hospes-consoled: every PV guest's console as a pty and a log file.
 *
 * Guests are found in the store: @introduceDomain says that there is a new
 * one, a watch on its console directory says when the ring is there or has
 * changed, @releaseDomain says that one is going. One epoll waits for the
 * store, event channels, ptys and signals; nothing here blocks.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "dom0-tools/console/consoled.h"
#include "dom0-tools/console/daemonize.h"
#include "dom0-tools/console/domains.h"

#define CONSOLED_PERIOD_MS 100
#define STORE_PERIOD_MS	   500
#define CONSOLED_NAME	   "hospes-consoled"

/* Domains whose console directory is watched. */
struct watched {
	struct watched *next;
	uint32_t domid;
	bool seen;
};

static struct watched *watched_list;

void consoled_say(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, CONSOLED_NAME ": %s\n", text);
	syslog(LOG_NOTICE, "%s", text);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void watch_path(uint32_t domid, char *path, size_t len)
{
	snprintf(path, len, "/local/domain/%u/console", domid);
}

static void watch_token(uint32_t domid, char *token, size_t len)
{
	snprintf(token, len, "console %u", domid);
}

static void watch_add(struct consoled *daemon, uint32_t domid)
{
	struct watched *watched = watched_list;
	char path[64], token[32];

	while (watched && watched->domid != domid) {
		watched = watched->next;
	}
	if (watched) {
		watched->seen = true;
		return;
	}
	watched = calloc(1, sizeof(*watched));
	watch_path(domid, path, sizeof(path));
	watch_token(domid, token, sizeof(token));
	if (!watched || !xs_watch(daemon->xs, path, token)) {
		consoled_say("domain %u: cannot watch %s: %s", domid, path,
			     strerror(errno));
		free(watched);
		return;
	}
	watched->domid = domid;
	watched->seen = true;
	watched->next = watched_list;
	watched_list = watched;
}

static void domain_gone(struct consoled *daemon, uint32_t domid)
{
	struct guest *guest = guest_find(daemon, domid);
	char path[64], token[32];

	watch_path(domid, path, sizeof(path));
	watch_token(domid, token, sizeof(token));
	xs_unwatch(daemon->xs, path, token);
	if (guest) {
		if (daemon->verbose) {
			consoled_say("domain %u: gone", domid);
		}
		guest_remove(daemon, guest);
	}
}

static void scan_domains(struct consoled *daemon)
{
	struct watched **at, *watched;
	unsigned int count, i;
	uint32_t *list;

	if (domains_introduced(daemon->xs, &list, &count)) {
		return;
	}
	for (watched = watched_list; watched; watched = watched->next) {
		watched->seen = false;
	}
	for (i = 0; i < count; i++) {
		watch_add(daemon, list[i]);
	}
	free(list);
	for (at = &watched_list; *at;) {
		watched = *at;
		if (watched->seen) {
			at = &watched->next;
			continue;
		}
		*at = watched->next;
		domain_gone(daemon, watched->domid);
		free(watched);
	}
}

static void handle_store(struct consoled *daemon)
{
	bool scan = false;
	uint32_t domid;
	char **event;

	while ((event = xs_check_watch(daemon->xs))) {
		if (sscanf(event[XS_WATCH_TOKEN], "console %u", &domid) == 1) {
			guest_refresh(daemon, domid);
		} else {
			scan = true;
		}
		free(event);
	}
	if (errno != EAGAIN && errno != 0) {
		consoled_say("the store is gone: %s", strerror(errno));
		xs_close(daemon->xs);
		daemon->xs = NULL;
		return;
	}
	if (scan) {
		scan_domains(daemon);
	}
}

static void handle_evtchn(struct consoled *daemon)
{
	xenevtchn_port_or_error_t port = xenevtchn_pending(daemon->evtchn);
	struct guest *guest;

	if (port < 0 || hvlog_event(daemon, port)) {
		return;
	}
	for (guest = daemon->guests; guest; guest = guest->next) {
		if (guest->port == port) {
			guest_output(daemon, guest);
			return;
		}
	}
}

static void handle_inotify(struct consoled *daemon)
{
	char buffer[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	ssize_t got = read(daemon->inotify, buffer, sizeof(buffer));
	ssize_t at = 0;

	while (at < got) {
		event = (const struct inotify_event *)(buffer + at);
		if (event->mask & IN_OPEN) {
			terminal_opened(daemon, event->wd);
		}
		at += (ssize_t)(sizeof(*event) + event->len);
	}
}

/* True: time to end. */
static bool handle_signal(struct consoled *daemon, int fd)
{
	struct signalfd_siginfo info;
	struct guest *guest;

	if (read(fd, &info, sizeof(info)) != sizeof(info)) {
		return false;
	}
	if (info.ssi_signo != SIGHUP) {
		return true;
	}
	for (guest = daemon->guests; guest; guest = guest->next) {
		logfile_reopen(&guest->log);
	}
	hvlog_reopen(daemon);
	return false;
}

static void handle_terminal(struct consoled *daemon, uint64_t data,
			    uint32_t events)
{
	struct guest *guest =
		guest_find(daemon, (uint32_t)(data - CONSOLED_TERMINAL));

	if (guest) {
		terminal_event(daemon, guest, events);
	}
}

static int epoll_want(struct consoled *daemon, int fd,
		      enum consoled_source source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = source };

	return epoll_ctl(daemon->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Each guest takes a pty, a log, and its share of the rest. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int open_one(bool ok, const char *what)
{
	if (!ok) {
		consoled_say("%s: %s", what, strerror(errno));
		return -1;
	}
	return 0;
}

static int store_open(struct consoled *daemon)
{
	daemon->xs = xs_open(0);
	if (!daemon->xs) {
		return -1;
	}
	if (epoll_want(daemon, xs_fileno(daemon->xs), CONSOLED_STORE) ||
	    !xs_watch(daemon->xs, "@introduceDomain", "domains") ||
	    !xs_watch(daemon->xs, "@releaseDomain", "domains")) {
		xs_close(daemon->xs);
		daemon->xs = NULL;
		return -1;
	}
	return 0;
}

/*
 * The store was killed: guests go on meanwhile, since their rings are not its
 * own. When it is back, each is watched again; the first event of the others
 * finds out which domains went.
 */
static void store_again(struct consoled *daemon)
{
	struct watched *watched;
	char path[64], token[32];

	if (store_open(daemon)) {
		return;
	}
	for (watched = watched_list; watched; watched = watched->next) {
		watch_path(watched->domid, path, sizeof(path));
		watch_token(watched->domid, token, sizeof(token));
		xs_watch(daemon->xs, path, token);
	}
	consoled_say("the store is back");
}

static int open_all(struct consoled *daemon, int signals)
{
	daemon->evtchn = xenevtchn_open(NULL, 0);
	daemon->gnttab = xengnttab_open(NULL, 0); /* may be missing */
	daemon->foreign = xenforeignmemory_open(NULL, 0);
	daemon->epoll = epoll_create1(EPOLL_CLOEXEC);
	daemon->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (open_one(daemon->evtchn != NULL,
		     "event channels (is this dom0?)") ||
	    open_one(daemon->foreign != NULL, "foreign memory") ||
	    open_one(daemon->epoll >= 0, "epoll") ||
	    open_one(daemon->inotify >= 0, "inotify") ||
	    open_one(signals >= 0, "signalfd")) {
		return -1;
	}
	if (epoll_want(daemon, signals, CONSOLED_SIGNAL) ||
	    epoll_want(daemon, daemon->inotify, CONSOLED_INOTIFY) ||
	    epoll_want(daemon, xenevtchn_fd(daemon->evtchn), CONSOLED_EVTCHN)) {
		return open_one(false, "epoll");
	}
	return open_one(store_open(daemon) == 0,
			"the store (is a daemon running?)");
}

static bool dispatch(struct consoled *daemon, const struct epoll_event *event,
		     int signals)
{
	switch (event->data.u64) {
	case CONSOLED_STORE:
		handle_store(daemon);
		return false;
	case CONSOLED_EVTCHN:
		handle_evtchn(daemon);
		return false;
	case CONSOLED_INOTIFY:
		handle_inotify(daemon);
		return false;
	case CONSOLED_SIGNAL:
		return handle_signal(daemon, signals);
	}
	handle_terminal(daemon, event->data.u64, event->events);
	return false;
}

static int wait_ms(const struct consoled *daemon)
{
	if (daemon->any_masked) {
		return CONSOLED_PERIOD_MS;
	}
	if (!daemon->xs) {
		return STORE_PERIOD_MS;
	}
	return daemon->hvlog ? HVLOG_PERIOD_MS : -1;
}

static void run(struct consoled *daemon, int signals)
{
	struct epoll_event events[32];
	int64_t period_end = 0;
	bool end = false;
	int count, i;

	while (!end) {
		count = epoll_wait(daemon->epoll, events, 32, wait_ms(daemon));
		if (count == 0) {
			hvlog_read(daemon);
		}
		if (!daemon->xs) {
			store_again(daemon);
		}
		for (i = 0; i < count; i++) {
			end = dispatch(daemon, &events[i], signals) || end;
		}
		if (daemon->any_masked && now_ms() >= period_end) {
			guest_new_period(daemon);
			period_end = now_ms() + CONSOLED_PERIOD_MS;
		}
	}
	while (daemon->guests) {
		guest_remove(daemon, daemon->guests);
	}
	hvlog_close(daemon);
}

static void make_log_dir(const char *dir)
{
	char path[256];
	char *slash;

	snprintf(path, sizeof(path), "%s/", dir);
	for (slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

static int usage(FILE *to, int code)
{
	fputs("usage: " CONSOLED_NAME " [options]\n"
	      "Serves the consoles of PV guests as terminals and log files.\n"
	      "  -F, --foreground      stay in the foreground\n"
	      "  -l, --log-dir=DIR     where logs go [" CONSOLED_LOG_DIR "]\n"
	      "  -n, --no-log          keep no logs\n"
	      "  -s, --log-size=KIB    rotate a log at this size [1024]\n"
	      "  -k, --log-keep=N      rotated logs kept for each guest [4]\n"
	      "  -H, --hypervisor-log  log the hypervisor's messages, too\n"
	      "  -v, --verbose         say which guests come and go\n"
	      "  -h, --help            this text\n",
	      to);
	return code;
}

static bool number_option(const char *text, unsigned long max,
			  unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *value > max) {
		fprintf(stderr,
			CONSOLED_NAME ": '%s' is not a number up to "
				      "%lu\n",
			text, max);
		return false;
	}
	return true;
}

static const struct option options[] = {
	{ "foreground", no_argument, NULL, 'F' },
	{ "log-dir", required_argument, NULL, 'l' },
	{ "no-log", no_argument, NULL, 'n' },
	{ "log-size", required_argument, NULL, 's' },
	{ "log-keep", required_argument, NULL, 'k' },
	{ "hypervisor-log", no_argument, NULL, 'H' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct chosen {
	bool foreground;
	bool hypervisor_log;
};

/* -1: go on; else the exit code. */
static int parse_options(struct consoled *daemon, int argc, char **argv,
			 struct chosen *chosen)
{
	unsigned long value;
	int option;

	while ((option = getopt_long(argc, argv, "Fl:ns:k:Hvh", options,
				     NULL)) >= 0) {
		switch (option) {
		case 'F':
			chosen->foreground = true;
			break;
		case 'l':
			daemon->log_dir = optarg;
			break;
		case 'n':
			daemon->log_dir = NULL;
			break;
		case 's':
			if (!number_option(optarg, 1u << 30, &value)) {
				return 2;
			}
			daemon->log_limit = (uint64_t)value << 10;
			break;
		case 'k':
			if (!number_option(optarg, 100, &value)) {
				return 2;
			}
			daemon->log_keep = (unsigned int)value;
			break;
		case 'H':
			chosen->hypervisor_log = true;
			break;
		case 'v':
			daemon->verbose = true;
			break;
		case 'h':
			return usage(stdout, 0);
		default:
			return usage(stderr, 2);
		}
	}
	return optind < argc ? usage(stderr, 2) : -1;
}

int main(int argc, char **argv)
{
	static struct consoled daemon = {
		.log_dir = CONSOLED_LOG_DIR,
		.log_limit = 1u << 20,
		.log_keep = 4,
	};
	struct chosen chosen = { .foreground = false };
	int signals, code = parse_options(&daemon, argc, argv, &chosen);

	if (code >= 0) {
		return code;
	}
	if (daemonize_begin(CONSOLED_NAME, chosen.foreground)) {
		return 1;
	}
	openlog(CONSOLED_NAME, LOG_PID, LOG_DAEMON);
	raise_limit();
	if (daemon.log_dir) {
		make_log_dir(daemon.log_dir);
	}
	signals = open_signals();
	if (open_all(&daemon, signals)) {
		return 1;
	}
	if (chosen.hypervisor_log && daemon.log_dir) {
		code = hvlog_open(&daemon);
		if (code) {
			consoled_say("hypervisor log: %s", strerror(-code));
		}
	}
	daemonize_ready();
	run(&daemon, signals);
	return 0;
}
