// SPDX-License-Identifier: BSD-2-Clause
/* The verbs about single nodes: read, write, rm, exists, list. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/client/client.h"

static void show_value(const struct options *o, const char *path,
		       const char *value, size_t len)
{
	char *text;

	if (o->json) {
		json_open(path);
		json_value(value, len);
		json_close();
		return;
	}
	if (o->prefix) {
		out_text("%s: ", path);
	}
	if (o->raw) {
		out_bytes(value, len);
		return;
	}
	text = text_escape(value, len);
	out_text("%s\n", text);
	free(text);
}

int verb_read(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	      int argc, char **argv)
{
	json_begin(o);
	for (int i = 0; i < argc; i++) {
		unsigned int len;
		char *value = xs_read(h, t, argv[i], &len);

		if (!value) {
			complain("couldn't read path %s", argv[i]);
			json_end(o);
			return 1;
		}
		show_value(o, argv[i], value, len);
		free(value);
	}
	json_end(o);
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

/* As JSON it tells of each; without, the first that is not there ends it. */
int verb_exists(struct xs_handle *h, xs_transaction_t t,
		const struct options *o, int argc, char **argv)
{
	int rc = 0;

	json_begin(o);
	for (int i = 0; i < argc && (o->json || !rc); i++) {
		void *value = xs_read(h, t, argv[i], NULL);

		rc = value ? rc : 1;
		if (o->json) {
			json_open(argv[i]);
			json_key("exists");
			out_text(value ? "true" : "false");
			json_close();
		}
		free(value);
	}
	json_end(o);
	return rc;
}

static void show_names(const struct options *o, const char *path,
		       char *const *names, unsigned int num)
{
	size_t len = strlen(path);
	const char *slash = len > 0 && path[len - 1] == '/' ? "" : "/";

	for (unsigned int i = 0; i < num; i++) {
		if (o->prefix) {
			out_text("%s%s", path, slash);
		}
		out_text("%s\n", names[i]);
	}
}

static void show_names_json(const char *path, char *const *names,
			    unsigned int num)
{
	json_open(path);
	json_key("children");
	out_text("[");
	for (unsigned int i = 0; i < num; i++) {
		out_text("%s", i ? ", " : "");
		json_string(names[i], strlen(names[i]));
	}
	out_text("]");
	json_close();
}

int verb_list(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	      int argc, char **argv)
{
	json_begin(o);
	for (int i = 0; i < argc; i++) {
		unsigned int num;
		char **names = xs_directory(h, t, argv[i], &num);

		if (!names) {
			complain("could not list path %s", argv[i]);
			json_end(o);
			return 1;
		}
		if (o->json) {
			show_names_json(argv[i], names, num);
		} else {
			show_names(o, argv[i], names, num);
		}
		free(names);
	}
	json_end(o);
	return 0;
}
