// SPDX-License-Identifier: BSD-2-Clause
/*
 * Copy on write by reference count. The reference from the parent's list (or
 * from whoever holds the root) is one; a node whose count is one, and whose
 * ancestors and their lists all have one, belongs to this tree alone and may
 * change in place. writable_path() walks down and makes that true, copying
 * where it is not:
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
 * The slot of the node @depth components down @path, which exists, with the
 * node in a form that may be changed; NULL without memory.
 */
static struct node **writable_path(struct node **root, const char *path,
				   unsigned int depth)
{
	struct node **slot = root;
	size_t pos = 0;
	size_t len;

	while (node_writable(slot) && depth-- > 0) {
		const char *name = path_next(path, &pos, &len);

		slot = child_slot(*slot, name, len);
		if (!slot) {
			return NULL;
		}
	}
	return (*slot)->refs == 1 ? slot : NULL;
}

/* A node, and a list for its children in case it has few. */
static size_t bytes_of(size_t name_len, size_t value_len, uint32_t perms)
{
	return sizeof(struct node) + sizeof(struct list) + 2 * sizeof(void *) +
	       name_len + 1 + value_len + perms * sizeof(struct perm_entry);
}

size_t node_bytes(const struct node *node)
{
	return bytes_of(node->name_len, node->value_len,
			node_perms(node)->count);
}

size_t store_create_bytes(const struct node *nearest, unsigned int missing,
			  const char *path, size_t value_len)
{
	return missing * bytes_of(0, 0, node_perms(nearest)->count) +
	       strlen(path) + value_len;
}

static uint64_t work;

uint64_t store_work(void)
{
	return work;
}

static void book_node(struct ledger *l, const struct node *node, int sign)
{
	work++;
	ledger_add(l, perms_owner(node_perms(node)), sign,
		   sign * (int64_t)node_bytes(node));
}

void store_book(struct ledger *l, const struct node *root, int sign)
{
	const struct node *child;
	struct child_iter it;

	book_node(l, root, sign);
	child_iter_start(&it, root);
	while ((child = child_next(&it))) {
		store_book(l, child, sign);
	}
}

void store_book_difference(struct ledger *l, const struct node *from,
			   const struct node *to)
{
	const struct node *old;
	const struct node *new;
	struct child_iter i;
	struct child_iter j;

	if (from == to) {
		return;
	}
	ledger_add(l, perms_owner(node_perms(from)), -1,
		   -(int64_t)node_bytes(from));
	ledger_add(l, perms_owner(node_perms(to)), 1, (int64_t)node_bytes(to));
	child_iter_start(&i, from);
	child_iter_start(&j, to);
	old = child_next(&i);
	new = child_next(&j);
	while (old || new) {
		int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);

		if (order < 0) {
			store_book(l, old, -1);
		} else if (order > 0) {
			store_book(l, new, 1);
		} else {
			store_book_difference(l, old, new);
		}
		old = order <= 0 ? child_next(&i) : old;
		new = order >= 0 ? child_next(&j) : new;
	}
}

struct node *store_create(struct ledger *l)
{
	struct perms *perms = perms_alloc(1);
	struct node *root = perms ? node_create("", 0, perms, NULL, 0) : NULL;

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
			const void *value, size_t value_len, struct node **top)
{
	struct node *last = NULL;
	const char *name;
	size_t len;

	*top = NULL;
	while ((name = path_next(path, &pos, &len))) {
		bool is_last = path[pos] == '\0';
		struct node *node = node_create(name, len, perms, value,
						is_last ? value_len : 0);

		if (!node || (last && child_add(last, node))) {
			node_put(node);
			node_put(*top);
			return -ENOMEM;
		}
		if (!last) {
			*top = node;
		}
		last = node;
	}
	return 0;
}

static struct perms *inherited(const struct node *above, unsigned int creator)
{
	struct perms *perms = node_perms(above);

	if (creator == 0 || creator == perms_owner(perms)) {
		return perms_get(perms);
	}
	return perms_with_owner(perms, creator);
}

/*
 * Create the components of @path from @pos on below the node in @slot, which
 * may be changed.
 */
static int create_below(struct node **slot, struct ledger *l, const char *path,
			size_t pos, const void *value, size_t len,
			unsigned int creator)
{
	struct perms *perms = inherited(*slot, creator);
	struct node *top;
	int rc;

	if (!perms) {
		return -ENOMEM;
	}
	rc = create_chain(path, pos, perms, value, len, &top);
	perms_put(perms);
	if (!rc && child_add(*slot, top)) {
		node_put(top);
		rc = -ENOMEM;
	}
	if (!rc) {
		store_book(l, top, 1);
	}
	return rc;
}

/*
 * The slot of @path, or of the nearest node above, in a form that may be
 * changed; *pos gets where in the path the missing components begin. NULL
 * without memory.
 */
static struct node **writable_nearest(struct node **root, const char *path,
				      size_t *pos)
{
	struct node **slot = root;
	const char *name;
	size_t next = 0;
	size_t len;

	*pos = 0;
	while (slot && node_writable(slot) &&
	       (name = path_next(path, &next, &len)) &&
	       node_child(*slot, name, len)) {
		slot = child_slot(*slot, name, len);
		*pos = next;
	}
	return slot && (*slot)->refs == 1 ? slot : NULL;
}

