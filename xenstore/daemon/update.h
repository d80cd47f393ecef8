/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live update: another binary goes on where this one is, in the same process,
 * with all connections, requests, replies and transactions.
 *
 *	live-update -f FILE	which binary
 *	live-update -c ARGS	with which arguments, in place of ours
 *	live-update -s [-t SECONDS] [-F]
 *				do it; what Debian's xenstore-control sends
 *	live-update -a		forget all that
 *	live-update [-t SECONDS] [-F] FILE
 *				-f and -s at once
 *
 * SECONDS is how long the new binary may take to say that it understands our
 * state (60 unless said). -F is taken and means nothing: it would go on in
 * spite of open transactions, which are handed over here.
 *
 * The connection that asked gets its answer, and is held until then: "OK" from
 * the new binary, or why there is none. The others are served meanwhile.
 *
 * update.c takes the command; update_run.c does it.
 */
#ifndef XENSTORE_DAEMON_UPDATE_H
#define XENSTORE_DAEMON_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenstore/common/wire.h"

struct conn;
struct request;
struct server;

struct update {
	char *file;
	char *arguments; /* or NULL: ours */
	unsigned int seconds;
	bool wanted; /* from the command until it succeeded or failed */
	uint32_t conn_id;
	struct xsd_sockmsg request; /* that waits for the answer */
};

#define UPDATE_LATER 1

/*
 * The command's arguments. 0 with the answer in @text; UPDATE_LATER: the
 * answer comes with update_failed() or from the new binary. -EINVAL, -ENOMEM,
 * -EBUSY.
 */
int update_command(struct request *rq, int argc, const char **argv, char *text,
		   size_t size);

/* It came to nothing: answer with the reason and let the connection go on. */
void update_failed(struct server *s, const char *why);
/* The new binary is here: answer to connection @id. */
void update_done(struct server *s, uint32_t id, const struct xsd_sockmsg *req);

void update_clear(struct update *u);

/* update_run.c: a step of what is to be done, between two requests. */
void update_step(struct server *s);

#endif
