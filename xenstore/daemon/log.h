/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon says, to stderr in the foreground and to syslog when it is
 * in the background, or to a file that was asked for. One line a message, no
 * state but the level.
 */
#ifndef XENSTORE_DAEMON_LOG_H
#define XENSTORE_DAEMON_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR, /* something is lost */
	LOG_LEVEL_WARN,	 /* a peer misbehaves, a limit is hit */
	LOG_LEVEL_INFO,	 /* connections, domains */
	LOG_LEVEL_TRACE, /* each request */
};

void log_set_level(enum log_level level);
enum log_level log_get_level(void);
void log_to_syslog(void);
/*
 * From now on to the end of a file, made if need be and readable by its owner
 * only; "" goes back to where it went before. -errno: nothing has changed.
 */
int log_to_file(const char *path);
/* That file, "" if there is none; its name up to 255 bytes, else "" too. */
const char *log_get_file(void);

void log_msg(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...) log_msg(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_msg(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_msg(LOG_LEVEL_INFO, __VA_ARGS__)

static inline bool log_tracing(void)
{
	return log_get_level() >= LOG_LEVEL_TRACE;
}

#endif
