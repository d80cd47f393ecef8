/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intrusive red-black tree. The user walks down from root->node to find the
 * place for a new node and links it there; this file only balances:
 *
 *	struct rb_node **link = &root->node, *parent = NULL;
 *	while (*link) {
 *		parent = *link;
 *		link = key < key_of(parent) ? &parent->left : &parent->right;
 *	}
 *	rb_link(&item->node, parent, link);
 *	rb_balance_insert(root, &item->node);
 *
 * Invariants: the root is black, a red node has no red child, every path from
 * a node down to a leaf has the same number of black nodes. The caller locks.
 */
#ifndef LIB_RBTREE_H
#define LIB_RBTREE_H

#include "lib/types.h"

struct rb_node {
	struct rb_node *parent, *left, *right;
	bool red;
};

struct rb_root {
	struct rb_node *node;
};

#define rb_entry(ptr, type, member) container_of(ptr, type, member)

static inline bool rb_empty(const struct rb_root *root)
{
	return !root->node;
}

static inline void rb_link(struct rb_node *node, struct rb_node *parent,
			   struct rb_node **link)
{
	node->parent = parent;
	node->left = NULL;
	node->right = NULL;
	node->red = true;
	*link = node;
}

void rb_balance_insert(struct rb_root *root, struct rb_node *node);
void rb_erase(struct rb_root *root, struct rb_node *node);

struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);

#endif
