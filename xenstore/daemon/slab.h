/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the many small things of the tree: without a header for each,
 * and in steps of 8 bytes. Objects of one size share pages; a page whose
 * objects are all free serves any size again.
 *
 * One thread. Under a sanitizer each object is malloc's, so that it is seen
 * what is used after it was freed.
 */
#ifndef XENSTORE_DAEMON_SLAB_H
#define XENSTORE_DAEMON_SLAB_H

#include <stddef.h>
#include <stdint.h>

/* @size bytes, not cleared; NULL without memory. */
void *slab_alloc(size_t size);
/* @size as it was asked for; @object may be NULL. */
void slab_free(void *object, size_t size);

/* The same from pages whatever the build, for larger sizes NULL. */
void *slab_take(size_t size);
void slab_give(void *object);

/* Pages in use, for tests. */
uint64_t slab_pages(void);

#endif
