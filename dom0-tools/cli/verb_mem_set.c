/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>

#include "dom0-tools/cli/format.h"
#include "dom0-tools/cli/verb.h"

static int mem_set_run(struct cli *cli, int argc, char **argv)
{
	uint32_t domid;
	uint64_t kib;
	int rc = verb_no_options(cli, &verb_mem_set, argc, argv);

	if (!rc) {
		rc = verb_words(cli, &verb_mem_set, argc, argv, 2, &domid);
	}
	if (rc) {
		return rc;
	}
	rc = format_parse_memory(argv[optind + 1], &kib);
	if (rc) {
		return err_set(&cli->err, rc, "%s is no amount of memory",
			       argv[optind + 1]);
	}
	return domain_mem_set(&cli->tools, domid, kib, &cli->err);
}

const struct verb verb_mem_set = {
	.name = "mem-set",
	.run = mem_set_run,
	.usage = "DOMAIN AMOUNT[b|k|m|g|t]",
	.help = "tell a domain how much memory to use (MiB by default)",
};
