/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_CONFIG_TREE_H
#define HOSPES_DOM0_CONFIG_TREE_H
/*
 * What the grammar makes of a text: settings in the order written, each with
 * its value and where it stood. Private to the config_*.c files; the typed
 * view for everyone else is config.h.
 *
 * A tree takes several texts one after another (the file, then each word of
 * the command line); a later setting of the same key wins.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0-tools/lib/config.h"

#define CONFIG_MAX_DEPTH 8 /* lists inside lists */
#define CONFIG_MAX_TEXT	 (1u << 20)

struct config_pos {
	const char *file;
	int line;
	int column;
};

enum config_kind {
	CONFIG_STRING,
	CONFIG_NUMBER,
	CONFIG_LIST
};

struct config_value {
	enum config_kind kind;
	struct config_pos pos;
	char *text; /* string unescaped, or the number's digits; else NULL */
	struct config_value *items; /* of a list: first one */
	struct config_value *next;  /* the next in the list that holds it */
};

struct config_setting {
	char *key;
	bool append; /* key += value */
	struct config_pos pos;
	struct config_value *value;
	struct config_setting *next;
};

struct config_tree {
	struct config_setting *first;
	struct config_setting *last;
	const char *file; /* of the text being read */
	config_report_fn *report;
	void *report_ctx;
	unsigned int errors;
	int error; /* first -Exxx that is not a mistake in the text */
	/* The lexer's own: where it is, and the string being collected. */
	int line;
	int column;
	int depth;
	char *string;
	size_t string_len;
	size_t string_size;
	struct config_pos string_pos;
};

void config_tree_init(struct config_tree *tree, config_report_fn *report,
		      void *ctx);
/* Adds one text. 0, -EINVAL (reported) or -ENOMEM. file must outlive tree. */
int config_tree_read(struct config_tree *tree, const char *file,
		     const char *text, size_t len);
/* key = value without the language, for a raw word of the command line. */
int config_tree_add_string(struct config_tree *tree, const char *file,
			   const char *key, size_t key_len, const char *value);
void config_tree_clear(struct config_tree *tree);

void config_tree_error(struct config_tree *tree, struct config_pos pos,
		       const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void config_tree_warn(struct config_tree *tree, struct config_pos pos,
		      const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* For the grammar; each takes what it is given, even when it fails. */
struct config_value *config_value_new(struct config_tree *tree,
				      enum config_kind kind,
				      struct config_pos pos, char *text);
void config_value_free(struct config_value *value);
struct config_value *config_value_turn(struct config_value *newest);
void config_setting_add(struct config_tree *tree, struct config_pos pos,
			char *key, bool append, struct config_value *value);

/* For the lexer. */
void config_string_begin(struct config_tree *tree, struct config_pos pos);
void config_string_add(struct config_tree *tree, const char *bytes, size_t len);
char *config_string_take(struct config_tree *tree);

#endif
