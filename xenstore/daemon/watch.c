// SPDX-License-Identifier: BSD-2-Clause
/*
 * The watches of one path hang on the entry of the map that has the path as
 * its key; the entry lives as long as one watch uses it.
 */
#include "xenstore/daemon/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"

size_t watch_bytes(size_t path_len, size_t token_len)
{
	return sizeof(struct watch) + token_len + 1 +
	       sizeof(struct strmap_entry) + path_len + 1;
}

static struct watch *first_here(const struct strmap_entry *e)
{
	return e->pointer;
}

static uint64_t hash_of(const struct strmap_entry *here,
			const struct conn *conn, const char *token)
{
	return index_hash((uintptr_t)here ^ (uintptr_t)conn << 16,
			  strmap_hash(token, strlen(token)));
}

static struct watch *find(struct watches *w, const struct strmap_entry *here,
			  const struct conn *conn, const char *token)
{
	uint64_t hash = hash_of(here, conn, token);
	struct index_entry *e = NULL;

	while ((e = index_next(&w->index, hash, e))) {
		struct watch *i =
			(struct watch *)((char *)e -
					 offsetof(struct watch, index));

		if (i->here == here && i->conn == conn &&
		    strcmp(i->token, token) == 0) {
			return i;
		}
	}
	return NULL;
}

/* The same for the list of a connection and that of a path. */
static void link_watch(struct watches *w, struct watch *watch,
		       struct watch **list)
{
	struct strmap_entry *here = watch->here;

	watch->next = *list;
	watch->prev = list;
	if (watch->next) {
		watch->next->prev = &watch->next;
	}
	*list = watch;
	watch->next_here = first_here(here);
	if (watch->next_here) {
		watch->next_here->prev_here = watch;
	}
	here->pointer = watch;
	index_add(&w->index, &watch->index,
		  hash_of(here, watch->conn, watch->token));
}

int watch_add(struct watches *w, struct conn *conn, struct watch **list,
	      const char *path, size_t strip, int depth, const char *token,
	      struct watch **out)
{
	struct strmap_entry *here =
		strmap_find(&w->by_path, path, strlen(path));
	size_t token_size = strlen(token) + 1;
	struct watch *watch;

	if (here && find(w, here, conn, token)) {
		return -EEXIST;
	}
	watch = calloc(1, sizeof(*watch) + token_size);
	if (!watch) {
		return -ENOMEM;
	}
	here = strmap_insert(&w->by_path, path, strlen(path));
	if (!here) {
		free(watch);
		return -ENOMEM;
	}
	memcpy(watch->token, token, token_size);
	watch->conn = conn;
	watch->strip = strip;
	watch->depth = depth;
	watch->here = here;
	link_watch(w, watch, list);
	w->count++;
	*out = watch;
	return 0;
}

static void unlink_watch(struct watches *w, struct watch *watch)
{
	*watch->prev = watch->next;
	if (watch->next) {
		watch->next->prev = watch->prev;
	}
	if (watch->prev_here) {
		watch->prev_here->next_here = watch->next_here;
	} else {
		watch->here->pointer = watch->next_here;
	}
	if (watch->next_here) {
		watch->next_here->prev_here = watch->prev_here;
	}
	index_remove(&w->index, &watch->index);
}

static void drop(struct watches *w, struct watch *watch)
{
	conn_watch_gone(watch);
	unlink_watch(w, watch);
	if (!watch->here->pointer) {
		strmap_remove(&w->by_path, watch->here);
	}
	w->count--;
	free(watch);
}

int watch_del(struct watches *w, struct watch **list, const char *path,
	      const char *token)
{
	struct strmap_entry *here =
		strmap_find(&w->by_path, path, strlen(path));
	struct watch *watch =
		here && *list ? find(w, here, (*list)->conn, token) : NULL;

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

static bool may_hear(const struct watch *watch, const struct watch_change *c)
{
	const struct perms_subject *who = conn_subject(watch->conn);

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
static void fire_here(const struct watches *w, const char *key, size_t len,
		      const struct watch_change *change, unsigned int below)
{
	struct strmap_entry *here = strmap_find(&w->by_path, key, len);

	if (!here) {
		return;
	}
	for (struct watch *i = first_here(here); i; i = i->next_here) {
		if (i->depth != WATCH_DEPTH_ALL &&
		    below > (unsigned int)i->depth) {
			continue;
		}
		if (may_hear(i, change)) {
			conn_watch_event(i, change->path);
		}
	}
}

void watch_fire(struct watches *w, const struct watch_change *change,
		bool exact)
{
	size_t len = strlen(change->path);
	unsigned int below = 0;

	if (w->count == 0) {
		return;
	}
	fire_here(w, change->path, len, change, below);
	if (exact) {
		return;
	}
	while ((len = path_parent_len(change->path, len)) > 0) {
		fire_here(w, change->path, len, change, ++below);
	}
}

static void fire_special(struct strmap_entry *here, const char *path,
			 const struct perms *perms)
{
	struct watch *i = here ? first_here(here) : NULL;

	for (; i; i = i->next_here) {
		if (perms_allow(perms, conn_subject(i->conn), PERMS_READ)) {
			conn_watch_event(i, i->depth == 1 ? path : here->key);
		}
	}
}

void watch_fire_special(struct watches *w, const char *name, const char *path,
			const struct perms *perms)
{
	fire_special(strmap_find(&w->by_path, name, strlen(name)), path, perms);
	fire_special(strmap_find(&w->by_path, path, strlen(path)), path, perms);
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
