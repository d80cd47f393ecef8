/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes and their lists of children: what the trees of store.h are made of.
 *
 * A node has its name and its value in itself. Its children are a list: a
 * B-tree ordered by name, whose parts are shared between trees by reference
 * count just as nodes are. So a change in a directory of 10,000 copies a few
 * dozen pointers where the directory is shared, and none where it is not.
 *
 * What more than one holder refers to is never changed. node_writable() and
 * child_slot() make sure of that, copying where they must; the copies are
 * equal to what they replace, so whoever fails half way has changed nothing.
 */
#ifndef XENSTORE_DAEMON_NODE_H
#define XENSTORE_DAEMON_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenstore/common/perms.h"

/* A list this high has had more nodes than there is memory. */
#define LIST_HEIGHT_MAX 8

struct list {
	uint64_t generation; /* of the whole list, in its topmost part */
	uint64_t bytes;	     /* of all names below, with a NUL each */
	uint32_t total;	     /* nodes below */
	uint32_t refs;
	uint8_t height; /* 0: the items are nodes */
	uint8_t count;
	uint8_t capacity;
	union {
		struct node *node;
		struct list *list;
	} item[];
};

struct node {
	struct list *list; /* NULL: no children */
	uint32_t refs;
	uint32_t perms_id;
	uint16_t name_len;
	uint16_t value_len;
	char name[]; /* and a NUL, and the value */
};

static inline const char *node_value(const struct node *node)
{
	return node->name + node->name_len + 1;
}

static inline struct perms *node_perms(const struct node *node)
{
	return perms_by_id(node->perms_id);
}

static inline uint32_t node_child_count(const struct node *node)
{
	return node->list ? node->list->total : 0;
}

/*
 * Names a version of the list of children: equal only where the lists are.
 * An empty list is 0.
 */
static inline uint64_t node_generation(const struct node *node)
{
	return node->list ? node->list->generation : 0;
}

/* One reference, no children; shares @perms. @len up to 64 KiB. NULL: -ENOMEM
 */
struct node *node_create(const char *name, size_t name_len, struct perms *perms,
			 const void *value, size_t value_len);
struct node *node_get(struct node *node);
void node_put(struct node *node);
bool node_value_equal(const struct node *a, const struct node *b);

/* Make *@slot a node of its own. NULL without memory. */
struct node *node_writable(struct node **slot);

/* Change a node that is writable; its value may move it. -ENOMEM. */
int node_set_value(struct node **slot, const void *value, size_t len);
void node_set_perms(struct node *node, struct perms *perms);

struct node *node_child(const struct node *node, const char *name, size_t len);
/* By position in the order of names; NULL behind the end. */
struct node *node_child_at(const struct node *node, uint32_t position);

/* The slot of a child that exists, in writable lists. NULL: no memory. */
struct node **child_slot(struct node *node, const char *name, size_t len);
/* Both need a writable node. add takes over the caller's reference. */
int child_add(struct node *node, struct node *child);
/* Gives the reference to the caller. -ENOMEM. */
int child_remove(struct node *node, const char *name, size_t len,
		 struct node **out);

/* Walk over the children in the order of names; no changes meanwhile. */
struct child_iter {
	const struct list *at[LIST_HEIGHT_MAX];
	unsigned int next[LIST_HEIGHT_MAX];
	unsigned int depth; /* lists in use */
};

void child_iter_start(struct child_iter *it, const struct node *node);
/* NULL at the end. */
struct node *child_next(struct child_iter *it);
/*
 * Leave out children whose names lie within the first *@bytes of all names
 * (with a NUL each), and take their length from *@bytes.
 */
void child_skip(struct child_iter *it, uint64_t *bytes);

/* Bytes of all nodes and lists that exist, also in trees of the past. */
uint64_t store_allocated(void);
/* The last generation given out, and where to go on from. */
uint64_t store_generation(void);
void store_set_generation(uint64_t last);
/* For who builds what was written down, when all children are there. */
void node_restore_generation(struct node *node, uint64_t generation);

#endif
