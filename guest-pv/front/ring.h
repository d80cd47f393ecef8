/* SPDX-License-Identifier: BSD-2-Clause */
/* The barriers that the public ring macros ask for: x86 orders stores. */
#ifndef FRONT_RING_H
#define FRONT_RING_H

#include "rt/insn.h"

#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() barrier()
#define xen_wmb() barrier()

#include <xen/io/ring.h>

#endif
