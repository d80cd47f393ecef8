/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "dom0-tools/cli/verb.h"

static int unpause_run(struct cli *cli, int argc, char **argv)
{
	uint32_t domid;
	int rc = verb_no_options(cli, &verb_unpause, argc, argv);

	if (!rc) {
		rc = verb_words(cli, &verb_unpause, argc, argv, 1, &domid);
	}
	if (rc) {
		return rc;
	}
	return domain_unpause(&cli->tools, domid, &cli->err);
}

const struct verb verb_unpause = {
	.name = "unpause",
	.run = unpause_run,
	.usage = "DOMAIN",
	.help = "let a paused domain go on",
};
