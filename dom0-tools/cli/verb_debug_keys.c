/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>

#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/control.h"

static int debug_keys_run(struct cli *cli, int argc, char **argv)
{
	int rc = verb_no_options(cli, &verb_debug_keys, argc, argv);

	if (!rc) {
		rc = verb_words(cli, &verb_debug_keys, argc, argv, 1, NULL);
	}
	if (rc) {
		return rc;
	}
	rc = control_debug_keys(cli->tools.ctl, argv[optind]);
	return rc ? err_errno(&cli->err, rc, "sending debug keys") : 0;
}

const struct verb verb_debug_keys = {
	.name = "debug-keys",
	.run = debug_keys_run,
	.usage = "KEYS",
	.help = "send keys to the hypervisor, as if typed on its console",
};
