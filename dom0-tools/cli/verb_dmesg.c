/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's console ring, read from its oldest byte on. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/control.h"

#define DMESG_PIECE 16384u

static int dmesg_run(struct cli *cli, int argc, char **argv)
{
	uint32_t index = 0, count;
	char *piece;
	int option, clear = 0, rc;

	while ((option = getopt(argc, argv, "+hc")) != -1) {
		if (option != 'c') {
			return verb_usage(cli, &verb_dmesg);
		}
		clear = 1;
	}
	rc = verb_words(cli, &verb_dmesg, argc, argv, 0, NULL);
	if (rc) {
		return rc;
	}
	piece = malloc(DMESG_PIECE);
	if (!piece) {
		return err_set(&cli->err, -ENOMEM, "out of memory");
	}
	do {
		count = DMESG_PIECE;
		rc = control_console_read(cli->tools.ctl, piece, &count, &index,
					  0);
		if (!rc) {
			fwrite(piece, 1, count, stdout);
		}
	} while (!rc && count);
	if (!rc && clear) {
		count = 1;
		rc = control_console_read(cli->tools.ctl, piece, &count, &index,
					  1);
	}
	free(piece);
	return rc ? err_errno(&cli->err, rc,
			      "reading the hypervisor's "
			      "messages")
		  : 0;
}

const struct verb verb_dmesg = {
	.name = "dmesg",
	.run = dmesg_run,
	.usage = "[-c]",
	.help = "show the hypervisor's messages; -c clears them",
};
