/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/config_words.h"

int config_word_number(const char *text, int64_t *value)
{
	char *end;
	long long got;

	if (!isdigit((unsigned char)*text) && *text != '-') {
		return -EINVAL;
	}
	errno = 0;
	got = strtoll(text, &end, 0);
	if (errno == ERANGE) {
		return -ERANGE;
	}
	if (end == text || *end != '\0') {
		return -EINVAL;
	}
	*value = got;
	return 0;
}

int config_word_find(const struct config_word *table, const char *word,
		     int *value)
{
	for (; table->word; table++) {
		if (strcmp(table->word, word) == 0) {
			*value = table->value;
			return 0;
		}
	}
	return -EINVAL;
}

void config_word_list(const struct config_word *table, char *text, size_t len)
{
	size_t used = 0;
	int got;

	text[0] = '\0';
	for (; table->word && used < len; table++) {
		got = snprintf(text + used, len - used, "%s%s",
			       used ? ", " : "", table->word);
		if (got < 0) {
			return;
		}
		used += (size_t)got;
	}
}

char *config_word_trim(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text)) {
		text++;
	}
	len = strlen(text);
	while (len > 0 && isspace((unsigned char)text[len - 1])) {
		text[--len] = '\0';
	}
	return text;
}

char *config_word_next(char **rest)
{
	char *part = *rest, *comma;

	if (!part) {
		return NULL;
	}
	comma = strchr(part, ',');
	if (comma) {
		*comma = '\0';
		*rest = comma + 1;
	} else {
		*rest = NULL;
	}
	return config_word_trim(part);
}

int config_word_set(char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		return -ENOMEM;
	}
	free(*to);
	*to = copy;
	return 0;
}
