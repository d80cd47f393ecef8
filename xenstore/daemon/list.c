// SPDX-License-Identifier: BSD-2-Clause
/*
 * The children of a node: a B-tree of lists of at most LIST_MAX items. The
 * items of a list of height 0 are nodes, those of a higher one are lists that
 * are one lower and not empty; all in the order of names.
 *
 * A full list on the way down is split before anything is put below it, so
 * each step has room in the list above. Lists that become empty go; lists
 * that become small stay, but give memory back. All 300 children of a node:
 *
 *	height 1:  [ a0.. | c7.. | k2.. ]
 *	height 0:  [ a0 a1 b4 ] [ c7 .. ] [ k2 .. ]
 *
 * A list that more than one holder refers to is copied before it changes:
 * that is LIST_MAX pointers and counts for each level of the way.
 */
#include "xenstore/daemon/list.h"

#include <errno.h>
#include <string.h>

#include "xenstore/daemon/slab.h"

#define LIST_MAX 32u

static uint64_t last_generation;
static uint64_t allocated;

uint64_t store_allocated(void)
{
	return allocated;
}

uint64_t store_generation(void)
{
	return last_generation;
}

void store_set_generation(uint64_t last)
{
	last_generation = last;
}

void list_count_bytes(int64_t bytes)
{
	allocated += (uint64_t)bytes;
}

static size_t size_of(unsigned int capacity)
{
	return sizeof(struct list) +
	       capacity * sizeof(((struct list *)NULL)->item[0]);
}

/* Room is given by twos: most lists are short, and there are many. */
static unsigned int capacity_for(unsigned int count)
{
	return count < 2 ? 1 : (count + 1) & ~1u;
}

static struct list *list_create(unsigned int height, unsigned int capacity)
{
	struct list *list = slab_alloc(size_of(capacity));

	if (list) {
		memset(list, 0, sizeof(*list));
		list->refs = 1;
		list->height = (uint8_t)height;
		list->capacity = (uint8_t)capacity;
		list_count_bytes((int64_t)size_of(capacity));
	}
	return list;
}

/* The memory alone: who holds the items now? */
static void list_free(struct list *list)
{
	size_t size = size_of(list->capacity);

	list_count_bytes(-(int64_t)size);
	slab_free(list, size);
}

struct list *list_get(struct list *list)
{
	if (list) {
		list->refs++;
	}
	return list;
}

void list_put(struct list *list)
{
	if (!list || --list->refs > 0) {
		return;
	}
	for (unsigned int i = 0; i < list->count; i++) {
		if (list->height > 0) {
			list_put(list->item[i].list);
		} else {
			node_put(list->item[i].node);
		}
	}
	list_free(list);
}

/*
 * Make *@slot a list of its own that has @capacity. If it was shared its items
 * have one holder more, else they move. NULL without memory.
 */
static struct list *resize(struct list **slot, unsigned int capacity)
{
	struct list *from = *slot;
	struct list *list = list_create(from->height, capacity);

	if (!list) {
		return NULL;
	}
	list->generation = from->generation;
	list->bytes = from->bytes;
	list->total = from->total;
	list->count = from->count;
	memcpy(list->item, from->item, from->count * sizeof(from->item[0]));
	*slot = list;
	if (from->refs == 1) {
		list_free(from);
		return list;
	}
	for (unsigned int i = 0; i < list->count; i++) {
		if (list->height > 0) {
			list->item[i].list->refs++;
		} else {
			list->item[i].node->refs++;
		}
	}
	from->refs--;
	return list;
}

/* A list of its own with room for @more items. */
static struct list *writable(struct list **slot, unsigned int more)
{
	struct list *list = *slot;

	if (list->refs == 1 && list->count + more <= list->capacity) {
		return list;
	}
	return resize(slot, capacity_for(list->count + more));
}

/* ---- order ---- */

static int name_compare(const char *name, size_t len, const struct node *node)
{
	size_t shorter = len < node->name_len ? len : node->name_len;
	int order = memcmp(name, node->name, shorter);

	if (order != 0) {
		return order;
	}
	return (len > node->name_len) - (len < node->name_len);
}

static const struct node *first_of(const struct list *list)
{
	while (list->height > 0) {
		list = list->item[0].list;
	}
	return list->item[0].node;
}

static const struct node *key_of(const struct list *list, unsigned int i)
{
	return list->height > 0 ? first_of(list->item[i].list)
				: list->item[i].node;
}

