/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "dom0-tools/cli/verb.h"

static void help_all(const struct cli *cli)
{
	size_t i;

	printf("usage: %s [-v] [-N] [--format text|json] VERB [words]\n\n",
	       cli->prog);
	for (i = 0; verb_table[i]; i++) {
		printf(" %-18s %s\n", verb_table[i]->name, verb_table[i]->help);
	}
}

static int help_run(struct cli *cli, int argc, char **argv)
{
	const struct verb_missing *missing;
	const struct verb *verb;
	bool ambiguous;

	if (argc < 2) {
		help_all(cli);
		return 0;
	}
	verb = verb_find(argv[1], &missing, &ambiguous);
	if (verb) {
		printf("usage: %s %s %s\n\n%s\n", cli->prog, verb->name,
		       verb->usage, verb->help);
		return 0;
	}
	if (missing) {
		fprintf(stderr, "%s: %s is not built: it needs %s\n", cli->prog,
			missing->name, missing->what);
	} else {
		fprintf(stderr, "%s: there is no verb %s\n", cli->prog,
			argv[1]);
	}
	return VERB_TOLD;
}

const struct verb verb_help = {
	.name = "help",
	.run = help_run,
	.usage = "[VERB]",
	.help = "list the verbs, or tell about one",
	.offline = true,
};
