/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_CONSOLE_HISTORY_H
#define HOSPES_CONSOLE_HISTORY_H
/*
 * The last HISTORY_SIZE bytes a guest printed, and how far its reader is.
 *
 * One buffer is both the queue to the terminal and the replay for a reader
 * who comes later. Positions count bytes since the beginning and never wrap
 * in practice (64 bits). A reader that falls behind by more than the buffer
 * loses the oldest bytes: the guest never waits for a reader.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_SIZE   (64u << 10)
#define HISTORY_REPLAY (4u << 10)

struct history {
	char bytes[HISTORY_SIZE];
	uint64_t written;
	uint64_t read;
	uint64_t lost; /* bytes the reader never saw */
};

void history_add(struct history *history, const char *bytes, size_t len);
/* What the reader sees next: a piece in one run; 0: nothing. */
size_t history_peek(const struct history *history, const char **bytes);
void history_consume(struct history *history, size_t len);
/* A new reader: begins at a line at most HISTORY_REPLAY bytes back. */
void history_rewind(struct history *history);
/* Nobody reads: what comes now is for the replay only. */
void history_skip(struct history *history);

#endif
