/* SPDX-License-Identifier: BSD-2-Clause */
/* hl-console DOMID: console_attach() as a program of its own, for scripts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <xenstore.h>

#include "dom0-tools/console/attach.h"

int main(int argc, char **argv)
{
	struct xs_handle *xs;
	enum console_end end;
	unsigned long domid;
	char err[256], *stop;

	if (argc != 2) {
		fputs("usage: hl-console DOMID\n", stderr);
		return 2;
	}
	errno = 0;
	domid = strtoul(argv[1], &stop, 10);
	if (errno || *stop || stop == argv[1] || domid > UINT32_MAX) {
		fprintf(stderr, "hl-console: '%s' is not a domain number\n",
			argv[1]);
		return 2;
	}
	xs = xs_open(0);
	if (!xs) {
		perror("hl-console: the store");
		return 1;
	}
	if (console_attach(xs, (uint32_t)domid, NULL, &end, err, sizeof(err))) {
		fprintf(stderr, "hl-console: %s\n", err);
		return 1;
	}
	xs_close(xs);
	return 0;
}
