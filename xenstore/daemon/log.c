// SPDX-License-Identifier: BSD-2-Clause
/*
 * Text from guests reaches a log only through a "%s" of something that was
 * checked before (paths) or through control_name() style escapes; this file
 * trusts its callers with that.
 */
#include "xenstore/daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static enum log_level max_level = LOG_LEVEL_WARN;
static bool use_syslog;
static FILE *file;
static char file_name[256];

void log_set_level(enum log_level level)
{
	max_level = level;
}

enum log_level log_get_level(void)
{
	return max_level;
}

void log_to_syslog(void)
{
	openlog("xenstored", LOG_PID, LOG_DAEMON);
	use_syslog = true;
}

int log_to_file(const char *path)
{
	FILE *f = NULL;
	int fd;

	if (strlen(path) >= sizeof(file_name)) {
		return -ENAMETOOLONG;
	}
	if (*path != '\0') {
		fd = open(path,
			  O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
				  O_NONBLOCK | O_CLOEXEC,
			  0600);
		if (fd < 0) {
			return -errno;
		}
		f = fdopen(fd, "a");
		if (!f) {
			(void)close(fd);
			return -ENOMEM;
		}
		(void)setvbuf(f, NULL, _IOLBF, 0);
	}
	if (file) {
		(void)fclose(file);
	}
	file = f;
	(void)snprintf(file_name, sizeof(file_name), "%s", path);
	return 0;
}

const char *log_get_file(void)
{
	return file_name;
}

static void to_file(const char *line)
{
	char when[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm)) {
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S ", &tm);
	}
	(void)fprintf(file, "%s%s\n", when, line);
}

static int syslog_priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARN:
		return LOG_WARNING;
	case LOG_LEVEL_INFO:
		return LOG_INFO;
	case LOG_LEVEL_TRACE:
		return LOG_DEBUG;
	}
	return LOG_DEBUG;
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (level > max_level) {
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (file) {
		to_file(line);
	} else if (use_syslog) {
		syslog(syslog_priority(level), "%s", line);
	} else {
		(void)fprintf(stderr, "xenstored: %s\n", line);
	}
}
