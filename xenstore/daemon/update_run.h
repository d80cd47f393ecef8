/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of a live update that deals with processes and descriptors.
 */
#ifndef XENSTORE_DAEMON_UPDATE_RUN_H
#define XENSTORE_DAEMON_UPDATE_RUN_H

#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state_load.h"

/*
 * What a live update hands on beside the connections; the main program keeps
 * it up to date. Arguments are those we were started with.
 */
struct update_process {
	char **argv;
	int listener;
	int pidfile;
	int lock;
};

extern struct update_process update_process;

/*
 * The new binary, asked by the old one: is this a state that it can go on
 * with, and with its arguments (@no_domains: no hypervisor)? It says so in
 * words, and an exit status.
 */
int update_check(int fd, bool no_domains);

/*
 * The new binary: load the state from @fd, which is closed then. -errno,
 * logged; the server is not usable then.
 */
int update_load(struct server *s, int fd, struct state_extra *extra);

#endif
