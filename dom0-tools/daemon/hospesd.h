/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DAEMON_HOSPESD_H
#define HOSPES_DAEMON_HOSPESD_H
/*
 * The lifecycle daemon in two halves, two processes of one program:
 *
 *	main.c	  waits until a domain has shut down, and starts
 *	act.c	  `hospesd --act DOMID`, which carries out what its config says
 *
 * so that one domain's slow restart holds up no other, and whatever goes
 * wrong in a restart goes wrong in a process of its own.
 */
#include <stdint.h>

#define HOSPESD_NAME "hospesd"

/* How an act ends, as exit code. */
enum act_result {
	ACT_DONE = 0,	/* the domain is gone, or restarted */
	ACT_FAILED = 1, /* told; not to be tried again */
	ACT_LEFT = 3,	/* preserved, or not ours */
};

enum act_result act_on(uint32_t domid);

/* To stderr and the system log. */
void hospesd_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * act_brake.c: a guest that dies as soon as it starts must not be restarted
 * for ever. Counts restarts of a uuid that came within BRAKE_FAST_S of the
 * one before; false: this was one too many.
 */
#define BRAKE_FAST_S 10
#define BRAKE_LIMIT  5
struct brake {
	int64_t last_s;
	uint32_t fast;
};
int brake_allow(struct brake *brake, int64_t now_s);

#endif
