// SPDX-License-Identifier: BSD-2-Clause
/*
 * The watchers of one path hang on the entry of the map that has the path as
 * its key, and the watches of one connection there on its watcher; each lives
 * as long as something hangs on it.
 */
#include "xenstore/daemon/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"

size_t watch_bytes(size_t path_len, size_t token_len)
{
	return sizeof(struct watch) + token_len + 1 + sizeof(struct watcher) +
	       sizeof(struct strmap_entry) + path_len + 1;
}

static struct watcher *first_at(const struct strmap_entry *here)
{
	return here ? here->pointer : NULL;
}

static uint64_t watcher_hash(const struct strmap_entry *here,
			     const struct conn *conn)
{
	return index_hash((uintptr_t)here, (uintptr_t)conn);
}

static struct watcher *find_watcher(const struct watches *w,
				    const struct strmap_entry *here,
				    const struct conn *conn)
{
	uint64_t hash = watcher_hash(here, conn);
	struct index_entry *e = NULL;

	while ((e = index_next(&w->watchers, hash, e))) {
		struct watcher *at = (struct watcher *)e;

		if (at->here == here && at->first->conn == conn) {
			return at;
		}
	}
	return NULL;
}

/* Nothing of it is left; nor of the path, if it was the last one there. */
static void drop_watcher(struct watches *w, struct watcher *at)
{
	*at->prev = at->next;
	if (at->next) {
		at->next->prev = at->prev;
	}
	if (!at->here->pointer) {
		strmap_remove(&w->by_path, at->here);
	}
	index_remove(&w->watchers, &at->index);
	free(at);
}

/* The one of @conn at @path; a new one has no watch yet. NULL: no memory. */
static struct watcher *get_watcher(struct watches *w, const struct conn *conn,
				   const char *path)
{
	struct strmap_entry *here =
		strmap_insert(&w->by_path, path, strlen(path));
	struct watcher *at = here ? find_watcher(w, here, conn) : NULL;

	if (!here || at) {
		return at;
	}
	at = calloc(1, sizeof(*at));
	if (!at) {
		if (!here->pointer) {
			strmap_remove(&w->by_path, here);
		}
		return NULL;
	}
	at->here = here;
	at->next = here->pointer;
	at->prev = (struct watcher **)&here->pointer;
	if (at->next) {
		at->next->prev = &at->next;
	}
	here->pointer = at;
	index_add(&w->watchers, &at->index, watcher_hash(here, conn));
	return at;
}

static uint64_t watch_hash(const struct watcher *at, const char *token)
{
	return index_hash((uintptr_t)at, strmap_hash(token, strlen(token)));
}

static struct watch *find(const struct watches *w, const struct watcher *at,
			  const char *token)
{
	uint64_t hash = watch_hash(at, token);
	struct index_entry *e = NULL;

	while ((e = index_next(&w->index, hash, e))) {
		struct watch *i =
			(struct watch *)((char *)e -
					 offsetof(struct watch, index));

		if (i->watcher == at && strcmp(i->token, token) == 0) {
			return i;
		}
	}
	return NULL;
}

static void link_watch(struct watches *w, struct watch *watch,
		       struct watch **list)
{
	struct watcher *at = watch->watcher;

	watch->next = *list;
	watch->prev = list;
	if (watch->next) {
		watch->next->prev = &watch->next;
	}
	*list = watch;
	watch->next_here = at->first;
	watch->prev_here = &at->first;
	if (watch->next_here) {
		watch->next_here->prev_here = &watch->next_here;
	}
	at->first = watch;
	index_add(&w->index, &watch->index, watch_hash(at, watch->token));
}

int watch_add(struct watches *w, struct conn *conn, struct watch **list,
	      const char *path, size_t strip, int depth, const char *token,
	      struct watch **out)
{
	struct watcher *at = get_watcher(w, conn, path);
	size_t token_size = strlen(token) + 1;
	struct watch *watch;

	if (!at) {
		return -ENOMEM;
	}
	if (find(w, at, token)) {
		return -EEXIST;
	}
	watch = calloc(1, sizeof(*watch) + token_size);
	if (!watch) {
		if (!at->first) {
			drop_watcher(w, at);
		}
		return -ENOMEM;
	}
	memcpy(watch->token, token, token_size);
	watch->conn = conn;
	watch->strip = strip;
	watch->depth = depth;
	watch->watcher = at;
	link_watch(w, watch, list);
	w->count++;
	*out = watch;
	return 0;
}

