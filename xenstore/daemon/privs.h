/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up rights that the daemon never uses. */
#ifndef XENSTORE_DAEMON_PRIVS_H
#define XENSTORE_DAEMON_PRIVS_H

#include <stdbool.h>

/*
 * For good, also over an exec: nothing that is run gains rights, and of the
 * capabilities only CAP_SYS_ADMIN stays, if @xen: the kernel asks for it when
 * its own ring is opened (/dev/xen/xenbus_backend), which a live update does
 * again. Files are reached as their owner; nothing is locked in memory, no
 * process is signalled, no limit is raised above its maximum.
 */
void privs_drop(bool xen);

#endif
