/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What core calls in the layers to its right; each is defined there and
 * resolved by the linker.
 */
#ifndef HOSPES_CORE_UPCALLS_H
#define HOSPES_CORE_UPCALLS_H

#include <xen/xen.h>

#include "lib/types.h"
#include "x86/addr.h"

struct cpu_user_regs;
struct domain;
struct vcpu;

/* To the memory of the current guest; -EFAULT. (interface/guest_copy.c) */
__must_check int copy_to_guest(guest_ptr_t to, const void *from, size_t bytes);

/*
 * Save prev's registers, load next's and go on as next; called by the scheduler
 * with interrupts off and no lock held. Does not return to its caller.
 * (pv/context.c)
 */
__noreturn void context_switch(struct vcpu *prev, struct vcpu *next);

/* Write back the registers of a vCPU that a CPU still holds lazily (it went on
 * to idle without a switch). No effect if there is none. (pv/context.c) */
void context_sync(struct vcpu *v);

/* PV parts of creation and teardown. (pv/domain.c) */
int pv_domain_create(struct domain *d);
void pv_domain_destroy(struct domain *d);
int pv_vcpu_create(struct vcpu *v);
void pv_vcpu_destroy(struct vcpu *v);

/*
 * Give v the context `ctx` (VCPUOP_initialise, XEN_DOMCTL_setvcpucontext): all
 * of it is checked first. v does not run; domain.ctl_lock is held. -EINVAL,
 * -ERESTART a page table is still being validated. Sets is_initialised.
 */
int pv_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx);

/*
 * Teardown of what the PV memory model holds: drop vCPU table references, take
 * page tables apart. 0 or -ERESTART. (pv/domain.c)
 */
int pv_domain_relinquish(struct domain *d);

/* dom0 stopped: end or restart the machine, as the code (SHUTDOWN_*) and
 * `noreboot` say. (boot) */
__noreturn void machine_shutdown(uint32_t code);

/*
 * Grant mapping into the page tables of the current PV domain: each 0 or a
 * GNTST_* status, with nothing changed. (pv/grant_map.c)
 *
 * For as long as the handle exists core/grant holds a reference to the frame
 * (with the writable type, unless readonly). The entry holds its own beside
 * it, as every entry of a foreign frame, and drops that when it goes, however
 * it goes: the guest overwrites it, the table is taken apart, or
 * grant_pv_unmap. `flags` are the request's GNTMAP_*: application_map and the
 * bits for the guest (GNTMAP_guest_avail_mask).
 *
 * Unmapping checks that the entry maps just this frame, writable only if it is
 * not readonly; the TLBs are flushed by grant_pv_flush(), once for many.
 */
int grant_pv_map(struct domain *d, uint64_t host_addr, bool contains_pte,
		 mfn_t frame, bool readonly, uint32_t flags);
int grant_pv_unmap(struct domain *d, uint64_t host_addr, bool contains_pte,
		   mfn_t frame, bool readonly);
int grant_pv_replace(struct domain *d, uint64_t host_addr, mfn_t frame,
		     uint64_t new_addr, bool readonly);
/* No CPU translates by entries of d that are gone. */
void grant_pv_flush(struct domain *d);

#endif
