// SPDX-License-Identifier: BSD-2-Clause
/* The verbs that talk to the daemon for long or about itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/client/client.h"

int verb_watch(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	       int argc, char **argv)
{
	int left = o->count;

	(void)t;
	for (int i = 0; i < argc; i++) {
		if (!xs_watch(h, argv[i], argv[i])) {
			complain("Unable to add watch on %s", argv[i]);
			return 1;
		}
	}
	while (left != 0) {
		unsigned int num;
		char **event = xs_read_watch(h, &num);

		if (!event) {
			complain("no more events: %s", strerror(errno));
			return 1;
		}
		out_text("%s\n", event[XS_WATCH_PATH]);
		free(event);
		if (out_flush()) {
			return 1;
		}
		left -= left > 0;
	}
	return 0;
}

int verb_control(struct xs_handle *h, xs_transaction_t t,
		 const struct options *o, int argc, char **argv)
{
	char args[XENSTORE_PAYLOAD_MAX];
	size_t len = 0;
	char *reply;

	(void)t;
	(void)o;
	for (int i = 1; i < argc; i++) {
		size_t size = strlen(argv[i]) + 1;

		if (size > sizeof(args) - len) {
			complain("too many arguments");
			return 1;
		}
		memcpy(args + len, argv[i], size);
		len += size;
	}
	reply = xs_control_command(h, argv[0], args, (unsigned int)len);
	if (!reply) {
		complain("%s: %s", argv[0], strerror(errno));
		return 1;
	}
	out_text("%s%s", reply,
		 *reply && reply[strlen(reply) - 1] != '\n' ? "\n" : "");
	free(reply);
	return 0;
}
