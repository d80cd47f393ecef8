/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doubly linked circular list, intrusive: a `struct list_head` is both the
 * head and the link inside each element. An empty head points to itself. The
 * caller locks.
 *
 * list_del() leaves the element's links pointing nowhere (NULL), so that using
 * it again faults at once.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/types.h"

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)     \
	{                        \
		&(name), &(name) \
	}
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void list_init(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_insert_between(struct list_head *item,
				       struct list_head *prev,
				       struct list_head *next)
{
	item->prev = prev;
	item->next = next;
	prev->next = item;
	next->prev = item;
}

/* At the front of the list, or behind any element given as `head`. */
static inline void list_add(struct list_head *item, struct list_head *head)
{
	list_insert_between(item, head, head->next);
}

/* At the end of the list, or before any element given as `head`. */
static inline void list_add_tail(struct list_head *item, struct list_head *head)
{
	list_insert_between(item, head->prev, head);
}

static inline void list_unlink(struct list_head *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
}

static inline void list_del(struct list_head *item)
{
	list_unlink(item);
	item->next = NULL;
	item->prev = NULL;
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(head, type, member) \
	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) \
	list_entry((head)->prev, type, member)
#define list_next_entry(pos, member) \
	list_entry((pos)->member.next, __typeof__(*(pos)), member)

#define list_for_each_entry(pos, head, member)                           \
	for ((pos) = list_first_entry(head, __typeof__(*(pos)), member); \
	     &(pos)->member != (head); (pos) = list_next_entry(pos, member))
/* The body may remove `pos` (and nothing else). */
#define list_for_each_entry_safe(pos, tmp, head, member)                 \
	for ((pos) = list_first_entry(head, __typeof__(*(pos)), member), \
	    (tmp) = list_next_entry(pos, member);                        \
	     &(pos)->member != (head);                                   \
	     (pos) = (tmp), (tmp) = list_next_entry(tmp, member))

#endif
