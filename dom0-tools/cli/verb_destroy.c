/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>

#include "dom0-tools/cli/verb.h"

static int destroy_run(struct cli *cli, int argc, char **argv)
{
	uint32_t domid;
	int option, rc;

	while ((option = getopt(argc, argv, "+hf")) != -1) {
		if (option != 'f') {
			return verb_usage(cli, &verb_destroy);
		}
	}
	rc = verb_words(cli, &verb_destroy, argc, argv, 1, &domid);
	if (rc) {
		return rc;
	}
	return domain_destroy(&cli->tools, domid, 0, &cli->err);
}

const struct verb verb_destroy = {
	.name = "destroy",
	.run = destroy_run,
	.usage = "[-f] DOMAIN",
	.help = "end a domain at once",
};
