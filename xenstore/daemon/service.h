/* SPDX-License-Identifier: BSD-2-Clause */
/* The process around the daemon: signals, background, process id, readiness. */
#ifndef XENSTORE_DAEMON_SERVICE_H
#define XENSTORE_DAEMON_SERVICE_H

/* SIGTERM and SIGINT end the loop; as many descriptors as we may have. */
void service_prepare(void);

/*
 * Go to the background. The parent waits until service_detach() of the child
 * and ends; the child gets what to give it. -errno.
 */
int service_fork(void);
/* We serve: let the parent go, and talk to syslog from now on. */
void service_detach(int fd);

/* Tell systemd that we serve: sd_notify(3)'s one datagram. */
void service_ready(void);

/*
 * Write our number to a file that stays locked as long as we live, so that a
 * second daemon sees us. Returns its descriptor; -errno, after a message.
 */
int service_pidfile(const char *path);

#endif
