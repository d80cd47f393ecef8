/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal (journal.h) in a file of the run directory, which is memory of
 * the host: it survives the daemon, not the host.
 *
 * The file is a state followed by what happened since. When that part is
 * larger than the state, a new file is begun while the daemon serves: the
 * state goes there in slices, one each round of the loop, then what happened
 * meanwhile, and then it takes the old one's name.
 */
#ifndef XENSTORE_DAEMON_JOURNAL_FILE_H
#define XENSTORE_DAEMON_JOURNAL_FILE_H

#include "xenstore/daemon/server.h"

/*
 * Write the state as it is to @path, in the place of what is there, and keep
 * the journal from here on. -errno, logged: nothing is kept; what was at @path
 * is gone, since it would soon be less than all, and a new one is tried now
 * and then.
 */
int journal_file_begin(struct server *s, const char *path);

/*
 * A new file is begun when what follows the state is longer than the state
 * and than @bytes.
 */
void journal_file_size(size_t bytes);

/* How long the loop may wait that would wait @ms; -1: for ever. */
int journal_file_timeout(int ms);

/* A slice of what is to be done; true if there is more. */
bool journal_file_step(struct server *s);

/* Keep no more, and leave what is there. */
void journal_file_end(struct server *s);

#endif
