/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_CONFIG_WORDS_H
#define HOSPES_DOM0_CONFIG_WORDS_H
/*
 * Small readers shared by the config_*.c files: numbers with nothing behind
 * them, names out of a table, comma-separated parts.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_word {
	const char *word;
	int value;
};

/* All of text is one number (decimal, 0x, 0): 0 or -EINVAL, -ERANGE. */
int config_word_number(const char *text, int64_t *value);
/* Value of the word, -EINVAL if the table (ended by NULL) lacks it. */
int config_word_find(const struct config_word *table, const char *word,
		     int *value);
/* "a, b, c" of a table into text, for messages. */
void config_word_list(const struct config_word *table, char *text, size_t len);
/*
 * Cuts the next comma-separated part off *rest, blanks round it taken away.
 * NULL when there is none left; *rest is NULL after the last.
 */
char *config_word_next(char **rest);
char *config_word_trim(char *text);
/* *to = copy of text, the old value freed; -ENOMEM. */
int config_word_set(char **to, const char *text);

#endif
