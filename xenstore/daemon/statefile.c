// SPDX-License-Identifier: BSD-2-Clause
/*
 * The boot's id is written along: domains of another boot are other domains,
 * and whoever restores by itself must not take them for these.
 */
#include "xenstore/daemon/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xenstore/daemon/state_save.h"

const char *statefile_boot(void)
{
	static char boot[64];
	ssize_t n;
	int fd;

	if (boot[0] != '\0') {
		return boot;
	}
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return boot;
	}
	n = read(fd, boot, sizeof(boot) - 1);
	(void)close(fd);
	boot[n > 0 ? n : 0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	return boot;
}

static int write_all(void *ctx, const void *data, size_t len)
{
	const int *fd = ctx;
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(*fd, p, len);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return -errno;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_state(const struct server *s, int fd)
{
	struct save *sv = calloc(1, sizeof(*sv));
	int rc;

	if (!sv) {
		return -ENOMEM;
	}
	sv->out.sink = write_all;
	sv->out.ctx = &fd;
	sv->boot = statefile_boot();
	save_server(sv, s, SAVE_RINGS);
	save_end(sv);
	rc = sv->out.error;
	save_clear(sv);
	free(sv);
	return rc;
}

/* The new name itself must last, too. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash && slash != path
			       ? strndup(path, (size_t)(slash - path))
			       : strdup(slash ? "/" : ".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int rc = 0;

	free(folder);
	if (fd < 0) {
		return -errno;
	}
	if (fsync(fd) && errno != EINVAL) {
		rc = -errno;
	}
	(void)close(fd);
	return rc;
}

static int write_and_rename(const struct server *s, int fd, const char *name,
			    const char *path)
{
	int rc = write_state(s, fd);

	if (!rc && fsync(fd) && errno != EINVAL) {
		rc = -errno;
	}
	if (close(fd) && !rc) {
		rc = -errno;
	}
	if (!rc && rename(name, path)) {
		rc = -errno;
	}
	return rc ? rc : sync_folder(path);
}

int statefile_write(const struct server *s, const char *path)
{
	char *name;
	int fd;
	int rc;

	if (asprintf(&name, "%s.XXXXXX", path) < 0) {
		return -ENOMEM;
	}
	fd = mkostemp(name, O_CLOEXEC);
	rc = fd < 0 ? -errno : write_and_rename(s, fd, name, path);
	if (fd >= 0 && rc) {
		(void)unlink(name);
	}
	free(name);
	return rc;
}

static int read_all(int fd, char *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = pread(fd, data + at, len - at, (off_t)at);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? -errno : -EIO;
		}
		at += (size_t)n;
	}
	return 0;
}

int statefile_read(int fd, char **data, size_t *len)
{
	struct stat st;
	int rc;

	if (fstat(fd, &st)) {
		return -errno;
	}
	if (!S_ISREG(st.st_mode)) {
		return -EINVAL;
	}
	if (st.st_size > (off_t)UINT32_MAX) {
		return -EFBIG;
	}
	*len = (size_t)st.st_size;
	*data = malloc(*len + 1);
	if (!*data) {
		return -ENOMEM;
	}
	rc = read_all(fd, *data, *len);
	if (rc) {
		free(*data);
		*data = NULL;
	}
	return rc;
}
