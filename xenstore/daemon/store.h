/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree. A root pointer *is* a tree: to keep the tree as it is now, take a
 * reference to its root. Nodes (node.h) that more than one tree (or node)
 * refers to are never changed; a change copies the nodes on the path from the
 * root, and shares everything else. Nodes that one tree alone refers to are
 * changed in place, so that without open transactions nothing is copied.
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
#include "xenstore/daemon/node.h"
#include "xenstore/daemon/quota.h"

/* A tree of just "/", owned by domain 0, readable by domain 0. */
struct node *store_create(struct ledger *l);

/* The node at @path, or NULL. The tree keeps its reference. */
struct node *store_find(struct node *root, const char *path);

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
 * is 0. mkdir does nothing to a node that exists.
 */
int store_write(struct node **root, struct ledger *l, const char *path,
		const void *value, size_t len, unsigned int creator);
int store_mkdir(struct node **root, struct ledger *l, const char *path,
		unsigned int creator);
int store_set_perms(struct node **root, struct ledger *l, const char *path,
		    struct perms *perms);

/* Remove a node that is not "/" and all below it. */
int store_remove(struct node **root, struct ledger *l, const char *path);

/*
 * A domain is gone for good: remove what it owns ("/" goes to domain 0), and
 * its name from every permission list, so that the next domain with this
 * number inherits nothing. @removed, or NULL, is called with the path of each
 * subtree before it goes.
 */
int store_forget_domain(struct node **root, struct ledger *l,
			unsigned int domid,
			void (*removed)(void *ctx, const char *path,
					const struct node *node),
			void *ctx);

/* Book a whole tree (@sign 1), or take it from the books (-1). */
void store_book(struct ledger *l, const struct node *root, int sign);
/* Book what making @to of @from adds for each owner. */
void store_book_difference(struct ledger *l, const struct node *from,
			   const struct node *to);
/* Nodes booked, ever: what requests cost beyond their own size. */
uint64_t store_work(void);
/* Nodes in a tree, and the same counted for one owner (for checks). */
uint64_t store_count(const struct node *root);
uint64_t store_count_owned(const struct node *root, unsigned int domid,
			   uint64_t *bytes);

#endif
