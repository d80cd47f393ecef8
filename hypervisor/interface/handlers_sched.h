/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls about vCPUs, time, interrupts and the platform; each an entry of
 * the table in interface/hypercalls.c. */
#ifndef HOSPES_INTERFACE_HANDLERS_SCHED_H
#define HOSPES_INTERFACE_HANDLERS_SCHED_H

#include "interface/hypercall.h"

long do_vcpu_op(struct hypercall *hc);
long do_sched_op(struct hypercall *hc);
long do_sched_op_compat(struct hypercall *hc); /* number 6 */
long do_set_timer_op(struct hypercall *hc);

long do_physdev_op(struct hypercall *hc);
long do_platform_op(struct hypercall *hc);

#endif
