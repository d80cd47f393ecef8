/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercall handlers that the table in interface/hypercalls.c names. Each gets
 * the arguments as the guest gave them and returns the guest's result, or
 * -ERESTART with its progress in hc->arg[] (interface/hypercall.h).
 */
#ifndef HOSPES_INTERFACE_HANDLERS_H
#define HOSPES_INTERFACE_HANDLERS_H

#include "interface/hypercall.h"

long do_event_channel_op(struct hypercall *hc); /* cmd, arg */
long do_grant_table_op(struct hypercall *hc);	/* cmd, args, count */
long do_xen_version(struct hypercall *hc);	/* cmd, arg */
long do_domctl(struct hypercall *hc);		/* struct xen_domctl */
long do_sysctl(struct hypercall *hc);		/* struct xen_sysctl */

#endif
