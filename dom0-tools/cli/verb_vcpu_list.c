/* SPDX-License-Identifier: BSD-2-Clause */
/* The vcpus of domains: where they run and where they may. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/cli/format.h"
#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/control.h"
#include "dom0-tools/lib/json.h"

#define MAP_BYTES 128u

struct vcpu_row {
	struct xen_domctl_getvcpuinfo info;
	char hard[256];
	char soft[256];
};

static int vcpu_read(struct cli *cli, uint32_t domid, uint32_t vcpu,
		     uint32_t cpus, struct vcpu_row *row)
{
	uint8_t hard[MAP_BYTES] = { 0 }, soft[MAP_BYTES] = { 0 };
	int rc = control_vcpu_info(cli->tools.ctl, domid, vcpu, &row->info);

	if (rc) {
		return rc;
	}
	row->hard[0] = row->soft[0] = '\0';
	rc = control_vcpu_affinity_get(cli->tools.ctl, domid, vcpu, hard, soft,
				       (cpus + 7) / 8);
	if (!rc) {
		format_cpumap(hard, cpus, row->hard, sizeof(row->hard));
		format_cpumap(soft, cpus, row->soft, sizeof(row->soft));
	}
	return rc;
}

static void vcpu_text(const struct domain_info *domain, uint32_t vcpu,
		      const struct vcpu_row *row)
{
	double seconds = (double)row->info.cpu_time / 1e9;

	printf("%-32s %5u %5u", domain->name, domain->domid, vcpu);
	if (row->info.online) {
		printf(" %5u   %c%c- ", row->info.cpu,
		       row->info.running ? 'r' : '-',
		       row->info.blocked ? 'b' : '-');
	} else {
		printf(" %5c   %c%cp ", '-', '-', '-');
	}
	printf("%9.1f  %s / %s\n", seconds, row->hard, row->soft);
}

static void vcpu_json(yajl_gen gen, const struct domain_info *domain,
		      uint32_t vcpu, const struct vcpu_row *row)
{
	json_map(gen, NULL);
	json_string(gen, "name", domain->name);
	json_number(gen, "domid", domain->domid);
	json_number(gen, "vcpu", vcpu);
	json_bool(gen, "online", row->info.online);
	json_bool(gen, "running", row->info.running);
	json_bool(gen, "blocked", row->info.blocked);
	json_number(gen, "cpu", row->info.cpu);
	json_number(gen, "cpu_time_ns", row->info.cpu_time);
	json_string(gen, "affinity_hard", row->hard);
	json_string(gen, "affinity_soft", row->soft);
	json_map_end(gen);
}

static void vcpu_show(struct cli *cli, const struct domain_info *domain,
		      uint32_t cpus, yajl_gen gen)
{
	struct vcpu_row row;
	uint32_t i;

	for (i = 0; i < domain->vcpus_max; i++) {
		if (vcpu_read(cli, domain->domid, i, cpus, &row)) {
			continue;
		}
		if (gen) {
			vcpu_json(gen, domain, i, &row);
		} else {
			vcpu_text(domain, i, &row);
		}
	}
}

static int vcpu_list_run(struct cli *cli, int argc, char **argv)
{
	struct xen_sysctl_physinfo phys;
	struct domain_info *list;
	uint32_t only = UINT32_MAX;
	yajl_gen gen;
	size_t count, i;
	int rc = verb_no_options(cli, &verb_vcpu_list, argc, argv);

	if (!rc && optind < argc) {
		rc = verb_words(cli, &verb_vcpu_list, argc, argv, 1, &only);
	}
	if (rc) {
		return rc;
	}
	rc = control_physinfo(cli->tools.ctl, &phys);
	if (rc) {
		return err_errno(&cli->err, rc,
				 "asking the hypervisor about itself");
	}
	if (phys.max_cpu_id >= MAP_BYTES * 8) {
		phys.max_cpu_id = MAP_BYTES * 8 - 1;
	}
	rc = domain_list(&cli->tools, &list, &count, &cli->err);
	if (rc) {
		return rc;
	}
	gen = cli->json ? json_open() : NULL;
	json_array(gen, NULL);
	if (!gen) {
		printf("%-32s %5s %5s %5s %5s %9s %-s\n", "Name", "ID", "VCPU",
		       "CPU", "State", "Time(s)", "Affinity (Hard / Soft)");
	}
	for (i = 0; i < count; i++) {
		if (only == UINT32_MAX || list[i].domid == only) {
			vcpu_show(cli, &list[i], phys.max_cpu_id + 1, gen);
		}
	}
	json_array_end(gen);
	json_close(gen, stdout);
	free(list);
	return 0;
}

const struct verb verb_vcpu_list = {
	.name = "vcpu-list",
	.run = vcpu_list_run,
	.usage = "[DOMAIN]",
	.help = "the vcpus of domains, where they run and where they may",
};