/* How many items begin with a name that is not behind this one. */
static unsigned int rank(const struct list *list, const char *name, size_t len)
{
	unsigned int low = 0;
	unsigned int high = list->count;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (name_compare(name, len, key_of(list, mid)) < 0) {
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	return low;
}

/* The item below which a name belongs. */
static unsigned int way_down(const struct list *list, const char *name,
			     size_t len)
{
	unsigned int n = rank(list, name, len);

	return n > 0 ? n - 1 : 0;
}

struct node *node_child(const struct node *node, const char *name, size_t len)
{
	const struct list *list = node->list;
	unsigned int low = 0;
	unsigned int high;

	if (!list) {
		return NULL;
	}
	while (list->height > 0) {
		list = list->item[way_down(list, name, len)].list;
	}
	for (high = list->count; low < high;) {
		unsigned int mid = low + (high - low) / 2;
		int order = name_compare(name, len, list->item[mid].node);

		if (order == 0) {
			return list->item[mid].node;
		}
		if (order < 0) {
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	return NULL;
}

struct node *node_child_at(const struct node *node, uint32_t position)
{
	const struct list *list = node->list;

	if (!list || position >= list->total) {
		return NULL;
	}
	while (list->height > 0) {
		unsigned int i = 0;

		while (position >= list->item[i].list->total) {
			position -= list->item[i++].list->total;
		}
		list = list->item[i].list;
	}
	return list->item[position].node;
}

/* ---- changes ---- */

struct node **child_slot(struct node *node, const char *name, size_t len)
{
	struct list **slot = &node->list;
	struct list *list;

	while ((list = writable(slot, 0)) && list->height > 0) {
		slot = &list->item[way_down(list, name, len)].list;
	}
	return list ? &list->item[way_down(list, name, len)].node : NULL;
}

static void put_item(struct list *list, unsigned int at, void *item)
{
	memmove(&list->item[at + 1], &list->item[at],
		(list->count - at) * sizeof(list->item[0]));
	if (list->height > 0) {
		list->item[at].list = item;
	} else {
		list->item[at].node = item;
	}
	list->count++;
}

static void recount(struct list *list)
{
	list->total = 0;
	list->bytes = 0;
	for (unsigned int i = 0; i < list->count; i++) {
		if (list->height > 0) {
			list->total += list->item[i].list->total;
			list->bytes += list->item[i].list->bytes;
		} else {
			list->total++;
			list->bytes += list->item[i].node->name_len + 1u;
		}
	}
}

/* Split the full list in item @at in two; @above is writable and has room. */
static int split(struct list *above, unsigned int at)
{
	struct list *left = writable(&above->item[at].list, 0);
	unsigned int half = LIST_MAX / 2;
	struct list *right = left ? list_create(left->height, half) : NULL;

	if (!right) {
		return -ENOMEM;
	}
	memcpy(right->item, left->item + half, half * sizeof(left->item[0]));
	right->count = (uint8_t)half;
	left->count = (uint8_t)half;
	recount(left);
	recount(right);
	put_item(above, at + 1, right);
	/* If there is no memory for less, it stays as large as it was. */
	(void)resize(&above->item[at].list, half);
	return 0;
}

/* A full topmost list goes below a new one. */
static int grow(struct list **top)
{
	struct list *old = *top;
	struct list *list;

	if (old->height + 1u >= LIST_HEIGHT_MAX) {
		return -ENOMEM;
	}
	list = list_create(old->height + 1u, 2);
	if (!list) {
		return -ENOMEM;
	}
	list->count = 1;
	list->item[0].list = old;
	list->total = old->total;
	list->bytes = old->bytes;
	list->generation = old->generation;
	*top = list;
	return 0;
}

/* The lists from the topmost to the one of nodes, all writable. */
struct way {
	struct list *list[LIST_HEIGHT_MAX];
	unsigned int at[LIST_HEIGHT_MAX];
	unsigned int depth;
};

/* Down to where @name belongs, making room for one more everywhere. */
static int way_to_add(struct list **slot, const char *name, size_t len,
		      struct way *way)
{
	struct list *list;

	way->depth = 0;
	while ((list = writable(slot, 1))) {
		unsigned int at;

		way->list[way->depth++] = list;
		if (list->height == 0) {
			return 0;
		}
		at = way_down(list, name, len);
		if (list->item[at].list->count == LIST_MAX) {
			if (split(list, at)) {
				return -ENOMEM;
			}
			at = way_down(list, name, len);
		}
		slot = &list->item[at].list;
	}
	return -ENOMEM;
}

static void add_along(const struct way *way, uint32_t total, uint64_t bytes)
{
	for (unsigned int i = 0; i < way->depth; i++) {
		way->list[i]->total += total;
		way->list[i]->bytes += bytes;
	}
}

int child_add(struct node *node, struct node *child)
{
	struct way way;
	struct list *last;

	if (!node->list) {
		node->list = list_create(0, 1);
		if (!node->list) {
			return -ENOMEM;
		}
	} else if (node->list->count == LIST_MAX && grow(&node->list)) {
		return -ENOMEM;
	}
	if (way_to_add(&node->list, child->name, child->name_len, &way)) {
		return -ENOMEM;
	}
	last = way.list[way.depth - 1];
	put_item(last, rank(last, child->name, child->name_len), child);
	add_along(&way, 1, child->name_len + 1u);
	node->list->generation = ++last_generation;
	return 0;
}

static int way_to_remove(struct list **slot, const char *name, size_t len,
			 struct way *way)
{
	struct list *list;

	way->depth = 0;
	while ((list = writable(slot, 0))) {
		unsigned int at = way_down(list, name, len);

		way->at[way->depth] = at;
		way->list[way->depth++] = list;
		if (list->height == 0) {
			return 0;
		}
		slot = &list->item[at].list;
	}
	return -ENOMEM;
}

static void take_item(struct list *list, unsigned int at)
{
	list->count--;
	memmove(&list->item[at], &list->item[at + 1],
		(list->count - at) * sizeof(list->item[0]));
}

/* Lists without items go, from below; the topmost one leaves the node. */
static void drop_empty(struct node *node, const struct way *way)
{
	unsigned int i = way->depth;

	while (i-- > 0 && way->list[i]->count == 0) {
		list_free(way->list[i]);
		if (i == 0) {
			node->list = NULL;
		} else {
			take_item(way->list[i - 1], way->at[i - 1]);
		}
	}
}

/* A topmost list of one list is not needed, if it can be done at once. */
static void lower(struct list **top)
{
	while (*top && (*top)->height > 0 && (*top)->count == 1 &&
	       (*top)->item[0].list->refs == 1) {
		struct list *old = *top;

		*top = old->item[0].list;
		list_free(old);
	}
}

static void shrink(const struct way *way, struct node *node)
{
	unsigned int i = way->depth - 1;
	struct list **slot =
		i ? &way->list[i - 1]->item[way->at[i - 1]].list : &node->list;

	if (2u * (*slot)->count < (*slot)->capacity) {
		(void)resize(slot, capacity_for((*slot)->count));
	}
}

int child_remove(struct node *node, const char *name, size_t len,
		 struct node **out)
{
	struct way way;
	struct list *last;

	if (way_to_remove(&node->list, name, len, &way)) {
		return -ENOMEM;
	}
	last = way.list[way.depth - 1];
	*out = last->item[way.at[way.depth - 1]].node;
	add_along(&way, (uint32_t)-1, (uint64_t)0 - ((*out)->name_len + 1u));
	take_item(last, way.at[way.depth - 1]);
	if (last->count > 0) {
		shrink(&way, node);
	} else {
		drop_empty(node, &way);
	}
	lower(&node->list);
	node_restore_generation(node, ++last_generation);
	return 0;
}

void node_restore_generation(struct node *node, uint64_t generation)
{
	if (node->list) {
		node->list->generation = generation;
	}
}

/* ---- walking ---- */

void child_iter_start(struct child_iter *it, const struct node *node)
{
	it->depth = 0;
	if (node->list) {
		it->at[0] = node->list;
		it->next[0] = 0;
		it->depth = 1;
	}
}

/* The list that comes next in the order; NULL at the end. */
static const struct list *top_of(struct child_iter *it)
{
	while (it->depth > 0 &&
	       it->next[it->depth - 1] == it->at[it->depth - 1]->count) {
		it->depth--;
	}
	return it->depth > 0 ? it->at[it->depth - 1] : NULL;
}

static void enter(struct child_iter *it, const struct list *list)
{
	it->at[it->depth] = list;
	it->next[it->depth++] = 0;
}

struct node *child_next(struct child_iter *it)
{
	const struct list *list;

	while ((list = top_of(it))) {
		unsigned int i = it->next[it->depth - 1]++;

		if (list->height == 0) {
			return list->item[i].node;
		}
		enter(it, list->item[i].list);
	}
	return NULL;
}

void child_skip(struct child_iter *it, uint64_t *bytes)
{
	const struct list *list;

	while ((list = top_of(it))) {
		unsigned int *next = &it->next[it->depth - 1];
		uint64_t size = list->height > 0
					? list->item[*next].list->bytes
					: list->item[*next].node->name_len + 1u;

		if (size <= *bytes) {
			*bytes -= size;
			(*next)++;
		} else if (list->height > 0) {
			enter(it, list->item[(*next)++].list);
		} else {
			return;
		}
	}
}
