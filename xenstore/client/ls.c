// SPDX-License-Identifier: BSD-2-Clause
/*
 * The tree as text: each level indented by one more space, values in quotes
 * cut to the width of the terminal (80 where there is none), permissions in a
 * column behind dots.
 *
 * The tree can change while it is listed; a node that went away meanwhile is
 * left out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "xenstore/client/client.h"

/* What a cut value needs beside itself, as the other xenstore-ls counts. */
#define CUT_WIDTH    8
#define PERMS_COLUMN 60

struct ls {
	struct xs_handle *h;
	xs_transaction_t t;
	const struct options *o;
	int width;
};

static void show_perms(struct ls *ls, const char *path)
{
	static const char letters[] = "nrwb";
	unsigned int num;
	struct xs_permissions *perms =
		xs_get_permissions(ls->h, ls->t, path, &num);

	if (!perms) {
		complain("could not access permissions for %s", path);
		return;
	}
	out_text("  (");
	for (unsigned int i = 0; i < num; i++) {
		out_text("%s%c%u", i ? "," : "", letters[perms[i].perms & 3],
			 perms[i].id);
	}
	out_text(")");
	free(perms);
}

/* The value in what is left of the line; where the line ends, -1: cut. */
static int show_value(struct ls *ls, const char *text, int column)
{
	int len = (int)strlen(text);
	int room = ls->width - CUT_WIDTH - column;

	if (!ls->o->full && column + len + CUT_WIDTH > ls->width) {
		out_text(" = \"%.*s\\...\"", room > 0 ? room : 0, text);
		return -1;
	}
	out_text(" = \"%s\"", text);
	return column + len + 5;
}

static void pad_to_perms(const struct ls *ls, int column)
{
	if (column < 0) {
		return;
	}
	out_text(" ");
	for (column++; column < PERMS_COLUMN && !ls->o->full; column++) {
		out_text("%s", column & 1 ? "." : " ");
	}
}

/* One object a node, whatever the depth: paths say it. */
static void show_node_json(struct ls *ls, const char *path)
{
	unsigned int len;
	char *value = xs_read(ls->h, ls->t, path, &len);
	int error = errno;
	struct xs_permissions *perms;
	unsigned int num;

	if (!value && error == ENOENT) {
		return;
	}
	json_open(path);
	json_value(value, value ? len : 0);
	perms = ls->o->prefix ? xs_get_permissions(ls->h, ls->t, path, &num)
			      : NULL;
	if (perms) {
		json_permissions(perms, num);
	}
	json_close();
	free(perms);
	free(value);
}

static void show_node(struct ls *ls, const char *path, const char *name,
		      int depth)
{
	unsigned int len;
	char *value = xs_read(ls->h, ls->t, path, &len);
	int room = ls->width - CUT_WIDTH - depth;
	int column;
	char *text;

	if (!value) {
		if (errno != ENOENT) {
			out_text("%*s%s:\n", depth, "",
				 ls->o->full ? path : name);
		}
		return;
	}
	if (ls->o->full) {
		out_text("%s", path);
		column = (int)strlen(path);
	} else {
		out_text("%*s%.*s", depth, "", room > 0 ? room : 0, name);
		column =
			depth + (int)strnlen(name, room > 0 ? (size_t)room : 0);
	}
	text = text_escape(value, len);
	column = show_value(ls, text, column);
	free(text);
	free(value);
	if (ls->o->prefix) {
		pad_to_perms(ls, column);
		show_perms(ls, path);
	}
	out_text("\n");
}

static int list_below(struct ls *ls, const char *path, int depth)
{
	unsigned int num;
	char **names = xs_directory(ls->h, ls->t, path, &num);
	int rc = 0;

	if (!names) {
		if (depth > 0 && (errno == ENOENT || errno == EACCES)) {
			return 0;
		}
		complain("xs_directory (%s): %s", path, strerror(errno));
		return 1;
	}
	for (unsigned int i = 0; i < num && !rc; i++) {
		char *child = NULL;

		if (asprintf(&child, "%s%s%s", path,
			     path[0] != '\0' && path[strlen(path) - 1] == '/'
				     ? ""
				     : "/",
			     names[i]) < 0) {
			rc = 1;
			break;
		}
		if (ls->o->json) {
			show_node_json(ls, child);
		} else {
			show_node(ls, child, names[i], depth);
		}
		rc = list_below(ls, child, depth + 1);
		free(child);
	}
	free(names);
	return rc;
}

static int terminal_width(void)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) {
		return size.ws_col - 2;
	}
	return 80;
}

int verb_ls(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	    int argc, char **argv)
{
	struct ls ls = { .h = h, .t = t, .o = o, .width = terminal_width() };
	int rc = 0;

	json_begin(o);
	if (argc == 0) {
		rc = list_below(&ls, "/", 0);
	}
	for (int i = 0; i < argc && !rc; i++) {
		rc = list_below(&ls, argv[i], 0);
	}
	json_end(o);
	return rc;
}
