/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mark's text is one line: "verb domid name". A file that is empty or torn
 * was left by a process killed while it wrote it; it had done nothing else
 * yet, and counts as "create" with no number.
 *
 * Removing a file that another process is about to lock: after taking the
 * lock, the path must still lead to the same file, or we start over.
 */
#include "dom0-tools/lib/pending.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uuid.h>

static int pending_dir(void)
{
	if (mkdir("/run/hospes", 0755) && errno != EEXIST) {
		return -errno;
	}
	if (mkdir(PENDING_DIR, 0700) && errno != EEXIST) {
		return -errno;
	}
	return 0;
}

static bool pending_same_file(int fd, const char *path)
{
	struct stat by_fd, by_path;

	return fstat(fd, &by_fd) == 0 && stat(path, &by_path) == 0 &&
	       by_fd.st_ino == by_path.st_ino && by_fd.st_dev == by_path.st_dev;
}

static int pending_lock(const char *path, int flags)
{
	for (;;) {
		int fd = open(path, flags | O_RDWR | O_CLOEXEC, 0600);

		if (fd < 0) {
			return -errno;
		}
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			close(fd);
			return -EBUSY;
		}
		if (pending_same_file(fd, path)) {
			return fd;
		}
		close(fd);
	}
}

static int pending_write(const struct pending *mark, const char *text)
{
	size_t length = strlen(text);

	if (ftruncate(mark->fd, 0) ||
	    pwrite(mark->fd, text, length, 0) != (ssize_t)length) {
		return errno ? -errno : -EIO;
	}
	return 0;
}

int pending_set(struct pending *mark, const uint8_t uuid[16], const char *verb,
		const char *name, uint32_t domid)
{
	char text[192], id[37];
	int rc = pending_dir();

	mark->fd = -1;
	if (rc) {
		return rc;
	}
	uuid_unparse_lower(uuid, id);
	snprintf(mark->path, sizeof(mark->path), PENDING_DIR "/%s", id);
	mark->fd = pending_lock(mark->path, O_CREAT);
	if (mark->fd < 0) {
		return mark->fd;
	}
	snprintf(text, sizeof(text), "%s %u %s\n", verb, domid, name);
	rc = pending_write(mark, text);
	if (rc) {
		pending_clear(mark);
	}
	return rc;
}

int pending_set_domid(struct pending *mark, uint32_t domid)
{
	char text[192], verb[16], name[128];
	unsigned int old;
	ssize_t got = pread(mark->fd, text, sizeof(text) - 1, 0);

	if (got <= 0) {
		return -EIO;
	}
	text[got] = '\0';
	name[0] = '\0';
	if (sscanf(text, "%15s %u %127[^\n]", verb, &old, name) < 2) {
		return -EIO;
	}
	snprintf(text, sizeof(text), "%s %u %s\n", verb, domid, name);
	return pending_write(mark, text);
}

void pending_clear(struct pending *mark)
{
	if (mark->fd >= 0) {
		unlink(mark->path);
		close(mark->fd);
		mark->fd = -1;
	}
}

void pending_leave(struct pending *mark)
{
	if (mark->fd >= 0) {
		close(mark->fd);
		mark->fd = -1;
	}
}

static void pending_read(struct pending_found *found)
{
	char text[192];
	ssize_t got = pread(found->mark.fd, text, sizeof(text) - 1, 0);

	strcpy(found->verb, "create");
	strcpy(found->name, "?");
	found->domid = PENDING_NO_DOMID;
	if (got > 0) {
		text[got] = '\0';
		sscanf(text, "%15s %u %127[^\n]", found->verb, &found->domid,
		       found->name);
	}
}

int pending_scan(void (*each)(void *ctx, struct pending_found *found),
		 void *ctx)
{
	struct pending_found found;
	struct dirent *entry;
	DIR *dir = opendir(PENDING_DIR);

	if (!dir) {
		return errno == ENOENT ? 0 : -errno;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (uuid_parse(entry->d_name, found.uuid)) {
			continue;
		}
		snprintf(found.mark.path, sizeof(found.mark.path),
			 PENDING_DIR "/%.40s", entry->d_name);
		found.mark.fd = pending_lock(found.mark.path, 0);
		if (found.mark.fd < 0) {
			continue;
		}
		pending_read(&found);
		each(ctx, &found);
		pending_leave(&found.mark);
	}
	closedir(dir);
	return 0;
}
