// SPDX-License-Identifier: BSD-2-Clause
/*
 * Values are bytes, not text: bytes outside printable ASCII are written as
 * \u00XX, which keeps each byte recognisable.
 */
#include "xenstore/daemon/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xenstore/daemon/statefile.h"

static void put_string(const char *s, size_t len, FILE *f)
{
	(void)fputc('"', f);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\') {
			(void)fprintf(f, "\\%c", c);
		} else if (c < 0x20 || c > 0x7e) {
			(void)fprintf(f, "\\u%04x", c);
		} else {
			(void)fputc(c, f);
		}
	}
	(void)fputc('"', f);
}

static void put_perms(const struct perms *perms, FILE *f)
{
	char text[PERMS_ENTRY_MAX];

	(void)fputs("\"perms\":\"", f);
	for (unsigned int i = 0; i < perms->count; i++) {
		(void)perms_format_entry(&perms->entry[i], text);
		(void)fprintf(f, "%s%s", i ? " " : "", text);
	}
	(void)fputc('"', f);
}

void dump_tree(const struct node *root, FILE *f)
{
	const struct node *child;
	struct child_iter it;
	bool first = true;

	(void)fputc('{', f);
	put_perms(node_perms(root), f);
	if (root->value_len) {
		(void)fputs(",\"value\":", f);
		put_string(node_value(root), root->value_len, f);
	}
	if (node_child_count(root)) {
		(void)fputs(",\"children\":{", f);
	}
	child_iter_start(&it, root);
	while ((child = child_next(&it))) {
		(void)fputs(first ? "\n" : ",\n", f);
		first = false;
		put_string(child->name, child->name_len, f);
		(void)fputc(':', f);
		dump_tree(child, f);
	}
	(void)fputs(node_child_count(root) ? "}}" : "}", f);
}

FILE *dump_create(const char *path, int *rc)
{
	FILE *f;
	int fd;

	*rc = file_replaceable(path, S_IFREG);
	if (*rc) {
		return NULL;
	}
	if (unlink(path) && errno != ENOENT) {
		*rc = -errno;
		return NULL;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		*rc = -errno;
		return NULL;
	}
	f = fdopen(fd, "w");
	if (!f) {
		(void)close(fd);
		*rc = -ENOMEM;
	}
	return f;
}

int dump_finish(FILE *f)
{
	int bad = ferror(f);

	return fclose(f) || bad ? -EIO : 0;
}

int dump_to_file(const struct server *s, const char *path)
{
	int rc = 0;
	FILE *f = dump_create(path, &rc);

	if (!f) {
		return rc;
	}
	dump_tree(s->root, f);
	(void)fputc('\n', f);
	return dump_finish(f);
}
