// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copy on write by reference count. The reference from the parent (or from
 * whoever holds the root) is one; a node whose count is one, and whose
 * ancestors all have one, belongs to this tree alone and may change in place.
 * writable_path() walks down and makes that true, copying where it is not:
 *
 *   live root R -> A -> B,C        a transaction takes R: refs(R) = 2
 *   write /A/B in the live tree:   R' and A' are copies; A' -> B', C
 *   the transaction still sees     R -> A -> B, C     (C has two parents now)
 *
 * So whatever fails half way has made copies equal to what they replace.
 *
 * The generation of a node names a version of its list of children. It is
 * unique in the life of the daemon, so an equal generation means an equal
 * list, which is what DIRECTORY_PART and the transactions ask.
 */
#include "xenstore/daemon/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"

static uint64_t last_generation;
static uint64_t allocated;

uint64_t store_allocated(void)
{
	return allocated;
}

struct value *value_create(const void *data, size_t len)
{
	struct value *value = malloc(sizeof(*value) + len);

	if (value) {
		value->refs = 1;
		value->len = (uint32_t)len;
		allocated += sizeof(*value) + len;
		memcpy(value->data, data, len);
	}
	return value;
}

struct value *value_get(struct value *value)
{
	if (value) {
		value->refs++;
	}
	return value;
}

void value_put(struct value *value)
{
	if (value && --value->refs == 0) {
		allocated -= sizeof(*value) + value->len;
		free(value);
	}
}

bool value_equal(const struct value *a, const struct value *b)
{
	size_t len_a = a ? a->len : 0;
	size_t len_b = b ? b->len : 0;

	return a == b || (len_a == len_b &&
			  (len_a == 0 || memcmp(a->data, b->data, len_a) == 0));
}

struct node *node_get(struct node *node)
{
	node->refs++;
	return node;
}

void node_put(struct node *node)
{
	if (!node || --node->refs > 0) {
		return;
	}
	for (uint32_t i = 0; i < node->child_count; i++) {
		node_put(node->child[i]);
	}
	allocated -= sizeof(*node) + node->name_len + 1 +
		     node->child_capacity * sizeof(node->child[0]);
	free(node->child);
	value_put(node->value);
	perms_put(node->perms);
	free(node);
}

/* Takes a reference of @perms, which may be NULL only on the way to fail. */
static struct node *node_create(const char *name, size_t len,
				struct perms *perms)
{
	struct node *node = calloc(1, sizeof(*node) + len + 1);

	if (!node) {
		return NULL;
	}
	allocated += sizeof(*node) + len + 1;
	node->refs = 1;
	node->name_len = (uint32_t)len;
	memcpy(node->name, name, len);
	node->generation = ++last_generation;
	node->perms = perms_get(perms);
	return node;
}

/* An equal node with one reference, sharing children, value, permissions. */
static struct node *node_copy(const struct node *from)
{
	struct node *node =
		node_create(from->name, from->name_len, from->perms);

	if (!node) {
		return NULL;
	}
	if (from->child_count) {
		node->child = calloc(from->child_count, sizeof(node->child[0]));
		if (!node->child) {
			node_put(node);
			return NULL;
		}
	}
	for (uint32_t i = 0; i < from->child_count; i++) {
		node->child[i] = node_get(from->child[i]);
	}
	node->child_count = from->child_count;
	node->child_capacity = from->child_count;
	allocated += node->child_capacity * sizeof(node->child[0]);
	node->generation = from->generation;
	node->value = value_get(from->value);
	return node;
}

struct node *node_restore(const char *name, size_t len, struct perms *perms,
			  struct value *value, uint64_t generation,
			  uint32_t children)
{
	struct node *node = node_create(name, len, perms);

	if (node && children > 0) {
		node->child = calloc(children, sizeof(node->child[0]));
		if (!node->child) {
			node_put(node);
			return NULL;
		}
		node->child_capacity = children;
		allocated += children * sizeof(node->child[0]);
	}
	if (node) {
		node->generation = generation;
		node->value = value_get(value);
	}
	return node;
}

