/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects smaller than a page: power-of-two size classes carved from heap
 * pages; larger ones fall through to the heap. Always zeroed. Counted, so that
 * a test can see that a domain gave everything back. Lock: RANK_POOL, inside.
 */
#ifndef HOSPES_MM_POOL_H
#define HOSPES_MM_POOL_H

#include "lib/types.h"

/* `size` bytes, zeroed, aligned to the class size (at least 16); NULL: none. */
void *pool_alloc(size_t size);
/* The same for n objects; NULL also when n * size overflows. */
void *pool_alloc_array(size_t n, size_t size);
void pool_free(void *p); /* NULL is fine */

/* Objects in use now, and the frames that they take. */
uint64_t pool_objects(void);
uint64_t pool_frames(void);

#endif
