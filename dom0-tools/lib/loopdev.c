/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LOOP_CTL_GET_FREE names a free device but does not reserve it: another
 * process may take it first, then LOOP_CONFIGURE says EBUSY and we ask
 * again.
 */
#include "dom0-tools/lib/loopdev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/loop.h>

#define LOOPDEV_ATTEMPTS 64

static int loopdev_open(int number, bool readwrite, char *path, size_t path_len)
{
	int fd;

	snprintf(path, path_len, "/dev/loop%d", number);
	fd = open(path, (readwrite ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Returns 0, -EBUSY when somebody else was quicker, or why it cannot be. */
static int loopdev_configure(int device, int backing, const char *file,
			     bool readwrite, bool direct)
{
	struct loop_config config;

	memset(&config, 0, sizeof(config));
	config.fd = (unsigned int)backing;
	config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
	if (!readwrite) {
		config.info.lo_flags |= LO_FLAGS_READ_ONLY;
	}
	if (direct) {
		config.info.lo_flags |= LO_FLAGS_DIRECT_IO;
	}
	strncpy((char *)config.info.lo_file_name, file, LO_NAME_SIZE - 1);
	return ioctl(device, LOOP_CONFIGURE, &config) ? -errno : 0;
}

int loopdev_attach(const char *file, bool readwrite, bool direct, char *path,
		   size_t path_len)
{
	int backing, control, rc = -EBUSY, attempt;

	backing = open(file, (readwrite ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (backing < 0) {
		return -errno;
	}
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0) {
		rc = -errno;
		close(backing);
		return rc;
	}
	for (attempt = 0; attempt < LOOPDEV_ATTEMPTS && rc == -EBUSY;
	     attempt++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		int device;

		if (number < 0) {
			rc = -errno;
			break;
		}
		device = loopdev_open(number, readwrite, path, path_len);
		if (device < 0) {
			rc = device;
			break;
		}
		rc = loopdev_configure(device, backing, file, readwrite,
				       direct);
		if (rc) {
			close(device);
		} else {
			rc = device;
		}
	}
	close(control);
	close(backing);
	return rc;
}
