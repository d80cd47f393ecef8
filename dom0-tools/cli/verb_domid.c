/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "dom0-tools/cli/verb.h"

static int domid_run(struct cli *cli, int argc, char **argv)
{
	uint32_t domid;
	int rc = verb_no_options(cli, &verb_domid, argc, argv);

	if (!rc) {
		rc = verb_words(cli, &verb_domid, argc, argv, 1, &domid);
	}
	if (rc) {
		return rc;
	}
	printf("%u\n", domid);
	return 0;
}

const struct verb verb_domid = {
	.name = "domid",
	.run = domid_run,
	.usage = "NAME",
	.help = "the number of a domain",
};
