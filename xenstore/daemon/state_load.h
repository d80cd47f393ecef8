/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a daemon's state from records (state.h) that may say anything.
 * It is built in a server that is otherwise fresh, without touching a file
 * descriptor or the hypervisor: connections come without transport, domains
 * without ring. When all is read and judged, the caller attaches them; when
 * something is wrong, it throws the server away and nothing has happened.
 */
#ifndef XENSTORE_DAEMON_STATE_LOAD_H
#define XENSTORE_DAEMON_STATE_LOAD_H

#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state.h"

#define STATE_BOOT_MAX	   64u
#define STATE_LOG_FILE_MAX 256u

/* What a state says beside the server itself. */
struct state_extra {
	char boot[STATE_BOOT_MAX]; /* "" if it does not say */
	/* Descriptors that a live update hands on, or -1. */
	int listener;
	int pidfile;
	int lock;
	int events;
	int domain_port;
	/* Who waits for the answer of the live update; conn 0: nobody. */
	uint32_t answer_conn;
	struct xsd_sockmsg answer;
	int log_level; /* or -1, or what a newer daemon has */
	char log_file[STATE_LOG_FILE_MAX];
	/* Of a journal: its end is cut off; some of it makes no sense. */
	bool torn;
	unsigned int passed_over;
};

/*
 * Read a whole state into @s, fresh from server_init(). -EINVAL with the
 * reason in @error; -ENOMEM. With @journal, batches of a journal may follow
 * the end, and the first of them that is torn ends it; otherwise nothing may.
 * What is wrong first in a journal is in @error, too.
 */
int state_load(struct server *s, const void *data, size_t len, bool journal,
	       struct state_extra *extra, char error[STATE_ERROR]);

#endif