int store_write(struct node **root, struct ledger *l, const char *path,
		const void *value, size_t len, unsigned int creator)
{
	size_t pos;
	struct node **slot = writable_nearest(root, path, &pos);
	int rc;

	if (!slot) {
		return -ENOMEM;
	}
	if (path[pos] != '\0' && path[1] != '\0') {
		return create_below(slot, l, path, pos, value, len, creator);
	}
	book_node(l, *slot, -1);
	rc = node_set_value(slot, value, len);
	book_node(l, *slot, 1);
	return rc;
}

int store_mkdir(struct node **root, struct ledger *l, const char *path,
		unsigned int creator)
{
	if (store_find(*root, path)) {
		return 0;
	}
	return store_write(root, l, path, NULL, 0, creator);
}

int store_set_perms(struct node **root, struct ledger *l, const char *path,
		    struct perms *perms)
{
	struct node **slot;

	if (!store_find(*root, path)) {
		return -ENOENT;
	}
	slot = writable_path(root, path, path_depth(path));
	if (!slot) {
		return -ENOMEM;
	}
	book_node(l, *slot, -1);
	node_set_perms(*slot, perms);
	book_node(l, *slot, 1);
	return 0;
}

int store_remove(struct node **root, struct ledger *l, const char *path)
{
	struct node *node = store_find(*root, path);
	struct node **above;

	if (!node || node == *root) {
		return -ENOENT;
	}
	above = writable_path(root, path, path_depth(path) - 1);
	if (!above || child_remove(*above, node->name, node->name_len, &node)) {
		return -ENOMEM;
	}
	store_book(l, node, -1);
	node_put(node);
	return 0;
}

/* What a domain that is gone leaves behind: paths to remove or to strip. */
struct left {
	struct left *next;
	bool remove;
	char path[];
};

struct forget {
	unsigned int domid;
	struct left *first;
	struct left **last;
	size_t path_len;
	char path[PATH_BUF_SIZE];
};

static int note_left(struct forget *f, bool removes)
{
	size_t size = f->path_len ? f->path_len + 1 : sizeof("/");
	struct left *left = malloc(sizeof(*left) + size);

	if (!left) {
		return -ENOMEM;
	}
	left->next = NULL;
	left->remove = removes;
	memcpy(left->path, f->path_len ? f->path : "/", size);
	*f->last = left;
	f->last = &left->next;
	return 0;
}

/* Looks only: what is shared with other trees stays so where nothing is left.
 */
static int look_for(struct forget *f, const struct node *node)
{
	const struct perms *perms = node_perms(node);
	bool owned = perms_means(perms_owner(perms), f->domid);
	size_t len = f->path_len;
	const struct node *child;
	struct child_iter it;
	int rc = 0;

	if (owned && len > 0) {
		return note_left(f, true);
	}
	if (owned || perms_names(perms, f->domid)) {
		rc = note_left(f, false);
	}
	child_iter_start(&it, node);
	while (!rc && (child = child_next(&it))) {
		f->path[len] = '/';
		memcpy(f->path + len + 1, child->name, child->name_len + 1u);
		f->path_len = len + 1 + child->name_len;
		rc = look_for(f, child);
	}
	f->path_len = len;
	f->path[len] = '\0';
	return rc;
}

static int strip_name(struct node **root, struct ledger *l, const char *path,
		      unsigned int domid)
{
	const struct node *node = store_find(*root, path);
	struct perms *perms = perms_without(node_perms(node), domid);
	int rc;

	if (!perms) {
		return -ENOMEM;
	}
	if (perms_means(perms_owner(perms), domid)) {
		perms->entry[0].domid = 0;
	}
	rc = store_set_perms(root, l, path, perms);
	perms_put(perms);
	return rc;
}

int store_forget_domain(struct node **root, struct ledger *l,
			unsigned int domid,
			void (*removed)(void *ctx, const char *path,
					const struct node *node),
			void *ctx)
{
	struct forget f = { .domid = domid, .last = &f.first };
	int rc = look_for(&f, *root);

	while (f.first) {
		struct left *left = f.first;

		if (!rc && left->remove) {
			if (removed) {
				removed(ctx, left->path,
					store_find(*root, left->path));
			}
			rc = store_remove(root, l, left->path);
		} else if (!rc) {
			rc = strip_name(root, l, left->path, domid);
		}
		f.first = left->next;
		free(left);
	}
	return rc;
}

uint64_t store_count(const struct node *root)
{
	const struct node *child;
	struct child_iter it;
	uint64_t n = 1;

	child_iter_start(&it, root);
	while ((child = child_next(&it))) {
		n += store_count(child);
	}
	return n;
}

uint64_t store_count_owned(const struct node *root, unsigned int domid,
			   uint64_t *bytes)
{
	const struct node *child;
	struct child_iter it;
	uint64_t n = 0;

	if (perms_owner(node_perms(root)) == domid) {
		n++;
		*bytes += node_bytes(root);
	}
	child_iter_start(&it, root);
	while ((child = child_next(&it))) {
		n += store_count_owned(child, domid, bytes);
	}
	return n;
}
