// SPDX-License-Identifier: BSD-2-Clause
/*
 * hospes-xenstored: options, start, loop, end. Options are those of the C
 * xenstored where both have them, so that existing units and scripts start
 * this one unchanged.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/journal_file.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/loop.h"
#include "xenstore/daemon/privs.h"
#include "xenstore/daemon/sock.h"
#include "xenstore/daemon/takeover.h"
#include "xenstore/daemon/update_run.h"
#include "xenstore/daemon/xen.h"

struct options {
	const char *socket;
	const char *rundir;
	const char *pidfile;
	const char *restore;
	int update; /* the state that a live update hands over, or -1 */
	int check;  /* one that is just to be judged, or -1 */
	bool fresh;
	bool no_journal;
	bool no_fork;
	bool no_domains;
};

static struct server server;

static void usage(FILE *f)
{
	(void)fputs(
		"usage: hospes-xenstored [options]\n"
		"  -N, --no-fork             stay in the foreground\n"
		"  -D, --no-domain-init      no hypervisor: sockets only\n"
		"  -F, --pid-file FILE       write the process id to FILE\n"
		"  -s, --socket PATH         listen at PATH\n"
		"      --rundir DIR          socket and dumps are in DIR\n"
		"      --restore FILE        begin with this state\n"
		"      --fresh               begin with an empty store\n"
		"      --no-journal          keep no journal in DIR\n"
		"      --journal-size BYTES  let it grow by so much\n"
		"  -v, --verbose             log more; twice: each request\n"
		"  -Q, --quota NAME=N        set a limit (also control quota)\n"
		"  -E, -S, -W, -t, -A N      nodes, node-size, watches,\n"
		"                            transactions, permissions\n"
		"  -V, --version   -H, --help\n",
		f);
}

static int set_quota(const char *name, const char *number)
{
	int rc = quota_set(server.quota, name, number);

	if (rc) {
		log_error("no such quota or not a number: %s=%s", name, number);
	}
	return rc;
}

static int set_journal_size(const char *number)
{
	unsigned long bytes;

	if (wire_parse_number(number, UINT32_MAX, &bytes) || bytes == 0) {
		log_error("not a size: %s", number);
		return -EINVAL;
	}
	journal_file_size(bytes);
	return 0;
}

static int parse_file(const char *number, int *fd)
{
	unsigned long n;

	if (wire_parse_number(number, INT32_MAX, &n)) {
		return -EINVAL;
	}
	*fd = (int)n;
	return 0;
}

static int parse_quota(const char *arg)
{
	const char *eq = strchr(arg, '=');
	char name[32];

	if (!eq || (size_t)(eq - arg) >= sizeof(name)) {
		log_error("quota wants NAME=NUMBER: %s", arg);
		return -EINVAL;
	}
	memcpy(name, arg, (size_t)(eq - arg));
	name[eq - arg] = '\0';
	return set_quota(name, eq + 1);
}

enum {
	OPT_RUNDIR = 256,
	OPT_RESTORE,
	OPT_FRESH,
	OPT_NO_JOURNAL,
	OPT_JOURNAL_SIZE,
	OPT_LIVE_UPDATE,
	OPT_CHECK_STATE,
};

static const struct option long_options[] = {
	{ "no-fork", no_argument, NULL, 'N' },
	{ "no-domain-init", no_argument, NULL, 'D' },
	{ "pid-file", required_argument, NULL, 'F' },
	{ "socket", required_argument, NULL, 's' },
	{ "rundir", required_argument, NULL, OPT_RUNDIR },
	{ "restore", required_argument, NULL, OPT_RESTORE },
	{ "fresh", no_argument, NULL, OPT_FRESH },
	{ "no-journal", no_argument, NULL, OPT_NO_JOURNAL },
	{ "journal-size", required_argument, NULL, OPT_JOURNAL_SIZE },
	{ "live-update", required_argument, NULL, OPT_LIVE_UPDATE },
	{ "check-state", required_argument, NULL, OPT_CHECK_STATE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "quota", required_argument, NULL, 'Q' },
	{ "entry-nb", required_argument, NULL, 'E' },
	{ "entry-size", required_argument, NULL, 'S' },
	{ "watch-nb", required_argument, NULL, 'W' },
	{ "transaction", required_argument, NULL, 't' },
	{ "perm-nb", required_argument, NULL, 'A' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'H' },
	{ NULL, 0, NULL, 0 },
};

static void more_verbose(void)
{
	if (log_get_level() < LOG_LEVEL_TRACE) {
		log_set_level((enum log_level)(log_get_level() + 1));
	}
}

