/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shutdown and reboot: asks the guest, by the store. -w waits until it is
 * shut down, not until it is gone: with on_poweroff="preserve" it stays.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "dom0-tools/cli/verb.h"

struct request {
	const struct verb *verb;
	const char *word;
	bool all;
	bool wait;
};

static int request_all(struct cli *cli, const struct request *request)
{
	struct domain_info *list;
	uint32_t *domid;
	size_t count, i, asked = 0;
	int rc = domain_list(&cli->tools, &list, &count, &cli->err);

	if (rc) {
		return rc;
	}
	domid = calloc(count + 1, sizeof(*domid));
	for (i = 0; domid && i < count; i++) {
		if (!list[i].domid || list[i].shutdown || list[i].dying) {
			continue;
		}
		if (domain_request(&cli->tools, list[i].domid, request->word,
				   &cli->err)) {
			err_print(&cli->err, cli->prog, stderr);
			rc = VERB_TOLD;
			continue;
		}
		domid[asked++] = list[i].domid;
	}
	free(list);
	if (request->wait && domid &&
	    domain_wait_shutdown(&cli->tools, domid, asked, -1, &cli->err)) {
		rc = cli->err.code;
	}
	free(domid);
	return rc;
}

static int request_one(struct cli *cli, const struct request *request, int argc,
		       char **argv)
{
	uint32_t domid;
	int rc = verb_words(cli, request->verb, argc, argv, 1, &domid);

	if (rc) {
		return rc;
	}
	rc = domain_request(&cli->tools, domid, request->word, &cli->err);
	if (rc == -EALREADY && request->wait) {
		return 0;
	}
	if (rc || !request->wait) {
		return rc;
	}
	return domain_wait_shutdown(&cli->tools, &domid, 1, -1, &cli->err);
}

static int request_run(struct cli *cli, struct request *request,
		       const char *options, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, options)) != -1) {
		switch (option) {
		case 'a':
			request->all = true;
			break;
		case 'w':
			request->wait = true;
			break;
		case 'F': /* xl: trigger the ACPI button of an HVM guest */
			break;
		default:
			return verb_usage(cli, request->verb);
		}
	}
	if (request->all && optind < argc) {
		return verb_usage(cli, request->verb);
	}
	return request->all ? request_all(cli, request)
			    : request_one(cli, request, argc, argv);
}

static int shutdown_run(struct cli *cli, int argc, char **argv)
{
	struct request request = { .verb = &verb_shutdown, .word = "poweroff" };

	return request_run(cli, &request, "+hawF", argc, argv);
}

static int reboot_run(struct cli *cli, int argc, char **argv)
{
	struct request request = { .verb = &verb_reboot, .word = "reboot" };

	return request_run(cli, &request, "+haF", argc, argv);
}

const struct verb verb_shutdown = {
	.name = "shutdown",
	.run = shutdown_run,
	.usage = "[-w] [-F] -a|DOMAIN",
	.help = "ask a domain to shut down; -w waits for it, -a asks all",
};

const struct verb verb_reboot = {
	.name = "reboot",
	.run = reboot_run,
	.usage = "[-F] -a|DOMAIN",
	.help = "ask a domain to reboot; -a asks all",
};
