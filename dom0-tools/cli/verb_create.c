/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * create [-c] [-p] [-n] FILE [key=value ..]: makes a domain from a config.
 *
 * With -c a child stands at the console before the domain's first
 * instruction, so that it sees all of it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dom0-tools/cli/console.h"
#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/config.h"

struct create {
	bool console;
	bool paused;
	bool dry_run;
	bool show;
	bool quiet;
	const char *file;
	pid_t client;
};

static void create_report(void *ctx, enum config_level level, const char *text)
{
	const struct cli *cli = ctx;

	fprintf(stderr, "%s: %s%s\n", cli->prog,
		level == CONFIG_WARNING ? "warning: " : "", text);
}

static int create_options(struct cli *cli, struct create *create, int argc,
			  char **argv)
{
	static const struct option options[] = {
		{ "defconfig", required_argument, NULL, 'f' },
		{ "dryrun", no_argument, NULL, 'n' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ "vncviewer", no_argument, NULL, 'V' },
		{ "vncviewer-autopass", no_argument, NULL, 'A' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "hcpndqf:FeVA", options,
				     NULL)) != -1) {
		switch (option) {
		case 'c':
			create->console = true;
			break;
		case 'p':
			create->paused = true;
			break;
		case 'n':
			create->dry_run = true;
			break;
		case 'd':
			create->show = true;
			break;
		case 'q':
			create->quiet = true;
			break;
		case 'f':
			create->file = optarg;
			break;
		case 'F': /* xl: a process per domain that reacts to its end; */
		case 'e': /* here one daemon does that for all */
			break;
		case 'V':
		case 'A':
			return err_set(&cli->err, -EOPNOTSUPP,
				       "-%c is not built: it needs guests with "
				       "a display",
				       option);
		default:
			return verb_usage(cli, &verb_create);
		}
	}
	return 0;
}

static void create_attach(void *ctx, uint32_t domid)
{
	struct create *create = ctx;
	struct hl_error err;

	fflush(stdout);
	create->client = fork();
	if (create->client == 0) {
		if (console_stand_at(domid, &err)) {
			err_print(&err, "hl", stderr);
			_exit(1);
		}
		_exit(0);
	}
}

static int create_domain(struct cli *cli, struct create *create,
			 const struct hl_config *config)
{
	struct domain_create_options options = { .paused = create->paused };
	uint32_t domid;
	int rc, status;

	if (create->console) {
		options.before_start = create_attach;
		options.ctx = create;
	}
	rc = domain_create(&cli->tools, config, &options, &domid, &cli->err);
	if (create->client > 0) {
		waitpid(create->client, &status, 0);
	}
	if (!rc && cli->json) {
		printf("{\"domid\": %u}\n", domid);
	}
	return rc;
}

static void create_print(const struct hl_config *config)
{
	char *text = config_json_string(config, -1);

	if (text) {
		printf("%s%s", text,
		       text[strlen(text) - 1] == '\n' ? "" : "\n");
	}
	free(text);
}

static int create_run(struct cli *cli, int argc, char **argv)
{
	struct create create = { .dry_run = cli->dry_run };
	struct hl_config *config = NULL;
	int rc = create_options(cli, &create, argc, argv);

	if (rc) {
		return rc;
	}
	if (!create.file && optind < argc && !strchr(argv[optind], '=')) {
		create.file = argv[optind++];
	}
	if (!create.file) {
		return verb_usage(cli, &verb_create);
	}
	rc = config_parse_file(create.file, argv + optind,
			       (size_t)(argc - optind), create_report, cli,
			       &config);
	if (rc) {
		return VERB_TOLD;
	}
	if (create.dry_run || create.show) {
		create_print(config);
	}
	if (!create.dry_run) {
		if (!create.quiet && !cli->json && cli->verbose) {
			printf("Parsing config from %s\n", create.file);
		}
		rc = create_domain(cli, &create, config);
	}
	config_free(config);
	return rc;
}

const struct verb verb_create = {
	.name = "create",
	.run = create_run,
	.usage = "[-c] [-p] [-n] [-d] FILE [key=value ..]",
	.help = "make a domain; -c attach, -p leave it paused, -n only check",
};
