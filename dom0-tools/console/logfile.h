/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_CONSOLE_LOGFILE_H
#define HOSPES_CONSOLE_LOGFILE_H
/*
 * <dir>/<name>.log, rotated to .1, .2 .. when it passes `limit` bytes. A name
 * comes from the store: what is not fit for a file name becomes '_'.
 *
 * A log that cannot be written (full disk) drops bytes and goes on; the next
 * write that works says how many are missing.
 */
#include <stddef.h>
#include <stdint.h>

struct logfile {
	char path[320];
	int fd; /* -1: closed */
	uint64_t size;
	uint64_t limit;
	unsigned int keep; /* rotated files beside the current one */
	uint64_t dropped;
};

/* 0 or -Exxx; on error the log is closed and logfile_write() does nothing. */
int logfile_open(struct logfile *log, const char *dir, const char *name,
		 uint64_t limit, unsigned int keep);
void logfile_write(struct logfile *log, const char *bytes, size_t len);
/* Somebody else renamed it (logrotate): open the name again. */
void logfile_reopen(struct logfile *log);
void logfile_close(struct logfile *log);
/* Makes `to` a single safe path component. */
void logfile_safe_name(const char *name, char *to, size_t len);

#endif
