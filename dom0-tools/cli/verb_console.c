/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaches to a domain's console. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <xenstore.h>

#include "dom0-tools/cli/console.h"
#include "dom0-tools/cli/verb.h"
#include "dom0-tools/console/attach.h"

int console_stand_at(uint32_t domid, struct hl_error *err)
{
	struct xs_handle *xs = xs_open(0);
	enum console_end end;
	char why[256];
	int rc;

	if (!xs) {
		return err_errno(err, -errno, "a connection to the store");
	}
	rc = console_attach(xs, domid, NULL, &end, why, sizeof(why));
	xs_close(xs);
	return rc ? err_set(err, rc, "%s", why) : 0;
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
	return console_stand_at(domid, &cli->err);
}

const struct verb verb_console = {
	.name = "console",
	.run = console_run,
	.usage = "[-t pv] [-n 0] DOMAIN",
	.help = "attach to a domain's console; Ctrl-] detaches",
};
