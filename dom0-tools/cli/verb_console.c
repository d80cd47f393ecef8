/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaches to a domain's console: becomes the console client. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dom0-tools/cli/console.h"
#include "dom0-tools/cli/verb.h"

void console_exec(uint32_t domid)
{
	char number[16];
	char *argv[] = { (char *)(uintptr_t) "hl-console", number, NULL };

	snprintf(number, sizeof(number), "%u", domid);
	execv(CONSOLE_CLIENT, argv);
}

static int console_run(struct cli *cli, int argc, char **argv)
{
	uint32_t domid;
	int option, rc;

	while ((option = getopt(argc, argv, "+ht:n:")) != -1) {
		switch (option) {
		case 't':
			if (!strcmp(optarg, "pv")) {
				break;
			}
			return err_set(&cli->err, -EOPNOTSUPP,
				       "consoles of type %s are not built, "
				       "only pv",
				       optarg);
		case 'n':
			if (!strcmp(optarg, "0")) {
				break;
			}
			return err_set(&cli->err, -EOPNOTSUPP,
				       "console %s: only console 0 is built",
				       optarg);
		default:
			return verb_usage(cli, &verb_console);
		}
	}
	rc = verb_words(cli, &verb_console, argc, argv, 1, &domid);
	if (rc) {
		return rc;
	}
	fflush(stdout);
	console_exec(domid);
	return err_errno(&cli->err, -errno, "starting %s", CONSOLE_CLIENT);
}

const struct verb verb_console = {
	.name = "console",
	.run = console_run,
	.usage = "[-t pv] [-n 0] DOMAIN",
	.help = "attach to a domain's console; Ctrl-] detaches",
};
