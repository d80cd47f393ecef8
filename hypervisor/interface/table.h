/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypercall table (interface/hypercalls.c). */
#ifndef HOSPES_INTERFACE_TABLE_H
#define HOSPES_INTERFACE_TABLE_H

#include "interface/hypercall.h"

/* Find the handler of hc->nr and call it; -ENOSYS: there is none, -EPERM: not
 * for this domain. */
long hypercall_call(struct hypercall *hc);

/* Handlers of this folder that no other header declares. */
long do_set_trap_table(struct hypercall *hc);
long do_mmu_update(struct hypercall *hc);
long do_set_gdt(struct hypercall *hc);
long do_stack_switch(struct hypercall *hc);
long do_set_callbacks(struct hypercall *hc);
long do_fpu_taskswitch(struct hypercall *hc);
long do_set_debugreg(struct hypercall *hc);
long do_get_debugreg(struct hypercall *hc);
long do_update_descriptor(struct hypercall *hc);
long do_memory_op(struct hypercall *hc);
long do_multicall(struct hypercall *hc);
long do_update_va_mapping(struct hypercall *hc);
long do_update_va_mapping_otherdomain(struct hypercall *hc);
long do_console_io(struct hypercall *hc);
long do_vm_assist(struct hypercall *hc);
long do_mmuext_op(struct hypercall *hc);
long do_callback_op(struct hypercall *hc);
long do_set_segment_base(struct hypercall *hc);

#endif
