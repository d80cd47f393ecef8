/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0-tools/console/logfile.h"

void logfile_safe_name(const char *name, char *to, size_t len)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < len; i++) {
		to[i] = isalnum((unsigned char)name[i]) ||
					strchr("+-_@", name[i]) ||
					(name[i] == '.' && i > 0)
				? name[i]
				: '_';
	}
	to[i] = '\0';
	if (i == 0 && len > 1) {
		to[0] = '_';
		to[1] = '\0';
	}
}

static int logfile_open_path(struct logfile *log)
{
	struct stat st;

	log->fd = open(log->path,
		       O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
			       O_NONBLOCK,
		       0600);
	if (log->fd < 0) {
		return -errno;
	}
	if (fstat(log->fd, &st) || !S_ISREG(st.st_mode)) {
		logfile_close(log);
		return -EINVAL;
	}
	log->size = (uint64_t)st.st_size;
	return 0;
}

int logfile_open(struct logfile *log, const char *dir, const char *name,
		 uint64_t limit, unsigned int keep)
{
	char safe[200];

	logfile_safe_name(name, safe, sizeof(safe));
	snprintf(log->path, sizeof(log->path), "%.100s/%s.log", dir, safe);
	log->limit = limit;
	log->keep = keep;
	log->dropped = 0;
	return logfile_open_path(log);
}

void logfile_close(struct logfile *log)
{
	if (log->fd >= 0) {
		close(log->fd);
	}
	log->fd = -1;
}

void logfile_reopen(struct logfile *log)
{
	if (log->fd >= 0) {
		logfile_close(log);
		logfile_open_path(log);
	}
}

/* x.log.2 becomes x.log.3, and so on down to x.log becoming x.log.1. */
static void logfile_rotate(struct logfile *log)
{
	char from[340], to[340];
	unsigned int i;

	for (i = log->keep; i > 0; i--) {
		snprintf(to, sizeof(to), "%s.%u", log->path, i);
		if (i > 1) {
			snprintf(from, sizeof(from), "%s.%u", log->path, i - 1);
		} else {
			snprintf(from, sizeof(from), "%s", log->path);
		}
		rename(from, to);
	}
	if (log->keep == 0) {
		unlink(log->path);
	}
	logfile_reopen(log);
}

static void logfile_put(struct logfile *log, const char *bytes, size_t len)
{
	ssize_t got = write(log->fd, bytes, len);

	if (got < 0) {
		log->dropped += len;
		return;
	}
	log->size += (uint64_t)got;
	log->dropped += len - (size_t)got;
}

void logfile_write(struct logfile *log, const char *bytes, size_t len)
{
	char note[64];
	uint64_t dropped = log->dropped;
	int note_len;

	if (log->fd < 0 || len == 0) {
		return;
	}
	if (log->limit && log->size + len > log->limit && log->size > 0) {
		logfile_rotate(log);
		if (log->fd < 0) {
			return;
		}
	}
	if (dropped) {
		log->dropped = 0;
		note_len = snprintf(note, sizeof(note),
				    "\n[%llu bytes were not logged]\n",
				    (unsigned long long)dropped);
		logfile_put(log, note, (size_t)note_len);
		if (log->dropped) {
			log->dropped = dropped + len;
			return;
		}
	}
	logfile_put(log, bytes, len);
}