/* One option; 0, -EINVAL, or 1 to end well. */
static int take_option(struct options *o, int opt)
{
	switch (opt) {
	case 'N':
		o->no_fork = true;
		return 0;
	case 'D':
		o->no_domains = true;
		return 0;
	case 'F':
		o->pidfile = optarg;
		return 0;
	case 's':
		o->socket = optarg;
		return 0;
	case OPT_RUNDIR:
		o->rundir = optarg;
		return 0;
	case OPT_RESTORE:
		o->restore = optarg;
		return 0;
	case OPT_FRESH:
		o->fresh = true;
		return 0;
	case OPT_NO_JOURNAL:
		o->no_journal = true;
		return 0;
	case OPT_LIVE_UPDATE:
		return parse_file(optarg, &o->update);
	case OPT_CHECK_STATE:
		return parse_file(optarg, &o->check);
	case OPT_JOURNAL_SIZE:
		return set_journal_size(optarg);
	case 'v':
		more_verbose();
		return 0;
	case 'Q':
		return parse_quota(optarg);
	case 'E':
		return set_quota("nodes", optarg);
	case 'S':
		return set_quota("node-size", optarg);
	case 'W':
		return set_quota("watches", optarg);
	case 't':
		return set_quota("transactions", optarg);
	case 'A':
		return set_quota("permissions", optarg);
	case 'V':
		(void)puts("hospes-xenstored " PACKAGE_VERSION);
		return 1;
	case 'H':
		usage(stdout);
		return 1;
	default:
		usage(stderr);
		return -EINVAL;
	}
}

static int parse_options(struct options *o, int argc, char **argv)
{
	int opt;
	int rc = 0;

	while (!rc && (opt = getopt_long(argc, argv, "NDF:s:vQ:E:S:W:t:A:VH",
					 long_options, NULL)) != -1) {
		rc = take_option(o, opt);
	}
	if (!rc && optind < argc) {
		log_error("unexpected argument: %s", argv[optind]);
		rc = -EINVAL;
	}
	return rc;
}

static void default_paths(struct options *o)
{
	static char path[512];

	if (!o->rundir) {
		o->rundir = getenv("XENSTORED_RUNDIR");
	}
	if (!o->rundir) {
		o->rundir = "/var/run/xenstored";
	}
	if (!o->socket) {
		o->socket = getenv("XENSTORED_PATH");
	}
	if (!o->socket) {
		(void)snprintf(path, sizeof(path), "%s/socket", o->rundir);
		o->socket = path;
		if (mkdir(o->rundir, 0755) && errno != EEXIST) {
			log_warn("%s: %s", o->rundir, strerror(errno));
		}
	}
}

static void on_signal(int sig)
{
	(void)sig;
	loop_stop();
}

static void set_signals(void)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGHUP, &ignore, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	/* A limit on files is an error like others: the journal's to handle. */
	(void)sigaction(SIGXFSZ, &ignore, NULL);
}

/* Each program and each guest costs one descriptor. */
static void raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Locked as long as we live, so that a second daemon sees us. */
static int write_pidfile(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	char text[16];
	int len;

	if (fd < 0) {
		log_error("%s: %s", path, strerror(errno));
		return -errno;
	}
	update_process.pidfile = fd;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		log_error("%s: another daemon holds it", path);
		(void)close(fd);
		return -EBUSY;
	}
	len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) || write(fd, text, (size_t)len) != len) {
		log_error("%s: %s", path, strerror(errno));
		(void)close(fd);
		return -EIO;
	}
	return 0;
}

/*
 * The parent waits until the child serves, so that whoever started us can go
 * on at once. Returns the descriptor to write the result to.
 */
static int daemonise(void)
{
	int fds[2];
	char result = 1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC)) {
		return -errno;
	}
	pid = fork();
	if (pid < 0) {
		return -errno;
	}
	if (pid > 0) {
		(void)close(fds[1]);
		if (read(fds[0], &result, 1) != 1) {
			result = 1;
		}
		_exit(result);
	}
	(void)close(fds[0]);
	(void)setsid();
	if (chdir("/")) {
		log_warn("chdir: %s", strerror(errno));
	}
	return fds[1];
}

static void detach(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char result = 0;

	for (int i = 0; i < 3 && null >= 0; i++) {
		(void)dup2(null, i);
	}
	log_to_syslog();
	if (write(fd, &result, 1) != 1) {
		log_warn("nobody waits for us");
	}
	(void)close(fd);
}

/* One datagram tells systemd that we serve. */
static void notify_systemd(void)
{
	static const char ready[] = "READY=1";
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t size;
	int fd;

	if (!path || strlen(path) >= sizeof(addr.sun_path)) {
		return;
	}
	memcpy(addr.sun_path, path, strlen(path));
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(path));
	if (addr.sun_path[0] == '@') {
		addr.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	if (sendto(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL,
		   (struct sockaddr *)&addr, size) < 0) {
		log_warn("NOTIFY_SOCKET: %s", strerror(errno));
	}
	(void)close(fd);
}

