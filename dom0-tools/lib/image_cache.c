/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacked kernels, kept for the next guest: unpacking xz is most of the time
 * that a create takes.
 *
 * A file is known by device, inode, size, and both times to the nanosecond:
 * ctime cannot be set back by anyone who may write the file, so a changed
 * kernel is a new name here. The directory must be root's own and closed to
 * others, or the cache is not used. It is only ever an optimisation: each
 * failure means that the kernel is unpacked once more.
 *
 * At most CACHE_FILES are kept (oldest go first), and nothing is written
 * where less than CACHE_SPARE times its size is free.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "dom0-tools/lib/image_private.h"

#define CACHE_PARENT "/var/cache/hospes"
#define CACHE_DIR    "/var/cache/hospes/kernels"
#define CACHE_FILES  4
#define CACHE_SPARE  4

static int cache_open_dir(bool create)
{
	struct stat st;
	int dir;

	if (create) {
		mkdir("/var/cache", 0755);
		mkdir(CACHE_PARENT, 0755);
		mkdir(CACHE_DIR, 0700);
	}
	dir = open(CACHE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0) {
		return -1;
	}
	if (fstat(dir, &st) || st.st_uid != 0 || geteuid() != 0 ||
	    (st.st_mode & 077)) {
		close(dir);
		return -1;
	}
	return dir;
}

static bool cache_name(int fd, char *name, size_t len)
{
	struct stat st;

	if (fstat(fd, &st)) {
		return false;
	}
	snprintf(name, len, "%llx-%llx-%llx-%llx.%lx-%llx.%lx.elf",
		 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
		 (unsigned long long)st.st_size,
		 (unsigned long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		 (unsigned long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	return true;
}

static bool cache_read(int kept, struct image *image)
{
	struct stat st;

	return fstat(kept, &st) == 0 && st.st_size > 0 &&
	       (uint64_t)st.st_size <= IMAGE_MAX_SIZE &&
	       image_plain_open(kept, (size_t)st.st_size, image);
}

bool image_cache_get(int fd, struct image *image)
{
	char name[160];
	int dir = cache_open_dir(false), kept;
	bool got = false;

	if (dir < 0) {
		return false;
	}
	if (cache_name(fd, name, sizeof(name))) {
		kept = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (kept >= 0) {
			got = cache_read(kept, image);
			futimens(kept, NULL);
			close(kept);
		}
	}
	close(dir);
	return got;
}

/* Removes the least recently used of CACHE_FILES or more. */
static void cache_trim(int dir)
{
	char oldest[256] = "";
	struct timespec when = { 0 };
	struct dirent *entry;
	struct stat st;
	int count = 0;
	DIR *list = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY));

	if (!list) {
		return;
	}
	while ((entry = readdir(list))) {
		if (entry->d_name[0] == '.' ||
		    fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW)) {
			continue;
		}
		if (count++ == 0 || st.st_mtim.tv_sec < when.tv_sec) {
			when = st.st_mtim;
			snprintf(oldest, sizeof(oldest), "%s", entry->d_name);
		}
	}
	closedir(list);
	if (count >= CACHE_FILES) {
		unlinkat(dir, oldest, 0);
	}
}

static bool cache_has_room(int dir, size_t size)
{
	struct statvfs fs;

	return fstatvfs(dir, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize >
						  (uint64_t)size * CACHE_SPARE;
}

static void cache_write(int dir, const char *name, const struct image *image)
{
	char temp[180];
	int kept;
	bool whole;

	snprintf(temp, sizeof(temp), ".%d-%.150s", getpid(), name);
	kept = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (kept < 0) {
		return;
	}
	whole = write(kept, image->elf, image->elf_size) ==
		(ssize_t)image->elf_size;
	if (close(kept) || !whole || renameat(dir, temp, dir, name)) {
		unlinkat(dir, temp, 0);
	}
}

void image_cache_put(int fd, const struct image *image)
{
	char name[160];
	int dir;

	if (strcmp(image->compression, "none") == 0 ||
	    !cache_name(fd, name, sizeof(name))) {
		return;
	}
	dir = cache_open_dir(true);
	if (dir < 0) {
		return;
	}
	if (cache_has_room(dir, image->elf_size)) {
		cache_trim(dir);
		cache_write(dir, name, image);
	}
	close(dir);
}
