// SPDX-License-Identifier: BSD-2-Clause
/*
 * Few domains have permissions of their own, so these are a list. It can only
 * grow by domain 0's requests, and an entry goes with its domain.
 */
#include "xenstore/daemon/special.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/log.h"
#include "xenstore/daemon/server.h"

static const char *const names[SPECIALS] = {
	[SPECIAL_INTRODUCE] = "@introduceDomain",
	[SPECIAL_RELEASE] = "@releaseDomain",
};

const char *special_name(enum special which)
{
	return names[which];
}

int special_init(struct server *s)
{
	for (unsigned int i = 0; i < SPECIALS; i++) {
		s->specials.all[i] = perms_alloc(1);
		if (!s->specials.all[i]) {
			return -ENOMEM;
		}
	}
	return 0;
}

static void drop_one(struct special_one **slot)
{
	struct special_one *one = *slot;

	*slot = one->next;
	perms_put(one->perms);
	free(one);
}

void special_fini(struct server *s)
{
	for (unsigned int i = 0; i < SPECIALS; i++) {
		perms_put(s->specials.all[i]);
		s->specials.all[i] = NULL;
	}
	while (s->specials.one) {
		drop_one(&s->specials.one);
	}
}

/* The domid behind the slash, in the one form that we write ourselves. */
static int parse_domid(const char *text, unsigned int *domid)
{
	unsigned long n;

	if (wire_parse_number(text, PERMS_DOMID_RESERVED - 1, &n) ||
	    (text[0] == '0' && text[1] != '\0')) {
		return -ENOENT;
	}
	*domid = (unsigned int)n;
	return 0;
}

int special_find(const char *path, enum special *which, unsigned int *domid)
{
	for (unsigned int i = 0; i < SPECIALS; i++) {
		size_t len = strlen(names[i]);

		if (strncmp(path, names[i], len) != 0) {
			continue;
		}
		*which = (enum special)i;
		*domid = SPECIAL_ALL;
		if (path[len] == '\0') {
			return 0;
		}
		/* Nobody could know who is introduced before it is. */
		return path[len] == '/' && i == SPECIAL_RELEASE
			       ? parse_domid(path + len + 1, domid)
			       : -ENOENT;
	}
	return -ENOENT;
}

static struct special_one *find_one(const struct server *s, unsigned int domid)
{
	struct special_one *one = s->specials.one;

	while (one && one->domid != domid) {
		one = one->next;
	}
	return one;
}

struct perms *special_perms(const struct server *s, enum special which,
			    unsigned int domid)
{
	const struct special_one *one =
		which == SPECIAL_RELEASE ? find_one(s, domid) : NULL;

	return one ? one->perms : s->specials.all[which];
}

int special_set_perms(struct server *s, enum special which, unsigned int domid,
		      struct perms *perms)
{
	struct special_one *one;
	struct perms **slot = &s->specials.all[which];

	if (domid != SPECIAL_ALL) {
		one = find_one(s, domid);
		if (!one) {
			one = calloc(1, sizeof(*one));
			if (!one) {
				return -ENOMEM;
			}
			one->domid = domid;
			one->next = s->specials.one;
			s->specials.one = one;
		}
		slot = &one->perms;
	}
	perms_put(*slot);
	*slot = perms_get(perms);
	return 0;
}

void special_fire(struct server *s, enum special which, unsigned int domid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%u", names[which], domid);
	watch_fire_special(&s->watches, names[which], path,
			   special_perms(s, which, domid));
}

static int forget_name(struct perms **slot, unsigned int domid)
{
	bool owned = perms_means(perms_owner(*slot), domid);
	struct perms *without;

	if (!owned && !perms_names(*slot, domid)) {
		return 0;
	}
	without = perms_without(*slot, domid);
	if (!without) {
		return -ENOMEM;
	}
	if (owned) {
		without->entry[0].domid = 0;
	}
	perms_put(*slot);
	*slot = without;
	return 0;
}

int special_forget(struct server *s, unsigned int domid)
{
	struct special_one **slot = &s->specials.one;
	int rc = 0;

	for (unsigned int i = 0; i < SPECIALS && !rc; i++) {
		rc = forget_name(&s->specials.all[i], domid);
	}
	while (*slot && !rc) {
		if (perms_means((*slot)->domid, domid)) {
			drop_one(slot);
			continue;
		}
		rc = forget_name(&(*slot)->perms, domid);
		slot = &(*slot)->next;
	}
	return rc;
}
