/* SPDX-License-Identifier: BSD-2-Clause */
/* Weights and caps: shown without -w and -c, set with them. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "dom0-tools/cli/format.h"
#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/control.h"
#include "dom0-tools/lib/json.h"

struct sched {
	const char *domain;
	const char *weight;
	const char *cap;
};

static int sched_set(struct cli *cli, const struct sched *sched)
{
	uint64_t value;
	uint16_t weight, cap;
	uint32_t domid;
	int rc = domain_find(&cli->tools, sched->domain, &domid, &cli->err);

	if (rc) {
		return rc;
	}
	rc = control_sched_get(cli->tools.ctl, domid, &weight, &cap);
	if (!rc && sched->weight) {
		if (format_parse_number(sched->weight, 65535, &value) ||
		    !value) {
			return err_set(&cli->err, -ERANGE,
				       "weight %s is not in 1 to 65535",
				       sched->weight);
		}
		weight = (uint16_t)value;
	}
	if (!rc && sched->cap) {
		if (format_parse_number(sched->cap, 65535, &value)) {
			return err_set(&cli->err, -ERANGE,
				       "cap %s is not in 0 to 65535",
				       sched->cap);
		}
		cap = (uint16_t)value;
	}
	if (!rc) {
		rc = control_sched_set(cli->tools.ctl, domid, weight, cap);
	}
	return rc ? err_errno(&cli->err, rc, "weight and cap of %s",
			      sched->domain)
		  : 0;
}

static int sched_show(struct cli *cli, const struct sched *sched)
{
	struct domain_info *list;
	uint32_t only = UINT32_MAX;
	uint16_t weight, cap;
	yajl_gen gen;
	size_t count, i;
	int rc = sched->domain ? domain_find(&cli->tools, sched->domain, &only,
					     &cli->err)
			       : 0;

	if (!rc) {
		rc = domain_list(&cli->tools, &list, &count, &cli->err);
	}
	if (rc) {
		return rc;
	}
	gen = cli->json ? json_open() : NULL;
	json_array(gen, NULL);
	if (!gen) {
		printf("%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
	}
	for (i = 0; i < count && !rc; i++) {
		if (only != UINT32_MAX && list[i].domid != only) {
			continue;
		}
		rc = control_sched_get(cli->tools.ctl, list[i].domid, &weight,
				       &cap);
		if (rc) {
			err_errno(&cli->err, rc, "weight and cap of %s",
				  list[i].name);
		} else if (gen) {
			json_map(gen, NULL);
			json_string(gen, "name", list[i].name);
			json_number(gen, "domid", list[i].domid);
			json_number(gen, "weight", weight);
			json_number(gen, "cap", cap);
			json_map_end(gen);
		} else {
			printf("%-33s %4u %6u %4u\n", list[i].name,
			       list[i].domid, weight, cap);
		}
	}
	json_array_end(gen);
	json_close(gen, stdout);
	free(list);
	return rc;
}

static int sched_credit2_run(struct cli *cli, int argc, char **argv)
{
	struct sched sched = { NULL, NULL, NULL };
	int option;

	while ((option = getopt(argc, argv, "+hd:w:c:")) != -1) {
		switch (option) {
		case 'd':
			sched.domain = optarg;
			break;
		case 'w':
			sched.weight = optarg;
			break;
		case 'c':
			sched.cap = optarg;
			break;
		default:
			return verb_usage(cli, &verb_sched_credit2);
		}
	}
	if (optind < argc || (!sched.domain && (sched.weight || sched.cap))) {
		return verb_usage(cli, &verb_sched_credit2);
	}
	if (sched.weight || sched.cap) {
		return sched_set(cli, &sched);
	}
	return sched_show(cli, &sched);
}

const struct verb verb_sched_credit2 = {
	.name = "sched-credit2",
	.run = sched_credit2_run,
	.usage = "[-d DOMAIN [-w WEIGHT] [-c CAP]]",
	.help = "show or set the share of CPU time of domains",
};
