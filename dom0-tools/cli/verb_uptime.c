/* SPDX-License-Identifier: BSD-2-Clause */
/* How long domains have been up, from the start time in the store. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uuid.h>

#include "dom0-tools/cli/format.h"
#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/json.h"
#include "dom0-tools/lib/store.h"

static uint64_t uptime_of(struct cli *cli, const struct domain_info *info)
{
	struct timespec now;
	char uuid[37], *text;
	time_t start;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (!info->domid) {
		return (uint64_t)now.tv_sec;
	}
	uuid_unparse_lower(info->uuid, uuid);
	text = store_read(cli->tools.xs, "/vm/%s/start_time", uuid);
	start = text ? strtol(text, NULL, 10) : time(NULL);
	free(text);
	return time(NULL) > start ? (uint64_t)(time(NULL) - start) : 0;
}

static void uptime_show(struct cli *cli, const struct domain_info *info,
			yajl_gen gen)
{
	uint64_t seconds = uptime_of(cli, info);
	char text[64];

	if (gen) {
		json_map(gen, NULL);
		json_string(gen, "name", info->name);
		json_number(gen, "domid", info->domid);
		json_number(gen, "uptime_s", seconds);
		json_map_end(gen);
		return;
	}
	format_uptime(seconds, text, sizeof(text));
	printf("%-33s %4u %s\n", info->name, info->domid, text);
}

static int uptime_run(struct cli *cli, int argc, char **argv)
{
	struct domain_info *list;
	uint32_t only = UINT32_MAX;
	yajl_gen gen;
	size_t count, i;
	int option, rc = 0;

	while ((option = getopt(argc, argv, "+hs")) != -1) {
		if (option != 's') {
			return verb_usage(cli, &verb_uptime);
		}
	}
	if (optind < argc) {
		rc = verb_words(cli, &verb_uptime, argc, argv, 1, &only);
	}
	if (!rc) {
		rc = domain_list(&cli->tools, &list, &count, &cli->err);
	}
	if (rc) {
		return rc;
	}
	gen = cli->json ? json_open() : NULL;
	json_array(gen, NULL);
	if (!gen) {
		printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
	}
	for (i = 0; i < count; i++) {
		if (only == UINT32_MAX || list[i].domid == only) {
			uptime_show(cli, &list[i], gen);
		}
	}
	json_array_end(gen);
	json_close(gen, stdout);
	free(list);
	return 0;
}

const struct verb verb_uptime = {
	.name = "uptime",
	.run = uptime_run,
	.usage = "[-s] [DOMAIN]",
	.help = "how long domains have been up",
};
