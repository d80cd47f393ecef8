/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_VERB_H
#define HOSPES_DOM0_VERB_H
/*
 * A verb of `hl`: one file and one row in main.c's table.
 *
 * run() gets the words after the verb's own name with argv[0] being it, so
 * that getopt() works. It returns 0, or a -Exxx which cli->err tells, or
 * VERB_TOLD when it has said everything itself (exit code 1).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0-tools/lib/domain.h"
#include "dom0-tools/lib/tools.h"

#define VERB_TOLD 1

struct cli {
	struct tools tools;
	struct hl_error err;
	const char *prog; /* "hl", or "xl" when called so */
	bool json;
	bool dry_run; /* -N */
	int verbose;
};

struct verb {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
	const char *usage; /* what follows the name */
	const char *help;  /* one line */
	bool offline;	   /* needs neither hypervisor nor store */
};

/* A verb of xl that hl does not have. */
struct verb_missing {
	const char *name;
	const char *what;
};

extern const struct verb verb_console, verb_create, verb_debug_keys,
	verb_destroy, verb_dmesg, verb_domid, verb_domname, verb_help,
	verb_info, verb_list, verb_mem_set, verb_pause, verb_reboot,
	verb_rename, verb_sched_credit2, verb_shutdown, verb_unpause,
	verb_uptime, verb_vcpu_list, verb_vcpu_pin, verb_vcpu_set;

/* NULL ends it. In the order of `help`. */
extern const struct verb *const verb_table[];
extern const struct verb_missing verb_missing_table[];

/*
 * Finds a verb by its name or by a prefix that only one has. NULL and
 * *missing set for one that is not built; NULL and *ambiguous for a prefix
 * of several.
 */
const struct verb *verb_find(const char *word,
			     const struct verb_missing **missing,
			     bool *ambiguous);

/* "usage: hl NAME ..." to stderr; returns VERB_TOLD. */
int verb_usage(const struct cli *cli, const struct verb *verb);
/*
 * Checks that exactly `count` words follow the options (getopt's optind);
 * the first is a domain's name or number if domid is not NULL.
 */
int verb_words(struct cli *cli, const struct verb *verb, int argc, char **argv,
	       int count, uint32_t *domid);
/* Runs getopt() for verbs that have no options but -h. */
int verb_no_options(const struct cli *cli, const struct verb *verb, int argc,
		    char **argv);

#endif
