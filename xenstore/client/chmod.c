// SPDX-License-Identifier: BSD-2-Clause
/*
 * chmod PATH MODE...: the first mode is the owner with what all others may
 * do ("n3"), the next ones what a domain may ("r0"). -r: all below as well;
 * -u: all above as well, but not "/".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/client/client.h"

struct chmod {
	struct xs_handle *h;
	xs_transaction_t t;
	struct xs_permissions *perms;
	unsigned int count;
};

static bool set(struct chmod *c, const char *path)
{
	if (xs_set_permissions(c->h, c->t, path, c->perms, c->count)) {
		return true;
	}
	complain("Error occurred setting permissions on '%s': %s", path,
		 strerror(errno));
	return false;
}

static bool set_below(struct chmod *c, const char *path)
{
	unsigned int num;
	char **names = xs_directory(c->h, c->t, path, &num);
	bool done = names;

	for (unsigned int i = 0; done && i < num; i++) {
		char *child = NULL;

		done = asprintf(&child, "%s/%s", path, names[i]) >= 0 &&
		       set(c, child) && set_below(c, child);
		free(child);
	}
	free(names);
	return done;
}

static bool set_above(struct chmod *c, const char *path)
{
	char *above = strdup(path);
	bool done = above;
	char *slash;

	while (done && (slash = strrchr(above, '/')) && slash != above) {
		*slash = '\0';
		done = set(c, above);
	}
	free(above);
	return done;
}

/* A letter and a domain; without a number it is domain 0. */
static bool parse_mode(const char *text, struct xs_permissions *out)
{
	static const char letters[] = "nrwb";
	const char *letter = *text ? strchr(letters, *text) : NULL;

	if (!letter) {
		complain("Invalid permission specification: '%c'", *text);
		return false;
	}
	out->perms = (unsigned int)(letter - letters);
	out->id = (unsigned int)strtol(text + 1, NULL, 10);
	return true;
}

static bool parse_modes(struct chmod *c, int argc, char **argv)
{
	c->perms = calloc((size_t)argc + 1, sizeof(*c->perms));
	if (!c->perms) {
		complain("malloc: %s", strerror(errno));
		return false;
	}
	for (int i = 0; i < argc; i++) {
		if (!parse_mode(argv[i], &c->perms[i])) {
			return false;
		}
	}
	c->count = (unsigned int)argc;
	return true;
}

int verb_chmod(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	       int argc, char **argv)
{
	struct chmod c = { .h = h, .t = t };
	bool done = parse_modes(&c, argc - 1, argv + 1) && set(&c, argv[0]);

	if (done && o->recursive) {
		done = set_below(&c, argv[0]);
	}
	if (done && o->upto) {
		done = set_above(&c, argv[0]);
	}
	free(c.perms);
	return done ? 0 : 1;
}