static void events_ready(struct loop_source *source, uint32_t events)
{
	int port;

	(void)source;
	(void)events;
	/* One a turn: the read would block when nothing is there. */
	port = xen_next_event();
	if (port < 0) {
		return;
	}
	if (port == xen_domain_port()) {
		domain_check_all(&server);
	} else {
		domain_event(&server, port);
	}
}

static int start_domains(const struct state_extra *extra)
{
	static struct loop_source source = { .ready = events_ready };
	int rc = xen_open(extra->events, extra->domain_port);

	if (rc) {
		return rc;
	}
	source.fd = xen_event_fd();
	rc = loop_add(&source, EPOLLIN);
	if (rc) {
		return rc;
	}
	domain_attach_all(&server, extra->events >= 0);
	return domain_find(&server, 0) ? 0 : domain_introduce_self(&server);
}

/* Without a hypervisor nobody has a ring, whatever was written down. */
static void drop_domains(const struct options *o)
{
	while (o->no_domains && server.domains) {
		domain_drop(&server, server.domains->domid);
	}
}

/* What another daemon left, and a journal for the next one. */
static int go_on(const struct options *o)
{
	int lock;
	int rc = 0;

	if (o->restore) {
		rc = takeover_file(&server, o->restore);
	}
	if (rc || o->no_journal) {
		drop_domains(o);
		return rc;
	}
	lock = takeover_lock(o->rundir);
	if (lock == -EBUSY) {
		log_error("%s: another daemon is there", o->rundir);
		return lock;
	}
	if (lock < 0) {
		log_warn("%s: no journal: %s", o->rundir, strerror(-lock));
		return 0;
	}
	update_process.lock = lock;
	if (!o->restore && !o->fresh) {
		rc = takeover_rundir(&server, o->rundir);
	}
	drop_domains(o);
	if (!rc) {
		takeover_keep(&server, o->rundir);
	}
	return rc;
}

/* The process was another binary a moment ago: all that it had is here. */
static int go_on_updated(const struct options *o, struct state_extra *extra)
{
	int rc = update_load(&server, o->update, extra);

	if (!rc) {
		rc = sock_adopt(&server, extra->listener, o->socket);
	}
	if (!rc) {
		rc = sock_attach_all(&server);
	}
	if (!rc && !o->no_journal && extra->lock >= 0) {
		takeover_keep(&server, o->rundir);
	}
	return rc;
}

static int start_new(const struct options *o)
{
	int rc = sock_listen(&server, o->socket);

	if (rc) {
		log_error("%s: %s", o->socket, strerror(-rc));
		return rc;
	}
	return go_on(o);
}

static int start(const struct options *o)
{
	struct state_extra extra = { .events = -1, .pidfile = -1 };
	int rc = loop_open();

	server.rundir = o->rundir;
	if (!rc) {
		rc = o->update >= 0 ? go_on_updated(o, &extra) : start_new(o);
	}
	if (!rc && !o->no_domains) {
		rc = start_domains(&extra);
	}
	if (!rc && o->pidfile && extra.pidfile < 0) {
		rc = write_pidfile(o->pidfile);
	}
	update_process.listener = sock_listener();
	if (!rc && o->update >= 0) {
		update_done(&server, extra.answer_conn, &extra.answer);
	}
	return rc;
}

static void seed_maps(void)
{
	uint64_t seed[2];

	if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed)) {
		strmap_seed(seed[0], seed[1]);
	}
}

int main(int argc, char **argv)
{
	struct options o = { .update = -1, .check = -1 };
	int parent = -1;
	int rc = server_init(&server);

	if (rc) {
		log_error("no memory");
		return 1;
	}
	rc = parse_options(&o, argc, argv);
	if (rc) {
		return rc < 0 ? 2 : 0;
	}
	if (o.check >= 0) {
		return update_check(o.check);
	}
	update_process.argv = argv;
	default_paths(&o);
	set_signals();
	raise_files();
	privs_drop(!o.no_domains);
	seed_maps();
	if (!o.no_fork && o.update < 0) {
		parent = daemonise();
	} else if (!o.no_fork) {
		log_to_syslog();
	}
	rc = start(&o);
	if (!rc) {
		if (parent >= 0) {
			detach(parent);
		}
		notify_systemd();
		rc = loop_run(&server);
	}
	sock_close();
	if (!rc) {
		takeover_end(&server, o.rundir);
	}
	server_fini(&server);
	xen_close();
	loop_close();
	return rc ? 1 : 0;
}
