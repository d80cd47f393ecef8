/* SPDX-License-Identifier: BSD-2-Clause */
#include "dom0-tools/console/domains.h"

#include <errno.h>
#include <stdlib.h>
#include <xenstore.h>

/* Those of @names that are, in the front of @list; their number or -errno. */
static int keep_introduced(struct xs_handle *xs, char **names,
			   unsigned int count, uint32_t *list)
{
	int kept = 0;

	for (unsigned int i = 0; i < count; i++) {
		uint32_t domid = (uint32_t)strtoul(names[i], NULL, 10);

		/* False may be an answer, or that there is none. */
		errno = 0;
		if (domid != 0 && xs_is_domain_introduced(xs, domid)) {
			list[kept++] = domid;
		} else if (errno) {
			return -errno;
		}
	}
	return kept;
}

int domains_introduced(struct xs_handle *xs, uint32_t **list,
		       unsigned int *count)
{
	unsigned int found = 0;
	/* dom0 is there always: without it nothing is known. */
	char **names = xs_directory(xs, XBT_NULL, "/local/domain", &found);
	int kept;

	if (!names) {
		return errno ? -errno : -EIO;
	}
	*list = calloc(found + 1, sizeof(**list));
	kept = *list ? keep_introduced(xs, names, found, *list) : -ENOMEM;
	free(names);
	if (kept < 0) {
		free(*list);
		*list = NULL;
		return kept;
	}
	*count = (unsigned int)kept;
	return 0;
}