static void drop(struct watches *w, struct watch *watch)
{
	struct watcher *at = watch->watcher;

	conn_watch_gone(watch);
	*watch->prev = watch->next;
	if (watch->next) {
		watch->next->prev = watch->prev;
	}
	*watch->prev_here = watch->next_here;
	if (watch->next_here) {
		watch->next_here->prev_here = watch->prev_here;
	}
	index_remove(&w->index, &watch->index);
	if (!at->first) {
		drop_watcher(w, at);
	}
	w->count--;
	free(watch);
}

struct watch *watch_find(struct watches *w, const struct conn *conn,
			 const char *path, const char *token)
{
	struct strmap_entry *here =
		strmap_find(&w->by_path, path, strlen(path));
	struct watcher *at = here ? find_watcher(w, here, conn) : NULL;

	return at ? find(w, at, token) : NULL;
}

int watch_del(struct watches *w, struct watch **list, const char *path,
	      const char *token)
{
	struct watch *watch =
		*list ? watch_find(w, (*list)->conn, path, token) : NULL;

	if (!watch) {
		return -ENOENT;
	}
	drop(w, watch);
	return 0;
}

void watch_del_all(struct watches *w, struct watch **list)
{
	while (*list) {
		drop(w, *list);
	}
}

static bool may_hear(const struct perms_subject *who,
		     const struct watch_change *c)
{
	if (perms_privileged(who)) {
		return true;
	}
	if (c->before && perms_allow(c->before, who, PERMS_READ)) {
		return true;
	}
	if (c->after && perms_allow(c->after, who, PERMS_READ)) {
		return true;
	}
	return (!c->before || !c->after) && c->parent &&
	       perms_allow(c->parent, who, PERMS_READ);
}

/* @below: how many levels the change is below the watched path. */
static void tell(const struct watcher *at, const char *path, unsigned int below)
{
	for (struct watch *i = at->first; i; i = i->next_here) {
		if (i->depth == WATCH_DEPTH_ALL ||
		    below <= (unsigned int)i->depth) {
			conn_watch_event(i, path);
		}
	}
}

/* @len bytes of the change's path are the watched path. */
static void fire_here(struct watches *w, struct strmap_hasher *h, size_t len,
		      const struct watch_change *change, unsigned int below)
{
	const struct watcher *at =
		first_at(strmap_find_next(&w->by_path, h, change->path, len));

	for (; at; at = at->next) {
		w->asked++;
		if (may_hear(conn_subject(at->first->conn), change)) {
			tell(at, change->path, below);
		}
	}
}

void watch_fire(struct watches *w, const struct watch_change *change,
		bool exact)
{
	struct strmap_hasher h = strmap_hasher();
	unsigned int below;
	size_t end = 0;
	size_t len;

	if (w->count == 0) {
		return;
	}
	if (exact) {
		fire_here(w, &h, strlen(change->path), change, 0);
		return;
	}
	below = path_depth(change->path);
	fire_here(w, &h, 1, change, below);
	while (path_next(change->path, &end, &len)) {
		fire_here(w, &h, end, change, --below);
	}
}

static void fire_special(struct watches *w, const char *name, const char *path,
			 const struct perms *perms)
{
	const struct watcher *at =
		first_at(strmap_find(&w->by_path, name, strlen(name)));

	for (; at; at = at->next) {
		if (!perms_allow(perms, conn_subject(at->first->conn),
				 PERMS_READ)) {
			continue;
		}
		for (struct watch *i = at->first; i; i = i->next_here) {
			conn_watch_event(i, i->depth == 1 ? path : name);
		}
	}
}

void watch_fire_special(struct watches *w, const char *name, const char *path,
			const struct perms *perms)
{
	fire_special(w, name, path, perms);
	fire_special(w, path, path, perms);
}

struct removal {
	struct watches *watches;
	size_t len;
	char path[PATH_BUF_SIZE];
};

static void fire_below(struct removal *r, const struct node *node)
{
	size_t len = r->len;
	const struct node *child;
	struct child_iter it;

	child_iter_start(&it, node);
	while ((child = child_next(&it))) {
		struct watch_change change = { .path = r->path,
					       .before = node_perms(child),
					       .parent = node_perms(node) };

		r->path[len] = '/';
		memcpy(r->path + len + 1, child->name, child->name_len + 1u);
		r->len = len + 1 + child->name_len;
		watch_fire(r->watches, &change, true);
		fire_below(r, child);
	}
	r->len = len;
	r->path[len] = '\0';
}

void watch_fire_removed(struct watches *w, const char *path,
			const struct node *node, const struct perms *parent)
{
	struct watch_change change = { .path = path,
				       .before = node_perms(node),
				       .parent = parent };
	struct removal r = { .watches = w };

	if (w->count == 0) {
		return;
	}
	watch_fire(w, &change, false);
	r.len = strlen(path);
	memcpy(r.path, path, r.len + 1);
	fire_below(&r, node);
}
