/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grammar of xl.cfg: settings, one a line or parted by ';'; values are
 * strings, numbers and lists of values. It only builds the tree; what a key
 * may hold is config_schema.c's business.
 */
%define api.pure full
%define api.prefix {config_gram_}
%define api.location.type {struct config_pos}
%define parse.error custom
%define parse.lac full
%locations
%parse-param {struct config_tree *tree} {void *scanner}
%lex-param {void *scanner}

%code requires {
#include "dom0-tools/lib/config_tree.h"
}

%union {
	char *text;
	bool append;
	struct config_value *value;
}

%code {
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YYLLOC_DEFAULT(cur, rhs, n) \
	((cur) = (n) ? YYRHSLOC(rhs, 1) : YYRHSLOC(rhs, 0))

int config_lex_lex(CONFIG_GRAM_STYPE *value, CONFIG_GRAM_LTYPE *pos,
		   void *scanner);
int config_lex_lex_init_extra(struct config_tree *tree, void **scanner);
int config_lex_lex_destroy(void *scanner);
struct yy_buffer_state;
struct yy_buffer_state *config_lex__scan_bytes(const char *bytes, int len,
					       void *scanner);
char *config_lex_get_text(void *scanner);

static void config_gram_error(CONFIG_GRAM_LTYPE *pos, struct config_tree *tree,
			      void *scanner, const char *what)
{
	(void)scanner;
	config_tree_error(tree, *pos, "%s", what);
}
#define config_gram_lex config_lex_lex
}

%token <text> CONFIG_TOK_NAME "a name"
%token <text> CONFIG_TOK_STRING "a string"
%token <text> CONFIG_TOK_NUMBER "a number"
%token CONFIG_TOK_END "end of line"
%token CONFIG_TOK_APPEND "'+='"
%token CONFIG_TOK_BAD "a mistake"
%type <append> assign
%type <value> value items
%destructor { free($$); } <text>
%destructor { config_value_free($$); } <value>

%%

text: settings last ;

settings: %empty | settings line ;

line:	  CONFIG_TOK_END
	| setting CONFIG_TOK_END
	| error CONFIG_TOK_END	{ tree->depth = 0; yyerrok; }
	;

last:	  %empty | setting ;

setting: CONFIG_TOK_NAME assign value
		{ config_setting_add(tree, @1, $1, $2, $3); }
	;

assign:	  '='			{ $$ = false; }
	| CONFIG_TOK_APPEND	{ $$ = true; }
	;

value:	  CONFIG_TOK_STRING
		{ $$ = config_value_new(tree, CONFIG_STRING, @1, $1); }
	| CONFIG_TOK_NUMBER
		{ $$ = config_value_new(tree, CONFIG_NUMBER, @1, $1); }
	| '[' ']'
		{ $$ = config_value_new(tree, CONFIG_LIST, @1, NULL); }
	| '[' items comma ']'
		{
			$$ = config_value_new(tree, CONFIG_LIST, @1, NULL);
			if ($$) {
				$$->items = config_value_turn($2);
			} else {
				config_value_free($2);
			}
		}
	;

comma:	  %empty | ',' ;

items:	  value			{ $$ = $1; }
	| items ',' value
		{
			$$ = $3;
			if ($$) {
				$$->next = $1;
			} else {
				config_value_free($1);
			}
		}
	;

%%

/* "unexpected 'x', expected a string or '['": at most four alternatives. */
static int yyreport_syntax_error(const yypcontext_t *context,
				 struct config_tree *tree, void *scanner)
{
	yysymbol_kind_t found = yypcontext_token(context);
	yysymbol_kind_t want[4];
	const char *text = config_lex_get_text(scanner);
	char what[256], expected[128] = "";
	int i, count;

	if (found == YYSYMBOL_CONFIG_TOK_BAD) {
		return 0; /* the lexer told it already */
	}
	count = yypcontext_expected_tokens(context, want, 4);
	for (i = 0; i < count; i++) {
		strncat(expected, i == 0 ? ", expected " : " or ",
			sizeof(expected) - strlen(expected) - 1);
		strncat(expected, yysymbol_name(want[i]),
			sizeof(expected) - strlen(expected) - 1);
	}
	if (found == YYSYMBOL_CONFIG_TOK_STRING) {
		snprintf(what, sizeof(what), "a string");
	} else if (found == YYSYMBOL_YYEOF || !text || !*text) {
		snprintf(what, sizeof(what), "the end of the text");
	} else if (*text == '\n') {
		snprintf(what, sizeof(what), "the end of the line");
	} else {
		snprintf(what, sizeof(what), "'%.60s'", text);
	}
	config_tree_error(tree, *yypcontext_location(context),
			  "syntax error: unexpected %s%s", what, expected);
	return 0;
}

int config_tree_read(struct config_tree *tree, const char *file,
		     const char *text, size_t len)
{
	unsigned int errors = tree->errors;
	void *scanner;

	tree->file = file;
	tree->line = 1;
	tree->column = 1;
	tree->depth = 0;
	if (len > CONFIG_MAX_TEXT) {
		return -E2BIG;
	}
	if (memchr(text, '\0', len)) {
		config_tree_error(tree, (struct config_pos){ .file = file },
				  "holds a NUL byte: not a text");
		return -EINVAL;
	}
	if (config_lex_lex_init_extra(tree, &scanner)) {
		return -ENOMEM;
	}
	if (!config_lex__scan_bytes(text, (int)len, scanner)) {
		config_lex_lex_destroy(scanner);
		return -ENOMEM;
	}
	if (config_gram_parse(tree, scanner) == 2 && !tree->error) {
		tree->error = -ENOMEM;
	}
	config_lex_lex_destroy(scanner);
	if (tree->error) {
		return tree->error;
	}
	return tree->errors == errors ? 0 : -EINVAL;
}
