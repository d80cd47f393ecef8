/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line. Options are those of the C xenstored where both have
 * them, so that existing units and scripts start this one unchanged.
 */
#ifndef XENSTORE_DAEMON_OPTIONS_H
#define XENSTORE_DAEMON_OPTIONS_H

#include <stdbool.h>

#include "xenstore/daemon/quota.h"

struct options {
	struct quota *quota; /* whose limits are set; given by the caller */
	const char *socket;
	const char *rundir;
	const char *pidfile;
	const char *restore;
	int update; /* the state that a live update hands over, or -1 */
	int check;  /* one that is just to be judged, or -1 */
	bool fresh;
	bool no_journal;
	bool no_fork;
	bool no_domains;
};

/*
 * Fill in @o, with paths from the environment or the usual ones where none
 * are named; the directory of those is made. 0; 1: all was said, end well;
 * -EINVAL, after a message.
 */
int options_parse(struct options *o, int argc, char **argv);

#endif
