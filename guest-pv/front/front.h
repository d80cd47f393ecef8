/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every split device's front end does: find its node, learn who the back
 * end is, share pages with it, and walk the states of the xenbus handshake.
 *
 *	front	Initialising (1) ........ Initialised (3) ... Connected (4)
 *	back	            InitWait (2)  ................... Connected (4)
 */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

#include "rt/gnttab.h"
#include "rt/types.h"

#include <xen/event_channel.h>

#define FRONT_WAIT (20000 * 1000000ull)

struct front {
	char path[64], back[96];
	unsigned int back_domid;
	evtchn_port_t port;
};

/* The index-th device of that kind, its back end waiting; 0 or -Exxx. */
int front_open(struct front *f, const char *kind, unsigned int index);
/* A zeroed page granted to the back end, writable. */
void *front_share(struct front *f, grant_ref_t *ref);
/* Writes the state; waits for the back end's (0: does not); 0 or -Exxx. */
int front_switch(struct front *f, int state, int back_state);
void front_notify(struct front *f);
/* Sleeps until the back end notified, or a little while. */
void front_wait(struct front *f);

#endif
