/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of settings behind the grammar, and its messages.
 *
 * Memory: the grammar hands strings over; whatever happens they are owned by
 * the tree or freed. Running out is remembered in tree->error and everything
 * after it is refused, so that the grammar need not look at each step.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/config_tree.h"

void config_tree_init(struct config_tree *tree, config_report_fn *report,
		      void *ctx)
{
	memset(tree, 0, sizeof(*tree));
	tree->report = report;
	tree->report_ctx = ctx;
}

static void tree_report(struct config_tree *tree, enum config_level level,
			struct config_pos pos, const char *format, va_list args)
{
	char what[512], line[768];

	vsnprintf(what, sizeof(what), format, args);
	if (pos.line > 0) {
		snprintf(line, sizeof(line), "%s:%d:%d: %s", pos.file, pos.line,
			 pos.column, what);
	} else {
		snprintf(line, sizeof(line), "%s: %s", pos.file, what);
	}
	if (tree->report) {
		tree->report(tree->report_ctx, level, line);
	}
}

void config_tree_error(struct config_tree *tree, struct config_pos pos,
		       const char *format, ...)
{
	va_list args;

	tree->errors++;
	va_start(args, format);
	tree_report(tree, CONFIG_ERROR, pos, format, args);
	va_end(args);
}

void config_tree_warn(struct config_tree *tree, struct config_pos pos,
		      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tree_report(tree, CONFIG_WARNING, pos, format, args);
	va_end(args);
}

void config_value_free(struct config_value *value)
{
	struct config_value *next;

	/* As deep as CONFIG_MAX_DEPTH: the lexer refuses more. */
	for (; value; value = next) {
		next = value->next;
		config_value_free(value->items);
		free(value->text);
		free(value);
	}
}

struct config_value *config_value_new(struct config_tree *tree,
				      enum config_kind kind,
				      struct config_pos pos, char *text)
{
	struct config_value *value = calloc(1, sizeof(*value));

	if (!value || (kind != CONFIG_LIST && !text)) {
		tree->error = -ENOMEM;
		free(value);
		free(text);
		return NULL;
	}
	value->kind = kind;
	value->pos = pos;
	value->text = text;
	return value;
}

/*
 * Lists are built newest first and turned round at the bracket: joining at
 * the end would cost a walk for each item.
 */
struct config_value *config_value_turn(struct config_value *newest)
{
	struct config_value *turned = NULL, *next;

	for (; newest; newest = next) {
		next = newest->next;
		newest->next = turned;
		turned = newest;
	}
	return turned;
}

void config_setting_add(struct config_tree *tree, struct config_pos pos,
			char *key, bool append, struct config_value *value)
{
	struct config_setting *setting = NULL;

	if (key && value) {
		setting = calloc(1, sizeof(*setting));
	}
	if (!setting) {
		tree->error = -ENOMEM;
		free(key);
		config_value_free(value);
		return;
	}
	setting->key = key;
	setting->append = append;
	setting->pos = pos;
	setting->value = value;
	if (tree->last) {
		tree->last->next = setting;
	} else {
		tree->first = setting;
	}
	tree->last = setting;
}

int config_tree_add_string(struct config_tree *tree, const char *file,
			   const char *key, size_t key_len, const char *value)
{
	struct config_pos pos = { .file = file, .line = 1, .column = 1 };
	struct config_value *node;

	node = config_value_new(tree, CONFIG_STRING, pos, strdup(value));
	config_setting_add(tree, pos, strndup(key, key_len), false, node);
	return tree->error;
}

void config_tree_clear(struct config_tree *tree)
{
	struct config_setting *setting = tree->first, *next;

	for (; setting; setting = next) {
		next = setting->next;
		config_value_free(setting->value);
		free(setting->key);
		free(setting);
	}
	free(tree->string);
	tree->string = NULL;
	tree->first = NULL;
	tree->last = NULL;
}

void config_string_begin(struct config_tree *tree, struct config_pos pos)
{
	free(tree->string);
	tree->string = NULL;
	tree->string_len = 0;
	tree->string_size = 0;
	tree->string_pos = pos;
	config_string_add(tree, "", 0);
}

void config_string_add(struct config_tree *tree, const char *bytes, size_t len)
{
	size_t need = tree->string_len + len + 1;

	if (need > tree->string_size) {
		size_t size = need * 2;
		char *grown = realloc(tree->string, size);

		if (!grown) {
			tree->error = -ENOMEM;
			return;
		}
		tree->string = grown;
		tree->string_size = size;
	}
	memcpy(tree->string + tree->string_len, bytes, len);
	tree->string_len += len;
	tree->string[tree->string_len] = '\0';
}

char *config_string_take(struct config_tree *tree)
{
	char *string = tree->string;

	tree->string = NULL;
	return string;
}
