/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domains there are: six columns as xl prints them, or JSON. -l prints
 * each one's config as JSON, as xl does, and its state beside it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uuid.h>

#include "dom0-tools/cli/format.h"
#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/json.h"

struct list {
	bool json;
	bool configs; /* -l */
	bool uuids;   /* -v */
	bool pools;   /* -c */
};

static const char *const list_reasons[] = {
	[DOMAIN_POWEROFF] = "poweroff", [DOMAIN_REBOOT] = "reboot",
	[DOMAIN_SUSPEND] = "suspend",	[DOMAIN_CRASH] = "crash",
	[DOMAIN_WATCHDOG] = "watchdog", [DOMAIN_SOFT_RESET] = "soft_reset",
};

static void list_state_json(yajl_gen gen, const struct domain_info *info)
{
	char state[7], uuid[37];

	uuid_unparse_lower(info->uuid, uuid);
	domain_state_letters(info, state);
	json_string(gen, "uuid", uuid);
	json_string(gen, "state", state);
	json_bool(gen, "running", info->running);
	json_bool(gen, "blocked", info->blocked);
	json_bool(gen, "paused", info->paused);
	json_bool(gen, "shutdown", info->shutdown);
	json_bool(gen, "dying", info->dying);
	if (info->shutdown &&
	    info->reason < sizeof(list_reasons) / sizeof(list_reasons[0])) {
		json_string(gen, "shutdown_reason", list_reasons[info->reason]);
	}
	json_number(gen, "memory_kib", info->memory_kib);
	json_number(gen, "max_memory_kib", info->max_kib);
	json_number(gen, "vcpus", info->vcpus_online);
	json_number(gen, "max_vcpus", info->vcpus_max);
	json_number(gen, "cpu_time_ns", info->cpu_ns);
	json_number(gen, "cpupool", info->cpupool);
}

/* A domain that we did not make has no config: its name and type alone. */
static void list_config_json(yajl_gen gen, const struct domain_info *info)
{
	struct hl_config *config = NULL;
	char uuid[37];

	json_string(gen, NULL, "config");
	if (info->domid &&
	    config_load_saved(info->uuid, NULL, NULL, &config) == 0) {
		config_json_body(gen, config);
		config_free(config);
		return;
	}
	uuid_unparse_lower(info->uuid, uuid);
	json_map(gen, NULL);
	json_map(gen, "c_info");
	json_string(gen, "type", info->hvm ? "hvm" : "pv");
	json_string(gen, "name", info->name);
	json_string(gen, "uuid", uuid);
	json_map_end(gen);
	json_map(gen, "b_info");
	json_number(gen, "max_vcpus", info->vcpus_max);
	json_number(gen, "max_memkb", info->max_kib);
	json_number(gen, "target_memkb", info->memory_kib);
	json_map_end(gen);
	json_map_end(gen);
}

static void list_json(const struct list *list, const struct domain_info *info,
		      size_t count)
{
	yajl_gen gen = json_open();
	size_t i;

	json_array(gen, NULL);
	for (i = 0; gen && i < count; i++) {
		json_map(gen, NULL);
		json_number(gen, "domid", info[i].domid);
		if (!list->configs) {
			json_string(gen, "name", info[i].name);
			list_state_json(gen, &info[i]);
		} else {
			list_config_json(gen, &info[i]);
			json_map(gen, "runtime");
			list_state_json(gen, &info[i]);
			json_map_end(gen);
		}
		json_map_end(gen);
	}
	json_array_end(gen);
	json_close(gen, stdout);
}

static void list_text(const struct list *list, const struct domain_info *info,
		      size_t count)
{
	char line[DOMAIN_NAME_MAX + 80], uuid[37];
	size_t i;

	printf("%.*s%s%s\n", (int)strlen(FORMAT_LIST_HEADER) - 1,
	       FORMAT_LIST_HEADER,
	       list->uuids ? "   UUID                            Reason-Code"
			   : "",
	       list->pools ? "         Cpupool" : "");
	for (i = 0; i < count; i++) {
		format_list_line(&info[i], line, sizeof(line));
		fputs(line, stdout);
		if (list->uuids) {
			uuid_unparse_lower(info[i].uuid, uuid);
			printf(" %s", uuid);
			if (info[i].shutdown) {
				printf(" %8x", info[i].reason);
			} else {
				printf(" %8s", "-");
			}
		}
		if (list->pools) {
			printf("           Pool-%u", info[i].cpupool);
		}
		putchar('\n');
	}
}

static int list_run(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "long", no_argument, NULL, 'l' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "cpupool", no_argument, NULL, 'c' },
		{ "context", no_argument, NULL, 'Z' },
		{ "numa", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct list list = { .json = cli->json };
	struct domain_info *info, one;
	uint32_t domid;
	size_t count;
	int option, rc;

	while ((option = getopt_long(argc, argv, "hlvcZn", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'l':
			list.configs = true;
			break;
		case 'v':
			list.uuids = true;
			break;
		case 'c':
			list.pools = true;
			break;
		case 'Z': /* there are no security labels: no column */
		case 'n':
			break;
		default:
			return verb_usage(cli, &verb_list);
		}
	}
	if (optind < argc) {
		rc = verb_words(cli, &verb_list, argc, argv, 1, &domid);
		if (!rc) {
			rc = domain_get(&cli->tools, domid, &one, &cli->err);
		}
		info = &one;
		count = 1;
	} else {
		rc = domain_list(&cli->tools, &info, &count, &cli->err);
	}
	if (rc) {
		return rc;
	}
	if (list.json || list.configs) {
		list_json(&list, info, count);
	} else {
		list_text(&list, info, count);
	}
	if (info != &one) {
		free(info);
	}
	return 0;
}

const struct verb verb_list = {
	.name = "list",
	.run = list_run,
	.usage = "[-l] [-v] [-c] [DOMAIN]",
	.help = "the domains there are; -l shows their configs as JSON",
};
