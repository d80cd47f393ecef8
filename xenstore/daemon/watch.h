/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watches: who wants to know about changes at or below which path.
 *
 * They are found by the watched path: a change at /a/b/c looks up /, /a,
 * /a/b and /a/b/c, so what a change costs does not depend on how many
 * watches there are elsewhere. A watcher hears of a change only if it may
 * read the node as it was or as it is, or, where a node came or went, if it
 * may list the parent. It is asked for its rights once, however many watches
 * it has there: so what a guest that watches everything costs the others is
 * one question for each level of a path.
 */
#ifndef XENSTORE_DAEMON_WATCH_H
#define XENSTORE_DAEMON_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenstore/common/perms.h"
#include "xenstore/daemon/index.h"
#include "xenstore/daemon/store.h"
#include "xenstore/daemon/strmap.h"

struct conn;

#define WATCH_TOKEN_MAX 1020u
#define WATCH_DEPTH_ALL (-1)

/* One connection that watches one path. */
struct watcher {
	struct index_entry index; /* first, so that it is found by it */
	struct watcher *next;	  /* of the same path */
	struct watcher **prev;
	struct strmap_entry *here;
	struct watch *first;
};

struct watch {
	struct watch *next; /* of the same connection */
	struct watch **prev;
	struct watch *next_here; /* of the same watcher */
	struct watch **prev_here;
	struct index_entry index;
	struct watcher *watcher;
	struct conn *conn;
	size_t strip;	 /* bytes to leave out of event paths (relative) */
	int depth;	 /* levels below the path that count, or ALL; a special
			  * name with 1 is told the domain (special.h) */
	uint32_t queued; /* events of it waiting in the connection */
	bool overflow;	 /* an event with its own path stands for lost ones */
	char token[];
};

struct watches {
	struct strmap by_path; /* to the first struct watcher */
	struct index watchers; /* by path and connection */
	struct index index;    /* by watcher and token */
	unsigned int count;
	uint64_t asked; /* for rights, ever: what firing costs, for tests */
};

struct watch_change {
	const char *path;
	const struct perms *before; /* NULL: it did not exist */
	const struct perms *after;  /* NULL: it does not exist */
	const struct perms *parent; /* NULL: none, or not to be asked */
};

/*
 * Add a watch at absolute @path to the list *@list of @conn. -EEXIST if the
 * same path and token are there, -ENOMEM.
 */
int watch_add(struct watches *w, struct conn *conn, struct watch **list,
	      const char *path, size_t strip, int depth, const char *token,
	      struct watch **out);
/* The watch of @conn with this path and token, or NULL. */
struct watch *watch_find(struct watches *w, const struct conn *conn,
			 const char *path, const char *token);
/* Remove it from the connection's list and from @w. -ENOENT. */
int watch_del(struct watches *w, struct watch **list, const char *path,
	      const char *token);
void watch_del_all(struct watches *w, struct watch **list);

/* The watched path as absolute text. */
static inline const char *watch_path(const struct watch *watch)
{
	return watch->watcher->here->key;
}

/* What one watch costs its owner, in bytes. */
size_t watch_bytes(size_t path_len, size_t token_len);

/* Tell all who watch @change->path or above; @exact: only the path itself. */
void watch_fire(struct watches *w, const struct watch_change *change,
		bool exact);

/*
 * Something happened to a domain. Who watches the special name @name is told
 * that name, or @path (the same for just this domain) if its depth is 1; who
 * watches @path is told @path. All need READ in @perms.
 */
void watch_fire_special(struct watches *w, const char *name, const char *path,
			const struct perms *perms);

/*
 * Tell all who watch @path, above or below about the removal of @node, the
 * subtree that was there. @parent: permissions of the node above.
 */
void watch_fire_removed(struct watches *w, const char *path,
			const struct node *node, const struct perms *parent);

/* Given by the connections: queue one event. @path is absolute. */
void conn_watch_event(struct watch *watch, const char *path);
/* Given by the connections: whose rights count for a watch. */
const struct perms_subject *conn_subject(const struct conn *conn);
/* Given by the connections: a watch is about to go. */
void conn_watch_gone(struct watch *watch);

#endif
