/* SPDX-License-Identifier: BSD-2-Clause */
/* What users of libxenstore and its own sources share. */
#ifndef XENSTORE_LIB_H
#define XENSTORE_LIB_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xs_permissions {
	unsigned int id;    /* a domain */
	unsigned int perms; /* XS_PERM_* */
#define XS_PERM_NONE  0x00
#define XS_PERM_READ  0x01
#define XS_PERM_WRITE 0x02
/* For daemons only. */
#define XS_PERM_ENOENT_OK 0x04
#define XS_PERM_OWNER	  0x08
#define XS_PERM_IGNORE	  0x10
};

/* Enough bytes for a decimal number of the type of @x and its NUL. */
#define MAX_STRLEN(x) ((sizeof(x) * CHAR_BIT + CHAR_BIT - 1) / 10 * 3 + 2)

/* Where the daemon is; XENSTORED_RUNDIR and XENSTORED_PATH override it. */
const char *xs_daemon_rundir(void);
const char *xs_daemon_socket(void);
const char *xs_daemon_socket_ro(void);

/* write() until all is written. */
bool xs_write_all(int fd, const void *data, unsigned int len);

/* Parse @num packed strings like "r0"; false and EINVAL if one is not. */
bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num,
			 const char *strings);

#ifdef __cplusplus
}
#endif

#endif /* XENSTORE_LIB_H */
