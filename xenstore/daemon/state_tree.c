// SPDX-License-Identifier: BSD-2-Clause
/*
 * Trees from records (state_save.c says how they are written). The stack is a
 * list in @stack; a node takes its children from its end. Their names must be
 * sorted, and no path may be longer than the protocol allows.
 *
 * A node that is said again makes a tree larger than its records. That is
 * bounded: no tree may hold more nodes than there are records.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/state_take.h"

/* Takes over a reference, also when it fails. */
static int push(struct nodes *n, struct loaded_node item)
{
	size_t capacity = n->capacity ? 2 * n->capacity : 64;
	struct loaded_node *bigger = n->item;

	if (n->count == n->capacity) {
		bigger = reallocarray(n->item, capacity, sizeof(item));
		if (!bigger) {
			node_put(item.node);
			return -ENOMEM;
		}
		n->item = bigger;
		n->capacity = capacity;
	}
	n->item[n->count++] = item;
	return 0;
}

void nodes_clear(struct nodes *n)
{
	while (n->count > 0) {
		node_put(n->item[--n->count].node);
	}
	free(n->item);
}

static bool list_ok(const struct perms *perms)
{
	for (uint32_t i = 0; i < perms->count; i++) {
		if (perms->entry[i].access > (PERMS_READ | PERMS_WRITE)) {
			return false;
		}
	}
	return true;
}

/* Lists are few and nodes are many. */
int take_list(struct load *l, const struct state_value *list,
	      struct perms **out)
{
	size_t count = list->n / sizeof((*out)->entry[0]);
	struct perms **known = &l->perms[state_check(0, list->data, list->n) %
					 (sizeof(l->perms) / sizeof(*known))];
	struct perms *perms;

	if (count == 0 || list->n % sizeof((*out)->entry[0]) != 0) {
		return state_bad(&l->in, "permissions of %zu bytes",
				 (size_t)list->n);
	}
	if (!*known || (*known)->count != count ||
	    memcmp((*known)->entry, list->data, list->n) != 0) {
		perms = perms_alloc((unsigned int)count);
		if (!perms) {
			return -ENOMEM;
		}
		memcpy(perms->entry, list->data, list->n);
		if (!list_ok(perms)) {
			perms_put(perms);
			return state_bad(&l->in, "no such permission");
		}
		perms_put(*known);
		*known = perms;
	}
	*out = perms_get(*known);
	return 0;
}

/* One component of a path, and only the root has none. */
static bool name_ok(const char *name)
{
	char path[PATH_BUF_SIZE];
	char text[PATH_BUF_SIZE];
	size_t len = strlen(name);

	if (len == 0 || len >= XENSTORE_ABS_PATH_MAX || strchr(name, '/')) {
		return len == 0;
	}
	text[0] = '/';
	memcpy(text + 1, name, len + 1);
	return path_canonicalise(text, 0, false, path) == 0;
}

/* The @count nodes at the end of the stack become children; what of? */
static int judge_children(struct load *l, uint64_t count,
			  struct loaded_node *sum)
{
	const struct loaded_node *child;

	if (count > l->stack.count) {
		return state_bad(&l->in, "%llu children, %zu are there",
				 (unsigned long long)count, l->stack.count);
	}
	if (count == 0) {
		return 0;
	}
	child = l->stack.item + (l->stack.count - count);
	for (uint64_t i = 0; i < count; i++) {
		if (child[i].node->name_len == 0) {
			return state_bad(&l->in, "a child without a name");
		}
		if (i > 0 &&
		    strcmp(child[i - 1].node->name, child[i].node->name) >= 0) {
			return state_bad(&l->in, "children not in order");
		}
		sum->count += child[i].count;
		if (child[i].path_len > sum->path_len) {
			sum->path_len = child[i].path_len;
		}
	}
	if (sum->count > l->in.records) {
		return state_bad(&l->in, "a tree of %llu nodes",
				 (unsigned long long)sum->count);
	}
	return 0;
}

static int judge_node(struct load *l, struct loaded_node *sum)
{
	const char *name = l->value[4].data;

	if (l->value[0].n > store_generation()) {
		return state_bad(&l->in, "a generation yet to come");
	}
	if (!name_ok(name)) {
		return state_bad(&l->in, "not a name of a node");
	}
	sum->count = 1;
	sum->path_len = 0;
	if (judge_children(l, l->value[1].n, sum)) {
		return -EINVAL;
	}
	sum->path_len += 1 + strlen(name);
	if (sum->path_len > XENSTORE_ABS_PATH_MAX + 1) {
		return state_bad(&l->in, "a path of %zu bytes", sum->path_len);
	}
	return 0;
}

/* The children leave the stack for the node, or for nobody. */
static int adopt(struct load *l, uint64_t count, struct node *node)
{
	int rc = 0;

	l->stack.count -= count;
	for (uint64_t i = 0; i < count; i++) {
		struct node *child = l->stack.item[l->stack.count + i].node;

		if (!rc) {
			rc = child_add(node, child);
		}
		if (rc) {
			node_put(child);
		}
	}
	return rc;
}

static int make_node(struct load *l, struct node **out)
{
	const struct state_value *v = l->value;
	uint64_t last = store_generation();
	struct perms *perms;
	int rc = take_list(l, &v[3], &perms);

	if (rc) {
		return rc;
	}
	*out = node_create(v[4].data, v[4].n - 1, perms, v[5].data, v[5].n);
	perms_put(perms);
	if (!*out) {
		return -ENOMEM;
	}
	rc = adopt(l, v[1].n, *out);
	store_set_generation(last);
	if (rc) {
		node_put(*out);
		return rc;
	}
	node_restore_generation(*out, v[0].n);
	return 0;
}

int take_node(struct load *l)
{
	struct loaded_node made;
	int rc = judge_node(l, &made);

	if (!rc) {
		rc = make_node(l, &made.node);
	}
	if (!rc && l->value[2].n) {
		(void)node_get(made.node);
		rc = push(&l->shared, made);
		if (rc) {
			node_put(made.node);
		}
	}
	return rc ? rc : push(&l->stack, made);
}

int take_again(struct load *l)
{
	uint64_t number = l->value[0].n;

	if (number >= l->shared.count) {
		return state_bad(&l->in, "node %llu is not there",
				 (unsigned long long)number);
	}
	(void)node_get(l->shared.item[number].node);
	return push(&l->stack, l->shared.item[number]);
}

int take_tree(struct load *l, struct node **out)
{
	if (l->stack.count == 0) {
		return state_bad(&l->in, "no tree is there");
	}
	if (l->stack.item[l->stack.count - 1].node->name_len != 0) {
		return state_bad(&l->in, "a tree whose root has a name");
	}
	*out = l->stack.item[--l->stack.count].node;
	return 0;
}

int take_live(struct load *l)
{
	struct server *s = l->server;
	struct node *root;
	int rc;

	if (l->live) {
		return state_bad(&l->in, "a second live tree");
	}
	rc = take_tree(l, &root);
	if (!rc) {
		l->live = true;
		store_book(&s->ledger, s->root, -1);
		store_book(&s->ledger, root, 1);
		server_set_root(s, root);
	}
	return rc;
}
