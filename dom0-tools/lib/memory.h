/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_MEMORY_H
#define HOSPES_DOM0_MEMORY_H
/*
 * A domain's memory from outside: claim it, populate it, map it.
 *
 * A claim sets pages aside for one domain in one step, so that two domains
 * made at once cannot each get half of what they need.
 */
#include <stdint.h>

#include "dom0-tools/lib/control.h"

/* 0 pages gives back what is left of the claim. -ENOMEM: not so many free. */
int memory_claim(struct control *ctl, uint32_t domid, uint64_t pages);
/*
 * Populates guest frames 0 to pages - 1 with memory in the largest pieces to
 * be had and writes each one's machine frame to p2m[]. -ENOMEM.
 */
int memory_populate(struct control *ctl, uint32_t domid, uint64_t pages,
		    uint64_t *p2m);
/* One range [0, kib) as the memory map that the guest reads. */
int memory_set_map(struct control *ctl, uint32_t domid, uint64_t kib);
/* NULL and errno. Read-write. */
void *memory_map(struct control *ctl, uint32_t domid, const uint64_t *mfns,
		 uint64_t pages);
void memory_unmap(struct control *ctl, void *at, uint64_t pages);

#endif
