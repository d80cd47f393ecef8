// SPDX-License-Identifier: BSD-2-Clause
/* Where the daemon is, and two helpers that the library always exported. */
#include "xenstore/libxs/xenstore_lib.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore/common/perms.h"

const char *xs_daemon_rundir(void)
{
	const char *dir = getenv("XENSTORED_RUNDIR");

	return dir ? dir : "/var/run/xenstored";
}

const char *xs_daemon_socket(void)
{
	static __thread char path[512];
	const char *given = getenv("XENSTORED_PATH");

	if (given) {
		return given;
	}
	if (snprintf(path, sizeof(path), "%s/socket", xs_daemon_rundir()) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return path;
}

/* There is one socket only; reading needs no other one. */
const char *xs_daemon_socket_ro(void)
{
	return xs_daemon_socket();
}

bool xs_write_all(int fd, const void *data, unsigned int len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n == 0 || (n < 0 && errno != EINTR)) {
			return false;
		}
		if (n > 0) {
			at += n;
			len -= (unsigned int)n;
		}
	}
	return true;
}

bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num,
			 const char *strings)
{
	for (unsigned int i = 0; i < num; i++) {
		struct perm_entry entry;

		if (perms_parse_entry(strings, &entry)) {
			errno = EINVAL;
			return false;
		}
		perms[i].id = entry.domid;
		perms[i].perms = entry.access;
		strings += strlen(strings) + 1;
	}
	return true;
}
