/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_CONSOLE_DAEMONIZE_H
#define HOSPES_CONSOLE_DAEMONIZE_H
/*
 * Going into the background, for the daemons of dom0.
 *
 * The first process stays until the daemon says that it is ready, and its
 * exit code tells whether it is: scripts can start daemons one after another.
 * Threads do not survive fork(), so this comes before opening the store.
 */
#include <stdbool.h>

/*
 * Takes the lock on /run/hospes/<name>.pid (-EBUSY: one is running) and, if
 * not foreground, forks. Returns 0 in the daemon, -Exxx after telling.
 */
int daemonize_begin(const char *name, bool foreground);
/* Ready: the first process ends with 0, stdin, stdout go to /dev/null. */
void daemonize_ready(void);

#endif
