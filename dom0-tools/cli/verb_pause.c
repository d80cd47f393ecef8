/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "dom0-tools/cli/verb.h"

static int pause_run(struct cli *cli, int argc, char **argv)
{
	uint32_t domid;
	int rc = verb_no_options(cli, &verb_pause, argc, argv);

	if (!rc) {
		rc = verb_words(cli, &verb_pause, argc, argv, 1, &domid);
	}
	if (rc) {
		return rc;
	}
	return domain_pause(&cli->tools, domid, &cli->err);
}

const struct verb verb_pause = {
	.name = "pause",
	.run = pause_run,
	.usage = "DOMAIN",
	.help = "stop a domain's CPUs",
};
