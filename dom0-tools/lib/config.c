/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a config: file or text, then the words of the command line, then
 * the schema over all of it.
 *
 * The text kept in hl_config.text is a config by itself: the file, and each
 * override as a line after it. Saved configs are that text with the name and
 * UUID the domain has now, so they are read by the same code.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/config_schema.h"
#include "dom0-tools/lib/config_tree.h"

#define CONFIG_COMMAND_LINE "command line"
#define SAVED_MARKER	    "# as it runs:"

void config_report_stderr(void *ctx, enum config_level level, const char *text)
{
	(void)ctx;
	fprintf(stderr, "hl: %s: %s\n",
		level == CONFIG_WARNING ? "warning" : "error", text);
}

static void report_plain(config_report_fn *report, void *ctx, const char *path,
			 const char *what)
{
	char line[512];

	if (report) {
		snprintf(line, sizeof(line), "%.300s: %s", path, what);
		report(ctx, CONFIG_ERROR, line);
	}
}

static size_t name_len(const char *word)
{
	size_t len = 0;

	if (isalpha((unsigned char)*word) || *word == '_') {
		while (isalnum((unsigned char)word[len]) || word[len] == '_') {
			len++;
		}
	}
	return len;
}

/*
 * A word of the command line may be raw: the shell took the quotes off. It is
 * raw if its value does not begin like a string or a list and holds no ';'.
 */
static bool override_is_raw(const char *word, size_t *key_len,
			    const char **value)
{
	*key_len = name_len(word);
	if (*key_len == 0 || word[*key_len] != '=') {
		return false;
	}
	*value = word + *key_len + 1;
	return **value != '"' && **value != '\'' && **value != '[' &&
	       **value != ' ' && !strchr(*value, ';') && !strchr(*value, '\n');
}

static int override_read(struct config_tree *tree, const char *word)
{
	const char *value;
	size_t key_len;

	if (override_is_raw(word, &key_len, &value)) {
		return config_tree_add_string(tree, CONFIG_COMMAND_LINE, word,
					      key_len, value);
	}
	return config_tree_read(tree, CONFIG_COMMAND_LINE, word, strlen(word));
}

static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\') {
			fprintf(out, "\\%c", *text);
		} else if ((unsigned char)*text < 0x20) {
			fprintf(out, "\\%03o", (unsigned int)*text);
		} else {
			fputc(*text, out);
		}
	}
	fputs("\"\n", out);
}

static int text_keep(struct hl_config *config, const char *text, size_t len,
		     char *const overrides[], size_t count)
{
	FILE *out = open_memstream(&config->text, &config->text_len);
	const char *value;
	size_t i, key_len;

	if (!out) {
		return -ENOMEM;
	}
	fwrite(text, 1, len, out);
	for (i = 0; i < count; i++) {
		if (override_is_raw(overrides[i], &key_len, &value)) {
			fprintf(out, "\n%.*s=", (int)key_len, overrides[i]);
			put_quoted(out, value);
		} else {
			fprintf(out, "\n%s\n", overrides[i]);
		}
	}
	return fclose(out) ? -ENOMEM : 0;
}

static int tree_fill(struct config_tree *tree, const char *name,
		     const char *text, size_t len, char *const overrides[],
		     size_t count)
{
	int rc, worst = config_tree_read(tree, name, text, len);
	size_t i;

	for (i = 0; i < count && (worst == 0 || worst == -EINVAL); i++) {
		rc = override_read(tree, overrides[i]);
		worst = rc ? rc : worst;
	}
	return worst;
}

int config_parse_text(const char *name, const char *text, size_t len,
		      char *const overrides[], size_t override_count,
		      config_report_fn *report, void *ctx,
		      struct hl_config **out)
{
	struct hl_config *config = calloc(1, sizeof(*config));
	struct config_tree tree;
	int rc;

	if (!config) {
		return -ENOMEM;
	}
	config_tree_init(&tree, report, ctx);
	config_schema_defaults(config);
	rc = tree_fill(&tree, name, text, len, overrides, override_count);
	if (rc == 0) {
		rc = config_schema_apply(&tree, config);
	}
	if (rc == 0) {
		rc = config_schema_finish(&tree, name, config);
	}
	if (rc == 0) {
		rc = text_keep(config, text, len, overrides, override_count);
	}
	config_tree_clear(&tree);
	if (rc) {
		config_free(config);
		return rc;
	}
	*out = config;
	return 0;
}

