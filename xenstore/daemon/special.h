/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The special names: what happens to domains, told through watches.
 *
 *	@introduceDomain	a domain was introduced
 *	@releaseDomain		a domain shut down, was released or died
 *	@releaseDomain/<domid>	the same, of one domain
 *
 * A watch on one of the first two with depth 1 is told which domain it was:
 * its events have the path @introduceDomain/<domid>, @releaseDomain/<domid>.
 *
 * Each name has permissions; READ is needed to hear of it. Permissions set
 * for one domain (@releaseDomain/5) count in the place of the general ones
 * for all that happens to that domain, whichever of its names is watched, so
 * that nobody learns by the general name what the other one hides from him.
 */
#ifndef XENSTORE_DAEMON_SPECIAL_H
#define XENSTORE_DAEMON_SPECIAL_H

#include <stdint.h>

#include "xenstore/common/perms.h"

struct server;

enum special {
	SPECIAL_INTRODUCE,
	SPECIAL_RELEASE,
	SPECIALS
};

/* In the place of a domid: the name stands for all domains. */
#define SPECIAL_ALL 0xffffffffu

/* Permissions of @releaseDomain/<domid>. */
struct special_one {
	struct special_one *next;
	unsigned int domid;
	struct perms *perms;
};

struct specials {
	struct perms *all[SPECIALS];
	struct special_one *one;
};

/* Only domain 0 hears of anything. -ENOMEM. */
int special_init(struct server *s);
void special_fini(struct server *s);

const char *special_name(enum special which);

/*
 * Which special name @path is, and of which domain (or SPECIAL_ALL). -ENOENT:
 * there is no such name.
 */
int special_find(const char *path, enum special *which, unsigned int *domid);

/* What counts for @domid (or SPECIAL_ALL); no reference is taken. */
struct perms *special_perms(const struct server *s, enum special which,
			    unsigned int domid);

/* Set the permissions of a name; takes a reference of @perms. -ENOMEM. */
int special_set_perms(struct server *s, enum special which, unsigned int domid,
		      struct perms *perms);

/* It happened to @domid: tell those who may hear of it. */
void special_fire(struct server *s, enum special which, unsigned int domid);

/*
 * @domid (or PERMS_GUESTS) is gone: nothing of what was set for it or in its
 * favour is left. -ENOMEM: some is, try again.
 */
int special_forget(struct server *s, unsigned int domid);

#endif
