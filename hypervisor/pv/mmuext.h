/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole-frame operations on page tables: pins, base pointers, clear and copy.
 */
#ifndef HOSPES_PV_MMUEXT_H
#define HOSPES_PV_MMUEXT_H

#include "core/vcpu.h"
#include "x86/cpumask.h"

struct domain;
struct mmuext_op;

/* The CPUs on which the vCPUs of the bitmap (MAX_VCPUS) run or are loaded. */
void mmuext_vcpu_cpus(struct domain *d, const uint64_t *vcpus, cpumask_t *mask);

/* Load the L4 table m as CR3 of v, which is current and in kernel mode. 0,
 * -EINVAL, -ERESTART. */
int mmuext_set_kernel_base(struct vcpu *v, mfn_t m);

/* Those operations that name a frame of `owner`. 0, -Exxx, -ERESTART. */
int mmuext_frame_op(struct vcpu *v, const struct mmuext_op *op,
		    struct domain *owner);

#endif
