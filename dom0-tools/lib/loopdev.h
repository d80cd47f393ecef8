/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_LOOPDEV_H
#define HOSPES_DOM0_LOOPDEV_H
/*
 * A file as a block device. The device clears itself when its last user
 * closes it: the returned descriptor keeps it until blkback has it, and a
 * killed toolstack leaves none behind.
 */
#include <stdbool.h>
#include <stddef.h>

/* The descriptor (>= 0) and the device's path, or -Exxx. */
int loopdev_attach(const char *file, bool readwrite, bool direct, char *path,
		   size_t path_len);

#endif
