/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>

#include "dom0-tools/cli/verb.h"

static int rename_run(struct cli *cli, int argc, char **argv)
{
	uint32_t domid;
	int rc = verb_no_options(cli, &verb_rename, argc, argv);

	if (!rc) {
		rc = verb_words(cli, &verb_rename, argc, argv, 2, &domid);
	}
	if (rc) {
		return rc;
	}
	return domain_rename(&cli->tools, domid, argv[optind + 1], &cli->err);
}

const struct verb verb_rename = {
	.name = "rename",
	.run = rename_run,
	.usage = "DOMAIN NEW-NAME",
	.help = "give a domain another name",
};
