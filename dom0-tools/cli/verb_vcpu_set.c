/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>

#include "dom0-tools/cli/format.h"
#include "dom0-tools/cli/verb.h"

static int vcpu_set_run(struct cli *cli, int argc, char **argv)
{
	uint32_t domid;
	uint64_t count;
	int option, rc;

	while ((option = getopt(argc, argv, "+hi")) != -1) {
		if (option != 'i') {
			return verb_usage(cli, &verb_vcpu_set);
		}
	}
	rc = verb_words(cli, &verb_vcpu_set, argc, argv, 2, &domid);
	if (rc) {
		return rc;
	}
	rc = format_parse_number(argv[optind + 1], UINT32_MAX, &count);
	if (rc) {
		return err_set(&cli->err, rc, "%s is no number of vcpus",
			       argv[optind + 1]);
	}
	return domain_vcpu_set(&cli->tools, domid, (uint32_t)count, &cli->err);
}

const struct verb verb_vcpu_set = {
	.name = "vcpu-set",
	.run = vcpu_set_run,
	.usage = "[-i] DOMAIN COUNT",
	.help = "tell a domain how many of its vcpus to use",
};
