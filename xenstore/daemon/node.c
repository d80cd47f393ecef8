// SPDX-License-Identifier: BSD-2-Clause
/* One node: its name and value are one piece of memory. See node.h. */
#include "xenstore/daemon/node.h"

#include <errno.h>
#include <string.h>

#include "xenstore/daemon/list.h"
#include "xenstore/daemon/slab.h"

static size_t size_of(size_t name_len, size_t value_len)
{
	return offsetof(struct node, name) + name_len + 1 + value_len;
}

struct node *node_create(const char *name, size_t name_len, struct perms *perms,
			 const void *value, size_t value_len)
{
	size_t size = size_of(name_len, value_len);
	struct node *node = slab_alloc(size);

	if (!node) {
		return NULL;
	}
	list_count_bytes((int64_t)size);
	node->list = NULL;
	node->refs = 1;
	node->perms_id = perms_get(perms)->id;
	node->name_len = (uint16_t)name_len;
	node->value_len = (uint16_t)value_len;
	memcpy(node->name, name, name_len);
	node->name[name_len] = '\0';
	if (value_len > 0) {
		memcpy(node->name + name_len + 1, value, value_len);
	}
	return node;
}

struct node *node_get(struct node *node)
{
	node->refs++;
	return node;
}

void node_put(struct node *node)
{
	size_t size;

	if (!node || --node->refs > 0) {
		return;
	}
	size = size_of(node->name_len, node->value_len);
	list_put(node->list);
	perms_put(node_perms(node));
	list_count_bytes(-(int64_t)size);
	slab_free(node, size);
}

bool node_value_equal(const struct node *a, const struct node *b)
{
	return a->value_len == b->value_len &&
	       memcmp(node_value(a), node_value(b), a->value_len) == 0;
}

/* Put a copy with another value in the place of *@slot, sharing the rest. */
static struct node *replace(struct node **slot, const void *value, size_t len)
{
	struct node *from = *slot;
	struct node *node = node_create(from->name, from->name_len,
					node_perms(from), value, len);

	if (node) {
		node->list = list_get(from->list);
		*slot = node;
		node_put(from);
	}
	return node;
}

struct node *node_writable(struct node **slot)
{
	struct node *node = *slot;

	return node->refs == 1
		       ? node
		       : replace(slot, node_value(node), node->value_len);
}

int node_set_value(struct node **slot, const void *value, size_t len)
{
	struct node *node = *slot;

	if (len != node->value_len) {
		return replace(slot, value, len) ? 0 : -ENOMEM;
	}
	if (len > 0) {
		memcpy(node->name + node->name_len + 1, value, len);
	}
	return 0;
}

void node_set_perms(struct node *node, struct perms *perms)
{
	struct perms *old = node_perms(node);

	node->perms_id = perms_get(perms)->id;
	perms_put(old);
}
