/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of memory_op. */
#ifndef HOSPES_INTERFACE_MEMORY_H
#define HOSPES_INTERFACE_MEMORY_H

#include <xen/memory.h>

#include "core/domain.h"
#include "interface/hypercall.h"

/* Progress of a preempted call is in the bits above the command. */
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK	   ((1U << MEMOP_EXTENT_SHIFT) - 1)

/* The domain that is meant, with a reference; others only for a privileged
 * caller. -EPERM, -ESRCH. */
int memory_domain_get(domid_t id, struct domain **d);

/* XENMEM_increase_, decrease_reservation, populate_physmap. */
long memory_reservation(struct hypercall *hc, unsigned int cmd);
long memory_exchange(struct hypercall *hc);

/* Take a frame from d: it gives up its own reference. -EINVAL: not its own. */
int memory_remove(struct domain *d, mfn_t m);

#endif
