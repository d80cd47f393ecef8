/* SPDX-License-Identifier: BSD-2-Clause */
/* struct vcpu_guest_context, for the control calls. pv_vcpu_set_context() is in
 * core/upcalls.h. (pv/context_abi.c) */
#ifndef HOSPES_PV_CONTEXT_ABI_H
#define HOSPES_PV_CONTEXT_ABI_H

struct vcpu;
struct vcpu_guest_context;

/* Fill in *ctx, zeroed before, from v, which does not run. */
void pv_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *ctx);

/* Write the hypercall stubs into the page (number * 32 bytes each; iret's has a
 * form of its own). */
void pv_hypercall_page_write(void *page);

#endif
