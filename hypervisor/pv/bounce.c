/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entering the guest's kernel: a frame is written on its stack and the
 *registers are set to its handler. From the top (<xen/arch-x86/xen-x86_64.h>
 *and what Linux' entry code pops):
 *
 *	ss
 *	rsp
 *	rflags		IF = events were not masked
 *	cs | saved upcall mask << 32		RPL 0 from kernel, 3 from user
 *mode rip [error code] r11 rcx
 *
 * The stack is the current one in kernel mode, that of stack_switch in user
 * mode; aligned down to 16.
 */
#include "core/guest_access.h"
#include "debug/panic.h"
#include "lib/string.h"
#include "pv/pv.h"
#include "x86/atomic.h"
#include "x86/insn.h"

#define PFEC_USER BIT(2)

#define FLAGS_CLEARED_ON_ENTRY \
	(RFLAGS_TF | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_AC)

static uint64_t flags_seen_by_guest(const struct vcpu *v,
				    const struct cpu_user_regs *regs,
				    bool masked)
{
	uint64_t f = regs->rflags & ~(RFLAGS_IF | RFLAGS_IOPL);

	if (!masked) {
		f |= RFLAGS_IF;
	}
	if (v->domain->vm_assist & BIT(VMASST_TYPE_architectural_iopl)) {
		f |= (uint64_t)v->pv.iopl << 12;
	}
	return f;
}

/* Words on top of rip that differ by kind of entry go in `extra`. */
static void bounce(struct vcpu *v, struct cpu_user_regs *regs,
		   const struct pv_event *event, const uint64_t *extra,
		   unsigned int extras)
{
	bool from_kernel = guest_kernel_mode(v);
	bool masked = v->info->evtchn_upcall_mask;
	uint64_t frame[12];
	unsigned int n = 0;
	uint64_t sp;

	if (!event->address) {
		domain_crash(v->domain, "no handler for %s", event->what);
		return;
	}
	frame[n++] = regs->rcx;
	frame[n++] = regs->r11;
	memcpy(&frame[n], extra, extras * sizeof(uint64_t));
	n += extras;
	frame[n++] = regs->rip;
	frame[n++] = (from_kernel ? regs->cs & ~3UL : regs->cs) |
		     (uint64_t)masked << 32;
	frame[n++] = flags_seen_by_guest(v, regs, masked);
	frame[n++] = regs->rsp;
	frame[n++] = regs->ss;

	if (!from_kernel) {
		pv_toggle_mode(v);
	}
	sp = (from_kernel ? regs->rsp : v->pv.kernel_sp) & ~0xfUL;
	sp -= n * sizeof(uint64_t);
	if (guest_copy_out(sp, frame, n * sizeof(uint64_t))) {
		domain_crash(v->domain,
			     "%s: its kernel stack at %016lx cannot be written",
			     event->what, sp);
		return;
	}
	if (event->mask_events) {
		v->info->evtchn_upcall_mask = 1;
	}
	regs->rip = event->address;
	regs->rsp = sp;
	regs->cs = GUEST_CS64;
	regs->ss = GUEST_DS;
	regs->rflags &= ~FLAGS_CLEARED_ON_ENTRY;
}

void pv_bounce(struct vcpu *v, struct cpu_user_regs *regs,
	       const struct pv_event *event)
{
	uint64_t error = event->error_code;

	bounce(v, regs, event, &error, event->has_error_code);
}

static bool vector_has_error_code(unsigned int vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 ||
	       vector == 21;
}

void pv_bounce_trap(struct vcpu *v, struct cpu_user_regs *regs,
		    unsigned int vector, uint32_t error_code)
{
	const struct pv_trap *t = &v->pv.traps[vector & 0xff];
	struct pv_event e = {
		.address = t->address,
		.mask_events = t->flags & 4,
		.has_error_code = vector_has_error_code(vector),
		.error_code = error_code,
		.what = "a trap",
	};

	if (!t->address) {
		domain_crash(v->domain,
			     "no handler for trap %u, error code %#x", vector,
			     error_code);
		return;
	}
	pv_bounce(v, regs, &e);
}

void pv_bounce_page_fault(struct vcpu *v, struct cpu_user_regs *regs,
			  uint64_t cr2, uint32_t error_code)
{
	/* Ring 3 is both of the guest's modes; tell it which one it was. */
	error_code &= ~(uint32_t)PFEC_USER;
	if (!guest_kernel_mode(v)) {
		error_code |= PFEC_USER;
	}
	v->info->arch.cr2 = cr2;
	if (!v->pv.traps[14].address) {
		domain_crash(v->domain,
			     "page fault at %016lx, error code %#x, before it "
			     "has a handler",
			     cr2, error_code);
		return;
	}
	pv_bounce_trap(v, regs, 14, error_code);
}

void pv_bounce_upcall(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct pv_event e = {
		.address = v->pv.event_callback,
		.mask_events = true,
		.what = "an event",
	};

	pv_bounce(v, regs, &e);
}

void pv_bounce_failsafe(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct pv_event e = {
		.address = v->pv.failsafe_callback,
		.mask_events = v->pv.failsafe_masks_events,
		.what = "a frame or segment that cannot be loaded",
	};
	uint64_t segments[4] = { read_ds(), read_es(), read_fs(), read_gs() };

	bounce(v, regs, &e, segments, 4);
}
