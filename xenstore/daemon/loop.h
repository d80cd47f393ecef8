/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event loop: one epoll, level triggered. A source must stay valid until
 * the loop has gone round; server_settle() frees nothing earlier.
 */
#ifndef XENSTORE_DAEMON_LOOP_H
#define XENSTORE_DAEMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct server;

struct loop_source {
	int fd;
	uint32_t events; /* that are asked for */
	void (*ready)(struct loop_source *source, uint32_t events);
};

int loop_open(void);
void loop_close(void);

int loop_add(struct loop_source *source, uint32_t events);
int loop_change(struct loop_source *source, uint32_t events);
void loop_remove(struct loop_source *source);

/* Until loop_stop(), which a signal handler may call. */
int loop_run(struct server *s);
void loop_stop(void);

#endif
