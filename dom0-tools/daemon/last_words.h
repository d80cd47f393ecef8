/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DAEMON_LAST_WORDS_H
#define HOSPES_DAEMON_LAST_WORDS_H
/*
 * What a guest said on its console before it crashed: the end of the log that
 * hospes-consoled keeps. The hypervisor's own report has only what came by
 * hypercall, which is little of what a Linux guest says.
 */
#include <stddef.h>

#define LAST_WORDS_LINES   20
#define LAST_WORDS_WINDOW  80
#define LAST_WORDS_COLUMNS 160

/*
 * Hands lines of the end of @text, which a guest wrote, to @line: of the last
 * LAST_WORDS_WINDOW that are not empty those from the first that says "Kernel
 * panic", without one the last; at most LAST_WORDS_LINES, each cut at
 * LAST_WORDS_COLUMNS bytes and with '.' for what is not printable ASCII.
 * @whole: @text begins at the start of a line; otherwise its first line is
 * left out.
 */
void last_words_split(const char *text, size_t len, int whole,
		      void (*line)(void *ctx, const char *line), void *ctx);

/* Reads the end of guest @name's log in @dir; nothing without one. */
void last_words_read(const char *dir, const char *name,
		     void (*line)(void *ctx, const char *line), void *ctx);

#endif
