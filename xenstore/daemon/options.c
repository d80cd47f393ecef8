// SPDX-License-Identifier: BSD-2-Clause
/* Each option is one row of the table and one case; see options.h. */
#include "config.h"

#include "xenstore/daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "xenstore/common/wire.h"
#include "xenstore/daemon/journal_file.h"
#include "xenstore/daemon/log.h"

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

static int set_quota(struct options *o, const char *name, const char *number)
{
	enum quota_kind kind;
	int rc = quota_find(name, &kind);

	if (rc) {
		log_error("no such quota: \"%s\"", name);
		return rc;
	}
	rc = quota_set(o->quota, name, number);
	if (rc) {
		log_error("quota %s is 1 to %u, not \"%s\"", name, UINT32_MAX,
			  number);
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

static int parse_quota(struct options *o, const char *arg)
{
	const char *eq = strchr(arg, '=');
	char name[32];

	if (!eq || (size_t)(eq - arg) >= sizeof(name)) {
		log_error("quota wants NAME=NUMBER: %s", arg);
		return -EINVAL;
	}
	memcpy(name, arg, (size_t)(eq - arg));
	name[eq - arg] = '\0';
	return set_quota(o, name, eq + 1);
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
		return parse_quota(o, optarg);
	case 'E':
		return set_quota(o, "nodes", optarg);
	case 'S':
		return set_quota(o, "node-size", optarg);
	case 'W':
		return set_quota(o, "watches", optarg);
	case 't':
		return set_quota(o, "transactions", optarg);
	case 'A':
		return set_quota(o, "permissions", optarg);
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

/* A daemon that forks leaves its folder. */
static int whole_path(const char *path)
{
	if (!path || *path == '/') {
		return 0;
	}
	log_error("\"%s\" is not a whole path, which is wanted without -N",
		  path);
	return -EINVAL;
}

static int check_paths(const struct options *o)
{
	int rc;

	if (o->rundir && *o->rundir == '\0') {
		log_error("--rundir or XENSTORED_RUNDIR is empty");
		return -EINVAL;
	}
	if (o->restore && o->fresh) {
		log_error("--restore and --fresh exclude each other");
		return -EINVAL;
	}
	if (o->no_fork) {
		return 0;
	}
	rc = whole_path(o->rundir);
	rc = rc ? rc : whole_path(o->socket);
	rc = rc ? rc : whole_path(o->pidfile);
	return rc ? rc : whole_path(o->restore);
}

int options_parse(struct options *o, int argc, char **argv)
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
	if (!rc && o->check < 0) {
		default_paths(o);
	}
	return rc ? rc : check_paths(o);
}
