/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_PENDING_H
#define HOSPES_DOM0_PENDING_H
/*
 * Marks of work in progress: /run/hospes/pending/<uuid>, one file for each
 * domain that is being made or taken down, locked (flock) by the process
 * that does it. The kernel drops the lock when the process dies, however it
 * dies: a file without a lock is work that nobody will finish.
 *
 * A mark is set before the first thing that would have to be cleaned up and
 * removed after the last.
 */
#include <stdbool.h>
#include <stdint.h>

#define PENDING_DIR	 "/run/hospes/pending"
#define PENDING_NO_DOMID UINT32_MAX

struct pending {
	int fd;
	char path[96];
};

struct pending_found {
	struct pending mark; /* locked by us now */
	uint8_t uuid[16];
	char verb[16]; /* "create" or "destroy" */
	char name[128];
	uint32_t domid; /* PENDING_NO_DOMID: not known yet */
};

/* -EBUSY: somebody is at work on this domain. */
int pending_set(struct pending *mark, const uint8_t uuid[16], const char *verb,
		const char *name, uint32_t domid);
/* The number is known now. */
int pending_set_domid(struct pending *mark, uint32_t domid);
void pending_clear(struct pending *mark);
/* Gives the mark up without removing it: the next command takes over. */
void pending_leave(struct pending *mark);

/*
 * Calls `each` for every abandoned mark; it clears the mark or leaves it.
 * Returns 0, or -Exxx when the directory cannot be read.
 */
int pending_scan(void (*each)(void *ctx, struct pending_found *found),
		 void *ctx);

#endif
