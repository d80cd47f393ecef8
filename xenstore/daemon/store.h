/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree. A root pointer *is* a tree: to keep the tree as it is now, take a
 * reference to its root. Nodes that more than one tree (or node) refers to are
 * never changed; a change copies the nodes on the path from the root, and
 * shares everything else. Nodes that one tree alone refers to are changed in
 * place, so that without open transactions nothing is copied.
 *
 * Paths given here are absolute and canonical (common/path). This layer knows
 * no permissions and no limits: its callers asked before. It books nodes and
 * bytes on their owners, through the ledger that the caller hands in.
 *
 * Errors: -ENOENT, -ENOMEM. A call that fails leaves the tree equal to what it
 * was.
 */
#ifndef XENSTORE_DAEMON_STORE_H
#define XENSTORE_DAEMON_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenstore/common/perms.h"
#include "xenstore/daemon/quota.h"

/* Bytes of a node's value; shared by reference count, never changed. */
struct value {
	uint32_t refs;
	uint32_t len;
	char data[];
};

struct node {
	uint32_t refs;
	uint32_t child_count;
	uint32_t child_capacity;
	uint32_t name_len;
	uint64_t generation; /* new with each change of the list of children */
	struct node **child; /* sorted by name */
	struct value *value; /* NULL is the empty value */
	struct perms *perms;
	char name[];
};

struct value *value_create(const void *data, size_t len);
struct value *value_get(struct value *value);
void value_put(struct value *value);
bool value_equal(const struct value *a, const struct value *b);

/* A tree of just "/", owned by domain 0, readable by domain 0. */
struct node *store_create(struct ledger *l);
struct node *node_get(struct node *node);
void node_put(struct node *node);

/* The node at @path, or NULL. The tree keeps its reference. */
struct node *store_find(struct node *root, const char *path);
struct node *node_child(const struct node *node, const char *name, size_t len);

/*
 * The deepest node on the way to @path, which exists always (at worst the
 * root); *missing gets how many components below it do not exist.
 */
struct node *store_nearest(struct node *root, const char *path,
			   unsigned int *missing);

/* What creating the missing part of @path with @value_len bytes would book. */
size_t store_create_bytes(const struct node *nearest, unsigned int missing,
			  const char *path, size_t value_len);
size_t node_bytes(const struct node *node);

/*
 * Set the value of @path, creating what is missing. Created nodes get the
 * permissions of the nearest node above, with @creator as owner unless that
 * is 0. @value may be NULL (empty); it is shared, the caller keeps its
 * reference. mkdir does nothing to a node that exists.
 */
int store_write(struct node **root, struct ledger *l, const char *path,
		struct value *value, unsigned int creator);
int store_mkdir(struct node **root, struct ledger *l, const char *path,
		unsigned int creator);
int store_set_perms(struct node **root, struct ledger *l, const char *path,
		    struct perms *perms);

/* Remove a node that is not "/" and all below it. */
int store_remove(struct node **root, struct ledger *l, const char *path);

/*
 * A domain is gone for good: remove what it owns (not "/"), and its name from
 * every permission list, so that the next domain with this number inherits
 * nothing. @removed is called with the path of each subtree before it goes.
 */
int store_forget_domain(struct node **root, struct ledger *l,
			unsigned int domid,
			void (*removed)(void *ctx, const char *path,
					const struct node *node),
			void *ctx);

/*
 * For who builds a tree from what was written down: a node with room for
 * @children, which node_restore_child() then fills in, in order of their
 * names, taking over the caller's references.
 */
struct node *node_restore(const char *name, size_t len, struct perms *perms,
			  struct value *value, uint64_t generation,
			  uint32_t children);
void node_restore_child(struct node *node, uint32_t at, struct node *child);
/* Book a whole tree (@sign 1), or take it from the books (-1). */
void store_book(struct ledger *l, const struct node *root, int sign);
/* The last generation given out, and where to go on from. */
uint64_t store_generation(void);
void store_set_generation(uint64_t last);

/* Bytes of all nodes and values that exist, also in trees of the past. */
uint64_t store_allocated(void);

/* Nodes in a tree, and the same counted for one owner (for checks). */
uint64_t store_count(const struct node *root);
uint64_t store_count_owned(const struct node *root, unsigned int domid,
			   uint64_t *bytes);

#endif
