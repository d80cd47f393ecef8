// SPDX-License-Identifier: BSD-2-Clause
/*
 * The verb is the part of our name behind "xenstore-", or the first argument
 * of plain "xenstore". Verbs that look at or change more than one node run in
 * a transaction, which is tried again as long as it conflicts.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore/client/client.h"

static const char *program = "xenstore";
/* The same with its folder. */
static const char *called;
/* Our name says the verb. */
static bool by_name;

static const struct verb verbs[] = {
	{ "chmod", "ur", "[-h] [-u] [-r] [-s] key <mode [modes...]>", 1, false,
	  true, verb_chmod },
	{ "exists", "", "[-h] [-p] [-s] key [...]", 1, false, true,
	  verb_exists },
	{ "list", "p", "[-h] [-p] [-s] key [...]", 1, false, true, verb_list },
	{ "ls", "fp", "[-h] [-f] [-p] [-s] [path]", 0, false, false, verb_ls },
	{ "read", "pR", "[-h] [-p] [-s] [-R] key [...]", 1, false, true,
	  verb_read },
	{ "rm", "t", "[-h] [-s] [-t] key [...]", 1, false, true, verb_rm },
	{ "watch", "n", "[-h] [-n NR] key", 1, false, false, verb_watch },
	{ "write", "R", "[-h] [-s] [-R] key value [...]", 2, true, true,
	  verb_write },
};

#define OPTION_FORMAT 256

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "flat", no_argument, NULL, 'f' },
	{ "prefix", no_argument, NULL, 'p' },
	{ "tidy", no_argument, NULL, 't' },
	{ "upto", no_argument, NULL, 'u' },
	{ "recurse", no_argument, NULL, 'r' },
	{ "number", required_argument, NULL, 'n' },
	{ "raw", no_argument, NULL, 'R' },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ NULL, 0, NULL, 0 },
};

void complain(const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s: ", program);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, name) == 0) {
			return &verbs[i];
		}
	}
	return NULL;
}

/* Where the verb is an argument, our name is given in full. */
static int usage(const struct verb *verb)
{
	complain("Usage: %s %s%s%s", by_name ? program : called,
		 by_name ? "" : verb->name, by_name ? "" : " ", verb->usage);
	return 1;
}

static bool parse_format(struct options *o, const char *name)
{
	o->json = strcmp(name, "json") == 0;
	if (!o->json && strcmp(name, "text") != 0) {
		complain("no format %s: text or json", name);
		return false;
	}
	return true;
}

static void set_option(struct options *o, int opt)
{
	switch (opt) {
	case 'R':
		o->raw = true;
		break;
	case 'p':
		o->prefix = true;
		break;
	case 'f':
		o->full = true;
		break;
	case 't':
		o->tidy = true;
		break;
	case 'r':
		o->recursive = true;
		break;
	case 'u':
		o->upto = true;
		break;
	default:
		o->count = (int)strtol(optarg, NULL, 10);
		break;
	}
}

/*
 * 0, or 1: what is wrong was shown. An option of another verb is refused, one
 * of none is told of and left out, as scripts may have come to expect.
 */
static int parse_options(const struct verb *verb, struct options *o, int argc,
			 char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "hfspturn:R", long_options,
				  NULL)) != -1) {
		if (opt == OPTION_FORMAT) {
			if (!parse_format(o, optarg)) {
				return 1;
			}
		} else if (opt == 'h' || (opt != 's' && opt != '?' &&
					  !strchr(verb->options, opt))) {
			return usage(verb);
		} else if (opt != 's' && opt != '?') {
			set_option(o, opt);
		}
	}
	argc -= optind;
	if (argc < verb->min_args || (verb->pairs && argc % 2)) {
		return usage(verb);
	}
	return 0;
}

static int run_in_transaction(const struct verb *verb, struct xs_handle *h,
			      const struct options *o, int argc, char **argv)
{
	for (;;) {
		xs_transaction_t t = xs_transaction_start(h);
		int rc;

		if (t == XBT_NULL) {
			complain("couldn't start transaction: %s",
				 strerror(errno));
			return 1;
		}
		rc = verb->run(h, t, o, argc, argv);
		if (xs_transaction_end(h, t, rc != 0)) {
			return out_flush() || rc;
		}
		out_drop();
		if (errno != EAGAIN) {
			complain("couldn't end transaction: %s",
				 strerror(errno));
			return 1;
		}
	}
}

/* The verb by our name or by the first argument, which is then taken away. */
static const struct verb *choose_verb(int *argc, char ***argv)
{
	const struct verb *verb = NULL;

	called = (*argv)[0];
	program = strrchr(called, '/') ? strrchr(called, '/') + 1 : called;
	if (strncmp(program, "xenstore-", 9) == 0) {
		verb = find_verb(program + 9);
	}
	by_name = verb;
	if (verb) {
		return verb;
	}
	if (*argc < 2) {
		complain("Usage: %s <mode> [-h] [...]", called);
		return NULL;
	}
	verb = find_verb((*argv)[1]);
	if (!verb) {
		complain("unknown mode %s\n", (*argv)[1]);
		return NULL;
	}
	(*argv)++;
	(*argc)--;
	return verb;
}

/*
 * xenstore-control parses its arguments by itself: how many of them stand
 * before the command, or -1 if we are somebody else.
 */
static int before_control(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];

	if (strcmp(name, "xenstore-control") == 0) {
		return 1;
	}
	if (argc > 1 && strcmp(name, "xenstore") == 0 &&
	    strcmp(argv[1], "control") == 0) {
		return 2;
	}
	return -1;
}

static int run(const struct verb *verb, const struct options *o, int argc,
	       char **argv)
{
	struct xs_handle *h = xs_open(0);
	int rc;

	if (!h) {
		complain("xs_open: %s", strerror(errno));
		return 1;
	}
	if (verb->transaction) {
		rc = run_in_transaction(verb, h, o, argc, argv);
	} else {
		rc = verb->run(h, XBT_NULL, o, argc, argv);
		rc = out_flush() ? 1 : rc;
	}
	xs_close(h);
	return rc;
}

/* Or the socket would have the number of a closed one, and our output. */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0) {
		(void)close(fd);
	}
}

int main(int argc, char **argv)
{
	struct options o = { .count = -1 };
	int before = before_control(argc, argv);
	const struct verb *verb;

	open_standard_files();
	if (before > 0) {
		return control_main(argv[0], argc - before, argv + before);
	}
	verb = choose_verb(&argc, &argv);
	if (!verb) {
		return 1;
	}
	if (parse_options(verb, &o, argc, argv)) {
		return 1;
	}
	return run(verb, &o, argc - optind, argv + optind);
}
