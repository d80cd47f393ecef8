/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which I/O ports and device frames a domain may use beside what it has by
 * being dom0. Kept in d->io_ports and d->io_frames, made when first needed.
 * Lock: one leaf lock (RANK_NONE) inside, so that emulation may ask anywhere.
 */
#ifndef HOSPES_CORE_IO_ACCESS_H
#define HOSPES_CORE_IO_ACCESS_H

#include "lib/types.h"

struct domain;

/* Allow (or no longer allow) [first, last]. -EINVAL, -ENOMEM. */
int io_access_set_ports(struct domain *d, uint64_t first, uint64_t last,
			bool allow);
int io_access_set_frames(struct domain *d, uint64_t first, uint64_t last,
			 bool allow);

/* All of [first, last] was allowed. */
bool io_access_ports(const struct domain *d, uint64_t first, uint64_t last);
bool io_access_frames(const struct domain *d, uint64_t first, uint64_t last);

/* The domain is freed. */
void io_access_free(struct domain *d);

#endif
