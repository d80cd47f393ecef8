/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "dom0-tools/cli/verb.h"

static int domname_run(struct cli *cli, int argc, char **argv)
{
	char name[DOMAIN_NAME_MAX];
	uint32_t domid;
	int rc = verb_no_options(cli, &verb_domname, argc, argv);

	if (!rc) {
		rc = verb_words(cli, &verb_domname, argc, argv, 1, &domid);
	}
	if (rc) {
		return rc;
	}
	domain_name(&cli->tools, domid, name);
	printf("%s\n", name);
	return 0;
}

const struct verb verb_domname = {
	.name = "domname",
	.run = domname_run,
	.usage = "DOMID",
	.help = "the name of a domain",
};
