/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The balancing cases of a red-black tree, each written once: the mirrored
 * case is the same code with the sides swapped through child().
 */
#include "lib/rbtree.h"

static struct rb_node **child(struct rb_node *node, bool right)
{
	return right ? &node->right : &node->left;
}

static bool is_red(const struct rb_node *node)
{
	return node && node->red;
}

/* Below `node`, which is not NULL. */
static struct rb_node *leftmost(struct rb_node *node)
{
	while (node->left) {
		node = node->left;
	}
	return node;
}

/* Puts `new` (may be NULL) where `old` hangs. */
static void replace_child(struct rb_root *root, struct rb_node *old,
			  struct rb_node *new)
{
	struct rb_node *parent = old->parent;

	if (!parent) {
		root->node = new;
	} else if (parent->left == old) {
		parent->left = new;
	} else {
		parent->right = new;
	}
	if (new) {
		new->parent = parent;
	}
}

/* `node` goes down on the given side, its other child takes its place. */
static void rotate(struct rb_root *root, struct rb_node *node, bool right)
{
	struct rb_node *up = *child(node, !right);
	struct rb_node *between = *child(up, right);

	replace_child(root, node, up);
	*child(up, right) = node;
	node->parent = up;
	*child(node, !right) = between;
	if (between) {
		between->parent = node;
	}
}

void rb_balance_insert(struct rb_root *root, struct rb_node *node)
{
	while (is_red(node->parent)) {
		struct rb_node *parent = node->parent;
		struct rb_node *grand = parent->parent; /* red is not root */
		bool side = grand->right == parent;
		struct rb_node *uncle = *child(grand, !side);

		if (is_red(uncle)) {
			parent->red = false;
			uncle->red = false;
			grand->red = true;
			node = grand;
			continue;
		}
		if (*child(parent, !side) == node) {
			rotate(root, parent, side);
			parent = node;
		}
		parent->red = false;
		grand->red = true;
		rotate(root, grand, !side);
		break;
	}
	root->node->red = false;
}

/* The subtree `node` (may be NULL) under `parent` lacks one black node. */
static void balance_erase(struct rb_root *root, struct rb_node *node,
			  struct rb_node *parent)
{
	while (parent && !is_red(node)) {
		bool side = parent->right == node;
		struct rb_node *sibling = *child(parent, !side);

		if (sibling->red) {
			sibling->red = false;
			parent->red = true;
			rotate(root, parent, side);
			sibling = *child(parent, !side);
		}
		if (!is_red(sibling->left) && !is_red(sibling->right)) {
			sibling->red = true;
			node = parent;
			parent = node->parent;
			continue;
		}
		if (!is_red(*child(sibling, !side))) {
			(*child(sibling, side))->red = false;
			sibling->red = true;
			rotate(root, sibling, !side);
			sibling = *child(parent, !side);
		}
		sibling->red = parent->red;
		parent->red = false;
		(*child(sibling, !side))->red = false;
		rotate(root, parent, side);
		node = root->node;
		break;
	}
	if (node) {
		node->red = false;
	}
}

/* `next`, the leftmost node on the right of `node`, takes over its place. */
static void exchange_with_successor(struct rb_root *root, struct rb_node *node,
				    struct rb_node *next)
{
	replace_child(root, node, next);
	next->red = node->red;
	next->left = node->left;
	next->left->parent = next;
	if (node->right != next) {
		next->right = node->right;
		next->right->parent = next;
	}
}

void rb_erase(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *next, *orphan, *parent;
	bool lost_black;

	if (!node->left || !node->right) {
		orphan = node->left ? node->left : node->right;
		parent = node->parent;
		lost_black = !node->red;
		replace_child(root, node, orphan);
	} else {
		next = leftmost(node->right);
		orphan = next->right;
		parent = next->parent == node ? next : next->parent;
		lost_black = !next->red;
		if (parent != next) {
			replace_child(root, next, orphan);
		}
		exchange_with_successor(root, node, next);
	}
	if (lost_black) {
		balance_erase(root, orphan, parent);
	}
	node->parent = NULL;
	node->left = NULL;
	node->right = NULL;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return root->node ? leftmost(root->node) : NULL;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	if (node->right) {
		return leftmost(node->right);
	}
	while (node->parent && node->parent->right == node) {
		node = node->parent;
	}
	return node->parent;
}
