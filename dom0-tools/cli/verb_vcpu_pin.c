/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu-pin DOMAIN VCPU|all HARD|- [SOFT|-]: which CPUs a vcpu may run on. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "dom0-tools/cli/format.h"
#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/control.h"

static int pin_map(struct cli *cli, const char *text, struct config_cpumap *map,
		   uint8_t **bits)
{
	char why[160];

	*bits = NULL;
	if (!text || !strcmp(text, "-")) {
		return 0;
	}
	if (config_cpumap_parse(text, map, why, sizeof(why))) {
		return err_set(&cli->err, -EINVAL, "CPUs \"%s\": %s", text,
			       why);
	}
	*bits = (uint8_t *)map->bits;
	return 0;
}

static int vcpu_pin_run(struct cli *cli, int argc, char **argv)
{
	struct config_cpumap hard, soft;
	struct domain_info info;
	uint8_t *hard_bits, *soft_bits;
	uint64_t first = 0, last, i;
	uint32_t domid;
	int option, rc;

	while ((option = getopt(argc, argv, "+hf")) != -1) {
		if (option != 'f') {
			return verb_usage(cli, &verb_vcpu_pin);
		}
	}
	if (argc - optind != 3 && argc - optind != 4) {
		return verb_usage(cli, &verb_vcpu_pin);
	}
	argv += optind;
	rc = domain_find(&cli->tools, argv[0], &domid, &cli->err);
	if (!rc) {
		rc = domain_get(&cli->tools, domid, &info, &cli->err);
	}
	if (rc) {
		return rc;
	}
	if (!strcmp(argv[1], "all")) {
		last = info.vcpus_max;
	} else if (format_parse_number(argv[1], info.vcpus_max - 1, &first)) {
		return err_set(&cli->err, -ERANGE, "%s has no vcpu %s",
			       info.name, argv[1]);
	} else {
		last = first + 1;
	}
	rc = pin_map(cli, argv[2], &hard, &hard_bits);
	if (!rc) {
		rc = pin_map(cli, argv[3], &soft, &soft_bits);
	}
	for (i = first; i < last && !rc; i++) {
		rc = control_vcpu_affinity_set(
			cli->tools.ctl, domid, (uint32_t)i, hard_bits,
			soft_bits, sizeof(struct config_cpumap));
		if (rc) {
			err_errno(&cli->err, rc, "vcpu %lu of %s", i,
				  info.name);
		}
	}
	return rc;
}

const struct verb verb_vcpu_pin = {
	.name = "vcpu-pin",
	.run = vcpu_pin_run,
	.usage = "DOMAIN VCPU|all CPUS|- [SOFT-CPUS|-]",
	.help = "set which CPUs a vcpu may, or prefers to, run on",
};