/* All of an ordinary file, at most CONFIG_MAX_TEXT bytes. */
static int file_read(int fd, char **text, size_t *len)
{
	size_t have = 0;
	ssize_t got;
	char *bytes = malloc(CONFIG_MAX_TEXT + 1);
	int rc;

	if (!bytes) {
		return -ENOMEM;
	}
	do {
		got = read(fd, bytes + have, CONFIG_MAX_TEXT + 1 - have);
		have += got > 0 ? (size_t)got : 0;
	} while ((got > 0 || (got < 0 && errno == EINTR)) &&
		 have <= CONFIG_MAX_TEXT);
	rc = got < 0 ? -errno : have > CONFIG_MAX_TEXT ? -E2BIG : 0;
	if (rc) {
		free(bytes);
		return rc;
	}
	*text = bytes;
	*len = have;
	return 0;
}

int config_parse_file(const char *path, char *const overrides[],
		      size_t override_count, config_report_fn *report,
		      void *ctx, struct hl_config **out)
{
	bool from_stdin = strcmp(path, "-") == 0;
	int fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t len = 0;
	int rc;

	if (fd < 0) {
		rc = -errno;
	} else {
		rc = file_read(fd, &text, &len);
	}
	if (fd >= 0 && !from_stdin) {
		close(fd);
	}
	if (rc) {
		report_plain(report, ctx, path,
			     rc == -E2BIG ? "over 1 MiB: not a guest's config"
					  : strerror(-rc));
		return rc;
	}
	rc = config_parse_text(path, text, len, overrides, override_count,
			       report, ctx, out);
	free(text);
	return rc;
}

static void saved_path(const uint8_t uuid[16], char *path, size_t len)
{
	char text[37];

	uuid_unparse_lower(uuid, text);
	snprintf(path, len, "%s/%s.cfg", CONFIG_DIR, text);
}

static int dir_make(const char *path)
{
	char part[128];
	char *slash;

	snprintf(part, sizeof(part), "%s/", path);
	for (slash = strchr(part + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0700) && errno != EEXIST) {
			return -errno;
		}
		*slash = '/';
	}
	return 0;
}

/*
 * A text that was saved before ends with the two lines of that time: they are
 * cut off, or each restart would make the file longer.
 */
static size_t saved_text_len(const struct hl_config *config)
{
	static const char marker[] = "\n" SAVED_MARKER "\nuuid=";
	const char *at = memmem(config->text, config->text_len, marker,
				sizeof(marker) - 1);
	const char *end = config->text + config->text_len;
	const char *line = at;
	int lines = 0;

	for (; line; line = memchr(line + 1, '\n', (size_t)(end - line - 1))) {
		lines++;
	}
	/* marker, uuid, name, and the newline at the end: nothing behind. */
	return at && lines == 4 ? (size_t)(at - config->text)
				: config->text_len;
}

static int saved_write(FILE *out, const struct hl_config *config,
		       const char *name, const uint8_t uuid[16])
{
	char text[37];

	uuid_unparse_lower(uuid, text);
	fwrite(config->text, 1, saved_text_len(config), out);
	fprintf(out, "\n" SAVED_MARKER "\nuuid=\"%s\"\nname=", text);
	put_quoted(out, name);
	if (fflush(out) || ferror(out) || fsync(fileno(out))) {
		return errno ? -errno : -EIO;
	}
	return 0;
}

int config_save(const struct hl_config *config, const char *name,
		const uint8_t uuid[16])
{
	char path[160], temp[168];
	int rc = dir_make(CONFIG_DIR);
	FILE *out;

	if (rc) {
		return rc;
	}
	saved_path(uuid, path, sizeof(path));
	snprintf(temp, sizeof(temp), "%s.new", path);
	out = fopen(temp, "we");
	if (!out) {
		return -errno;
	}
	rc = saved_write(out, config, name, uuid);
	fclose(out);
	if (rc == 0 && rename(temp, path)) {
		rc = -errno;
	}
	if (rc) {
		unlink(temp);
	}
	return rc;
}

int config_load_saved(const uint8_t uuid[16], config_report_fn *report,
		      void *ctx, struct hl_config **out)
{
	char path[160];

	saved_path(uuid, path, sizeof(path));
	return config_parse_file(path, NULL, 0, report, ctx, out);
}

void config_forget(const uint8_t uuid[16])
{
	char path[160];

	saved_path(uuid, path, sizeof(path));
	unlink(path);
}
