// SPDX-License-Identifier: BSD-2-Clause
/*
 * The verb is the part of our name behind "xenstore-", or the first argument
 * of plain "xenstore". Verbs that look at or change more than one node run in
 * a transaction, which is tried again as long as it conflicts.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore/client/client.h"

static const char *program = "xenstore";
/* Our name says the verb. */
static bool by_name;

static const struct verb verbs[] = {
	{ "chmod", "hurs", "[-h] [-u] [-r] [-s] key <mode [modes...]>", 2,
	  false, true, verb_chmod },
	{ "control", "hs", "[-h] command [arg...]", 1, false, false,
	  verb_control },
	{ "exists", "hps", "[-h] [-p] [-s] key [...]", 1, false, true,
	  verb_exists },
	{ "list", "hps", "[-h] [-p] [-s] key [...]", 1, false, true,
	  verb_list },
	{ "ls", "hfps", "[-h] [-f] [-p] [-s] [path]", 0, false, false,
	  verb_ls },
	{ "read", "hpsR", "[-h] [-p] [-s] [-R] key [...]", 1, false, true,
	  verb_read },
	{ "rm", "hst", "[-h] [-s] [-t] key [...]", 1, false, true, verb_rm },
	{ "watch", "hn:", "[-h] [-n NR] key", 1, false, false, verb_watch },
	{ "write", "hsR", "[-h] [-s] [-R] key value [...]", 2, true, true,
	  verb_write },
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

static int usage(const struct verb *verb)
{
	bool plain = !by_name;

	complain("Usage: %s %s%s%s", program, plain ? verb->name : "",
		 plain ? " " : "", verb->usage);
	return 1;
}

/* 0, or 1: the usage was shown. */
static int parse_options(const struct verb *verb, struct options *o, int argc,
			 char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, verb->optstring)) != -1) {
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
		case 's':
			break;
		case 'n':
			o->count = atoi(optarg);
			break;
		default:
			return usage(verb);
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

int main(int argc, char **argv)
{
	struct options o = { .count = -1 };
	const struct verb *verb;
	struct xs_handle *h;
	int rc;

	program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	verb = strncmp(program, "xenstore-", 9) == 0 ? find_verb(program + 9)
						     : NULL;
	by_name = verb;
	if (!verb) {
		if (argc < 2) {
			complain("Usage: %s <mode> [-h] [...]", program);
			return 1;
		}
		verb = find_verb(argv[1]);
		argc--;
		argv++;
	}
	if (!verb) {
		complain("unknown mode %s", argv[0]);
		return 1;
	}
	if (parse_options(verb, &o, argc, argv)) {
		return 1;
	}
	h = xs_open(0);
	if (!h) {
		complain("cannot reach the xenstore: %s", strerror(errno));
		return 1;
	}
	argc -= optind;
	argv += optind;
	if (verb->transaction) {
		rc = run_in_transaction(verb, h, &o, argc, argv);
	} else {
		rc = verb->run(h, XBT_NULL, &o, argc, argv);
		rc = out_flush() || rc;
	}
	xs_close(h);
	return rc;
}
