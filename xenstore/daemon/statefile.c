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
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xenstore/daemon/state_save.h"

const char *statefile_boot(void)
{
	static char boot[STATE_BOOT_MAX];
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

int file_replaceable(const char *path, mode_t type)
{
	struct stat st;

	if (lstat(path, &st)) {
		return errno == ENOENT ? 0 : -errno;
	}
	return (st.st_mode & S_IFMT) == type ? 0 : -EEXIST;
}

int file_write(void *ctx, const void *data, size_t len)
{
	struct file_out *f = ctx;
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(f->fd, p, len);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return -errno;
		}
		p += n;
		len -= (size_t)n;
		f->len += n;
	}
	return 0;
}

void file_close(struct file_out *f)
{
	if (f->fd >= 0) {
		(void)close(f->fd);
	}
	*f = (struct file_out){ .fd = -1 };
}

static int write_state(const struct server *s, int fd, enum save_scope scope,
		       const struct state_value *handover)
{
	struct save *sv = calloc(1, sizeof(*sv));
	struct file_out f = { .fd = fd };
	int rc;

	if (!sv) {
		return -ENOMEM;
	}
	sv->out.sink = file_write;
	sv->out.ctx = &f;
	sv->boot = statefile_boot();
	save_server(sv, s, scope);
	if (handover) {
		state_put(&sv->out, STATE_HANDOVER, handover);
	}
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
	int rc = write_state(s, fd, SAVE_RINGS, NULL);

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
	int rc = file_replaceable(path, S_IFREG);
	char *name;
	int fd;

	if (rc) {
		return rc;
	}
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

int statefile_memory(const struct server *s, const struct state_value *handover)
{
	int fd = memfd_create("xenstored", MFD_CLOEXEC);
	int rc = fd < 0 ? -errno : write_state(s, fd, SAVE_ALL, handover);

	if (fd >= 0 && rc) {
		(void)close(fd);
	}
	return rc ? rc : fd;
}

/* A copy: what is judged must not change any more. */
static int read_all(int fd, char **data, size_t *len)
{
	struct stat st;
	size_t at = 0;
	ssize_t n = 1;

	if (fstat(fd, &st)) {
		return -errno;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)UINT32_MAX) {
		return S_ISREG(st.st_mode) ? -EFBIG : -EINVAL;
	}
	*len = (size_t)st.st_size;
	*data = malloc(*len + 1);
	if (!*data) {
		return -ENOMEM;
	}
	while (at < *len && (n > 0 || errno == EINTR)) {
		n = pread(fd, *data + at, *len - at, (off_t)at);
		at += n > 0 ? (size_t)n : 0;
		errno = n == 0 ? EIO : errno;
	}
	return at < *len ? -errno : 0;
}

int statefile_load(struct server *s, int fd, bool journal,
		   struct state_extra *extra, char error[STATE_ERROR])
{
	char *data = NULL;
	size_t len = 0;
	int rc = read_all(fd, &data, &len);

	error[0] = '\0';
	(void)close(fd);
	if (!rc) {
		rc = state_load(s, data, len, journal, extra, error);
	}
	free(data);
	if (rc && error[0] == '\0') {
		(void)snprintf(error, STATE_ERROR, "%s",
			       rc == -EINVAL ? "not a plain file"
					     : strerror(-rc));
	}
	return rc;
}
