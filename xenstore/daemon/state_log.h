/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of a journal behind its state, applied to a server that was
 * loaded and not attached to anything. And what takes the same fields in a
 * state and in a journal.
 */
#ifndef XENSTORE_DAEMON_STATE_LOG_H
#define XENSTORE_DAEMON_STATE_LOG_H

#include "xenstore/daemon/server.h"
#include "xenstore/daemon/state.h"
#include "xenstore/daemon/txn.h"

/* Apply the record that @in stands at. -EINVAL with @in's error, -ENOMEM. */
int state_log_apply(struct server *s, struct state_in *in);

/* An absolute path, or a special one, into PATH_BUF_SIZE bytes. */
bool state_take_path(struct state_in *in, bool special, char *path);
/* One reference. */
int state_take_perms(struct state_in *in, struct perms **out);
/* To be cleared with txn_change_clear(). */
int state_take_change(struct state_in *in, struct txn_change *c);
int state_take_watch(struct conn *c, struct state_in *in, struct watch **out);
int state_take_quota(struct server *s, struct state_in *in);
int state_take_special(struct server *s, struct state_in *in);
int state_take_domain(struct server *s, struct state_in *in);

#endif