void node_restore_child(struct node *node, uint32_t at, struct node *child)
{
	node->child[at] = child;
	node->child_count = at + 1;
}

uint64_t store_generation(void)
{
	return last_generation;
}

void store_set_generation(uint64_t last)
{
	last_generation = last;
}

/* Make *@slot a node that nobody else refers to. */
static struct node *writable(struct node **slot)
{
	struct node *copy;

	if ((*slot)->refs == 1) {
		return *slot;
	}
	copy = node_copy(*slot);
	if (!copy) {
		return NULL;
	}
	node_put(*slot);
	*slot = copy;
	return copy;
}

static int name_compare(const char *name, size_t len, const struct node *node)
{
	size_t shorter = len < node->name_len ? len : node->name_len;
	int order = memcmp(name, node->name, shorter);

	if (order != 0) {
		return order;
	}
	return (len > node->name_len) - (len < node->name_len);
}

/* Where @name is among the children, or where it belongs. */
static uint32_t child_position(const struct node *node, const char *name,
			       size_t len, bool *found)
{
	uint32_t low = 0;
	uint32_t high = node->child_count;

	*found = false;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = name_compare(name, len, node->child[mid]);

		if (order == 0) {
			*found = true;
			return mid;
		}
		if (order < 0) {
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	return low;
}

struct node *node_child(const struct node *node, const char *name, size_t len)
{
	bool found;
	uint32_t at = child_position(node, name, len, &found);

	return found ? node->child[at] : NULL;
}

struct node *store_find(struct node *root, const char *path)
{
	unsigned int missing;
	struct node *node = store_nearest(root, path, &missing);

	return missing ? NULL : node;
}

struct node *store_nearest(struct node *root, const char *path,
			   unsigned int *missing)
{
	struct node *node = root;
	const char *name;
	size_t pos = 0;
	size_t len;

	*missing = 0;
	while ((name = path_next(path, &pos, &len))) {
		struct node *child = node_child(node, name, len);

		if (!child) {
			*missing = 1 + path_depth(path + pos);
			break;
		}
		node = child;
	}
	return node;
}

/*
 * The node @depth components down @path, which exists, in a form that may be
 * changed; NULL without memory.
 */
static struct node *writable_path(struct node **root, const char *path,
				  unsigned int depth)
{
	struct node *node = writable(root);
	size_t pos = 0;
	size_t len;

	while (node && depth-- > 0) {
		const char *name = path_next(path, &pos, &len);
		bool found;
		uint32_t at = child_position(node, name, len, &found);

		node = writable(&node->child[at]);
	}
	return node;
}

static int child_reserve(struct node *node)
{
	uint32_t capacity = node->child_capacity ? 2 * node->child_capacity : 2;
	struct node **bigger;

	if (node->child_count < node->child_capacity) {
		return 0;
	}
	bigger = reallocarray(node->child, capacity, sizeof(*bigger));
	if (!bigger) {
		return -ENOMEM;
	}
	allocated += (capacity - node->child_capacity) * sizeof(*bigger);
	node->child = bigger;
	node->child_capacity = capacity;
	return 0;
}

/* Takes over the caller's reference of @child; room was reserved. */
static void child_insert(struct node *node, struct node *child)
{
	bool found;
	uint32_t at =
		child_position(node, child->name, child->name_len, &found);

	memmove(&node->child[at + 1], &node->child[at],
		(node->child_count - at) * sizeof(node->child[0]));
	node->child[at] = child;
	node->child_count++;
	node->generation = ++last_generation;
}

static void child_delete(struct node *node, uint32_t at)
{
	node->child_count--;
	memmove(&node->child[at], &node->child[at + 1],
		(node->child_count - at) * sizeof(node->child[0]));
	node->generation = ++last_generation;
}

static size_t bytes_of(size_t name_len, size_t value_len, uint32_t perms)
{
	return sizeof(struct node) + sizeof(struct node *) + name_len + 1 +
	       (value_len ? sizeof(struct value) + value_len : 0) +
	       perms * sizeof(struct perm_entry);
}

size_t node_bytes(const struct node *node)
{
	return bytes_of(node->name_len, node->value ? node->value->len : 0,
			node->perms->count);
}

size_t store_create_bytes(const struct node *nearest, unsigned int missing,
			  const char *path, size_t value_len)
{
	return missing * bytes_of(0, 0, nearest->perms->count) + strlen(path) +
	       (value_len ? sizeof(struct value) + value_len : 0);
}

static void book_node(struct ledger *l, const struct node *node, int sign)
{
	ledger_add(l, perms_owner(node->perms), sign,
		   sign * (int64_t)node_bytes(node));
}

static void book_subtree(struct ledger *l, const struct node *node, int sign)
{
	book_node(l, node, sign);
	for (uint32_t i = 0; i < node->child_count; i++) {
		book_subtree(l, node->child[i], sign);
	}
}

void store_book(struct ledger *l, const struct node *root, int sign)
{
	book_subtree(l, root, sign);
}

struct node *store_create(struct ledger *l)
{
	struct perms *perms = perms_alloc(1);
	struct node *root = perms ? node_create("", 0, perms) : NULL;

	perms_put(perms);
	if (root) {
		book_node(l, root, 1);
	}
	return root;
}

/*
 * A chain of new nodes for the components of @path from @pos on, not yet in
 * any tree; the value goes to the last one. *top gets the first one.
 */
static int create_chain(const char *path, size_t pos, struct perms *perms,
			struct value *value, struct node **top)
{
	struct node *last = NULL;
	const char *name;
	size_t len;

	*top = NULL;
	while ((name = path_next(path, &pos, &len))) {
		struct node *node = node_create(name, len, perms);

		if (!node || (last && child_reserve(last))) {
			node_put(node);
			node_put(*top);
			return -ENOMEM;
		}
		if (last) {
			last->child[last->child_count++] = node;
		} else {
			*top = node;
		}
		last = node;
	}
	if (last) {
		last->value = value_get(value);
	}
	return 0;
}

static size_t skip_components(const char *path, unsigned int depth)
{
	size_t pos = 0;
	size_t len;

	while (depth-- > 0) {
		(void)path_next(path, &pos, &len);
	}
	return pos;
}

static struct perms *inherited(const struct node *above, unsigned int creator)
{
	if (creator == 0 || creator == perms_owner(above->perms)) {
		return perms_get(above->perms);
	}
	return perms_with_owner(above->perms, creator);
}

/* Create the @missing last components of @path below @nearest. */
static int create_missing(struct node **root, struct ledger *l,
			  const char *path, const struct node *nearest,
			  unsigned int missing, struct value *value,
			  unsigned int creator)
{
	unsigned int depth = path_depth(path) - missing;
	struct perms *perms = inherited(nearest, creator);
	struct node *above;
	struct node *top;
	int rc;

	if (!perms) {
		return -ENOMEM;
	}
	rc = create_chain(path, skip_components(path, depth), perms, value,
			  &top);
	perms_put(perms);
	if (rc) {
		return rc;
	}
	above = writable_path(root, path, depth);
	if (!above || child_reserve(above)) {
		node_put(top);
		return -ENOMEM;
	}
	child_insert(above, top);
	book_subtree(l, top, 1);
	return 0;
}

int store_write(struct node **root, struct ledger *l, const char *path,
		struct value *value, unsigned int creator)
{
	unsigned int missing;
	struct node *node = store_nearest(*root, path, &missing);

	if (missing) {
		return create_missing(root, l, path, node, missing, value,
				      creator);
	}
	node = writable_path(root, path, path_depth(path));
	if (!node) {
		return -ENOMEM;
	}
	book_node(l, node, -1);
	value_put(node->value);
	node->value = value_get(value);
	book_node(l, node, 1);
	return 0;
}

int store_mkdir(struct node **root, struct ledger *l, const char *path,
		unsigned int creator)
{
	unsigned int missing;
	struct node *node = store_nearest(*root, path, &missing);

	if (!missing) {
		return 0;
	}
	return create_missing(root, l, path, node, missing, NULL, creator);
}

int store_set_perms(struct node **root, struct ledger *l, const char *path,
		    struct perms *perms)
{
	struct node *node = store_find(*root, path);

	if (!node) {
		return -ENOENT;
	}
	node = writable_path(root, path, path_depth(path));
	if (!node) {
		return -ENOMEM;
	}
	book_node(l, node, -1);
	perms_put(node->perms);
	node->perms = perms_get(perms);
	book_node(l, node, 1);
	return 0;
}

int store_remove(struct node **root, struct ledger *l, const char *path)
{
	struct node *node = store_find(*root, path);
	struct node *above;
	bool found;
	uint32_t at;

	if (!node || node == *root) {
		return -ENOENT;
	}
	above = writable_path(root, path, path_depth(path) - 1);
	if (!above) {
		return -ENOMEM;
	}
	at = child_position(above, node->name, node->name_len, &found);
	child_delete(above, at);
	book_subtree(l, node, -1);
	node_put(node);
	return 0;
}

struct forget {
	struct ledger *ledger;
	unsigned int domid;
	void (*removed)(void *ctx, const char *path, const struct node *node);
	void *ctx;
	size_t path_len;
	char path[PATH_BUF_SIZE];
};

/* Does the subtree hold anything of the domain? Copies must be rare. */
static bool mentions(const struct node *node, unsigned int domid)
{
	if (perms_owner(node->perms) == domid ||
	    perms_names(node->perms, domid)) {
		return true;
	}
	for (uint32_t i = 0; i < node->child_count; i++) {
		if (mentions(node->child[i], domid)) {
			return true;
		}
	}
	return false;
}

static int drop_name(struct forget *f, struct node *node)
{
	struct perms *perms;

	if (!perms_names(node->perms, f->domid)) {
		return 0;
	}
	perms = perms_without(node->perms, f->domid);
	if (!perms) {
		return -ENOMEM;
	}
	book_node(f->ledger, node, -1);
	perms_put(node->perms);
	node->perms = perms;
	book_node(f->ledger, node, 1);
	return 0;
}

static int forget_below(struct forget *f, struct node *node);

static int forget_child(struct forget *f, struct node *node, uint32_t at)
{
	struct node *child = node->child[at];

	if (perms_owner(child->perms) == f->domid) {
		f->removed(f->ctx, f->path, child);
		child_delete(node, at);
		book_subtree(f->ledger, child, -1);
		node_put(child);
		return 0;
	}
	if (!mentions(child, f->domid)) {
		return 0;
	}
	child = writable(&node->child[at]);
	return child ? forget_below(f, child) : -ENOMEM;
}

/* @node may be changed. Backwards, since children may go. */
static int forget_below(struct forget *f, struct node *node)
{
	size_t len = f->path_len;
	int rc = drop_name(f, node);

	for (uint32_t i = node->child_count; i > 0 && !rc; i--) {
		const struct node *child = node->child[i - 1];

		f->path[len] = '/';
		memcpy(f->path + len + 1, child->name, child->name_len + 1);
		f->path_len = len + 1 + child->name_len;
		rc = forget_child(f, node, i - 1);
	}
	f->path_len = len;
	f->path[len] = '\0';
	return rc;
}

int store_forget_domain(struct node **root, struct ledger *l,
			unsigned int domid,
			void (*removed)(void *ctx, const char *path,
					const struct node *node),
			void *ctx)
{
	struct forget f = {
		.ledger = l, .domid = domid, .removed = removed, .ctx = ctx
	};
	struct node *node;

	if (!mentions(*root, domid)) {
		return 0;
	}
	node = writable(root);
	return node ? forget_below(&f, node) : -ENOMEM;
}

uint64_t store_count(const struct node *root)
{
	uint64_t n = 1;

	for (uint32_t i = 0; i < root->child_count; i++) {
		n += store_count(root->child[i]);
	}
	return n;
}

uint64_t store_count_owned(const struct node *root, unsigned int domid,
			   uint64_t *bytes)
{
	uint64_t n = 0;

	if (perms_owner(root->perms) == domid) {
		n++;
		*bytes += node_bytes(root);
	}
	for (uint32_t i = 0; i < root->child_count; i++) {
		n += store_count_owned(root->child[i], domid, bytes);
	}
	return n;
}
