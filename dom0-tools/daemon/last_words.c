/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0-tools/console/logfile.h"
#include "dom0-tools/daemon/last_words.h"

#define LAST_WORDS_BYTES 8192

struct span {
	const char *at;
	size_t len;
};

/* The line that ends before @end, without what belongs to its end. */
static struct span line_before(const char *text, const char *end)
{
	struct span span = { .at = end };

	while (span.at > text && span.at[-1] != '\n') {
		span.at--;
	}
	span.len = (size_t)(end - span.at);
	while (span.len && span.at[span.len - 1] == '\r') {
		span.len--;
	}
	return span;
}

static void hand_over(struct span span,
		      void (*line)(void *ctx, const char *line), void *ctx)
{
	char clean[LAST_WORDS_COLUMNS + 1];
	size_t i;

	for (i = 0; i < span.len && i < LAST_WORDS_COLUMNS; i++) {
		char c = span.at[i];

		clean[i] = c >= ' ' && c <= '~' ? c : '.';
	}
	clean[i] = '\0';
	line(ctx, clean);
}

/* Linux says the cause first and then, at length, how it came there. */
static bool is_cause(struct span span)
{
	static const char words[] = "Kernel panic";

	return memmem(span.at, span.len, words, sizeof(words) - 1);
}

void last_words_split(const char *text, size_t len, int whole,
		      void (*line)(void *ctx, const char *line), void *ctx)
{
	struct span spans[LAST_WORDS_WINDOW], span;
	const char *end = text + len;
	size_t n = 0, from = 0, to;

	while (end > text && n < LAST_WORDS_WINDOW) {
		span = line_before(text, end);
		if (span.len && (whole || span.at > text)) {
			spans[n++] = span;
			from = is_cause(span) ? n : from;
		}
		end = span.at > text ? span.at - 1 : text;
	}
	from = from ? from : n < LAST_WORDS_LINES ? n : LAST_WORDS_LINES;
	to = from > LAST_WORDS_LINES ? from - LAST_WORDS_LINES : 0;
	while (from > to) {
		hand_over(spans[--from], line, ctx);
	}
}

static int log_open(const char *dir, const char *name, struct stat *st)
{
	char safe[200], path[320];
	int fd;

	logfile_safe_name(name, safe, sizeof(safe));
	snprintf(path, sizeof(path), "%.100s/%s.log", dir, safe);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void last_words_read(const char *dir, const char *name,
		     void (*line)(void *ctx, const char *line), void *ctx)
{
	static char text[LAST_WORDS_BYTES];
	struct stat st;
	off_t from;
	ssize_t got;
	int fd = log_open(dir, name, &st);

	if (fd < 0) {
		return;
	}
	from = st.st_size > LAST_WORDS_BYTES ? st.st_size - LAST_WORDS_BYTES
					     : 0;
	got = pread(fd, text, sizeof(text), from);
	if (got > 0) {
		last_words_split(text, (size_t)got, from == 0, line, ctx);
	}
	close(fd);
}
