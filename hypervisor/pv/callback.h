/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry points of a guest's kernel, and iret. Values are checked here. */
#ifndef HOSPES_PV_CALLBACK_H
#define HOSPES_PV_CALLBACK_H

#include "lib/types.h"

struct cpu_user_regs;
struct trap_info;
struct vcpu;

/* -EINVAL: an address that IRET could not load. */
int pv_set_trap(struct vcpu *v, const struct trap_info *info);
void pv_clear_traps(struct vcpu *v);
/* CALLBACKTYPE_*; -ENOSYS for others. */
int pv_register_callback(struct vcpu *v, unsigned int type, unsigned int flags,
			 uint64_t address);
int pv_unregister_callback(struct vcpu *v, unsigned int type);
int pv_stack_switch(struct vcpu *v, uint64_t ss, uint64_t sp);

/* Hypercall 23: the frame is on the guest's stack. */
void pv_iret(struct cpu_user_regs *regs);

#endif
