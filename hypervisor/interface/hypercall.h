/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypercall on its way: number and arguments as the guest gave them.
 *
 * A handler that wants to let others run (preempt_wanted()) stores
 * what it needs to go on in hc->arg[] and returns -ERESTART; the entry code
 * then makes the guest repeat the instruction with these arguments, in a
 * multicall too. Progress that must not be forged by the guest is kept in the
 * hypervisor (domain, vcpu), not in arguments.
 */
#ifndef HOSPES_INTERFACE_HYPERCALL_H
#define HOSPES_INTERFACE_HYPERCALL_H

#include "lib/errno.h"
#include "lib/types.h"
#include "mm/upcalls.h"
#include "x86/addr.h"

struct hypercall {
	uint64_t nr;
	uint64_t arg[6];
	bool left; /* iret in a multicall: the guest's registers are set */
};

typedef long (*hypercall_fn)(struct hypercall *hc);

#endif
