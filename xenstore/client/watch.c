// SPDX-License-Identifier: BSD-2-Clause
/* watch: tells of events until -n of them have come. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/client/client.h"

/* As JSON an object a line: an array would not end. */
static void show_event(const struct options *o, char **event)
{
	if (!o->json) {
		out_text("%s\n", event[XS_WATCH_PATH]);
		return;
	}
	out_text("{\"path\": ");
	json_string(event[XS_WATCH_PATH], strlen(event[XS_WATCH_PATH]));
	out_text(", \"token\": ");
	json_string(event[XS_WATCH_TOKEN], strlen(event[XS_WATCH_TOKEN]));
	out_text("}\n");
}

int verb_watch(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	       int argc, char **argv)
{
	int left = o->count;

	(void)t;
	for (int i = 0; i < argc; i++) {
		if (!xs_watch(h, argv[i], argv[i])) {
			complain("Unable to add watch on %s\n", argv[i]);
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
		show_event(o, event);
		free(event);
		if (out_flush()) {
			return 1;
		}
		left -= left > 0;
	}
	return 0;
}
