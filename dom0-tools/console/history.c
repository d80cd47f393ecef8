/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "dom0-tools/console/history.h"

static size_t least(uint64_t a, uint64_t b)
{
	return (size_t)(a < b ? a : b);
}

void history_add(struct history *history, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t at = history->written % HISTORY_SIZE;
		size_t piece = least(len, HISTORY_SIZE - at);

		memcpy(history->bytes + at, bytes, piece);
		history->written += piece;
		bytes += piece;
		len -= piece;
	}
	if (history->written - history->read > HISTORY_SIZE) {
		history->lost +=
			history->written - history->read - HISTORY_SIZE;
		history->read = history->written - HISTORY_SIZE;
	}
}

size_t history_peek(const struct history *history, const char **bytes)
{
	size_t at = history->read % HISTORY_SIZE;

	*bytes = history->bytes + at;
	return least(history->written - history->read, HISTORY_SIZE - at);
}

void history_consume(struct history *history, size_t len)
{
	history->read += len;
}

void history_rewind(struct history *history)
{
	uint64_t back = least(history->written, HISTORY_REPLAY);
	uint64_t at = history->written - back;

	if (at > 0) {
		/* The middle of a line, or of an escape sequence: skip it. */
		while (at < history->written &&
		       history->bytes[(at - 1) % HISTORY_SIZE] != '\n') {
			at++;
		}
		if (at == history->written) {
			at = history->written - back;
		}
	}
	history->read = at;
}

void history_skip(struct history *history)
{
	history->read = history->written;
}
