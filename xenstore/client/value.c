// SPDX-License-Identifier: BSD-2-Clause
/* The verbs about single nodes: read, write, rm, exists, list. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/client/client.h"

int verb_read(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	      int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		unsigned int len;
		char *value = xs_read(h, t, argv[i], &len);
		char *text;

		if (!value) {
			complain("couldn't read path %s", argv[i]);
			return 1;
		}
		if (o->prefix) {
			out_text("%s: ", argv[i]);
		}
		if (o->raw) {
			out_bytes(value, len);
		} else {
			text = text_escape(value, len);
			out_text("%s\n", text);
			free(text);
		}
		free(value);
	}
	return 0;
}

int verb_write(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	       int argc, char **argv)
{
	for (int i = 0; i + 1 < argc; i += 2) {
		char *value = strdup(argv[i + 1]);
		size_t len = value ? strlen(value) : 0;
		bool done = false;

		if (value && !o->raw) {
			len = text_unescape(value);
		}
		if (value) {
			done = xs_write(h, t, argv[i], value,
					(unsigned int)len);
		}
		free(value);
		if (!done) {
			complain("could not write path %s", argv[i]);
			return 1;
		}
	}
	return 0;
}

static bool is_bare(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	unsigned int len;
	unsigned int num;
	char **names = xs_directory(h, t, path, &num);
	char *value = xs_read(h, t, path, &len);
	bool bare = names && num == 0 && value && len == 0;

	free(names);
	free(value);
	return bare;
}

/* Remove the parents that are left without value and children. */
static bool remove_bare_parents(struct xs_handle *h, xs_transaction_t t,
				char *path)
{
	for (;;) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path) {
			return true;
		}
		*slash = '\0';
		if (!is_bare(h, t, path)) {
			return true;
		}
		if (!xs_rm(h, t, path)) {
			return false;
		}
	}
}

int verb_rm(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	    int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		char *path = strdup(argv[i]);
		bool done = path && xs_rm(h, t, path);

		if (done && o->tidy) {
			done = remove_bare_parents(h, t, path);
		}
		free(path);
		if (!done) {
			complain("could not remove path %s", argv[i]);
			return 1;
		}
	}
	return 0;
}

int verb_exists(struct xs_handle *h, xs_transaction_t t,
		const struct options *o, int argc, char **argv)
{
	(void)o;
	for (int i = 0; i < argc; i++) {
		void *value = xs_read(h, t, argv[i], NULL);

		if (!value) {
			return 1;
		}
		free(value);
	}
	return 0;
}

int verb_list(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	      int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		unsigned int num;
		char **names = xs_directory(h, t, argv[i], &num);
		size_t len = strlen(argv[i]);
		const char *slash =
			len > 0 && argv[i][len - 1] == '/' ? "" : "/";

		if (!names) {
			complain("could not list path %s", argv[i]);
			return 1;
		}
		for (unsigned int j = 0; j < num; j++) {
			if (o->prefix) {
				out_text("%s%s", argv[i], slash);
			}
			out_text("%s\n", names[j]);
		}
		free(names);
	}
	return 0;
}
