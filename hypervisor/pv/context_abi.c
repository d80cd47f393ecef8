/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct vcpu_guest_context of the ABI, in and out. In: everything is checked
 * before anything changes, except that references to tables are taken on the
 * way and given back on failure.
 */
#include <xen/xen.h>

#include "core/upcalls.h"
#include "cpu/xstate.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/ftype.h"
#include "mm/upcalls.h"
#include "pv/callback.h"
#include "pv/context_abi.h"
#include "pv/descriptor.h"
#include "pv/pv.h"

/* CR3 of the ABI: the frame number, its high bits folded in below. */
static mfn_t cr3_to_mfn(uint64_t cr3)
{
	return mfn(cr3 >> PAGE_SHIFT);
}

static bool pc_ok(uint64_t va)
{
	return va_canonical(va) && !va_is_hypervisor(va);
}

static int context_check(const struct vcpu_guest_context *c)
{
	const struct cpu_user_regs *r = &c->user_regs;

	if (!pc_ok(r->rip) || !va_canonical(c->fs_base) ||
	    !va_canonical(c->gs_base_kernel) ||
	    !va_canonical(c->gs_base_user) || !pc_ok(c->event_callback_eip) ||
	    !pc_ok(c->failsafe_callback_eip) ||
	    !pc_ok(c->syscall_callback_eip)) {
		return ERR(-EINVAL);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++) {
		if (!pc_ok(c->trap_ctxt[i].address)) {
			return ERR(-EINVAL);
		}
	}
	/* It would run on the table that is in frame 0. */
	if (!(c->flags & VGCF_IN_KERNEL) && !cr3_to_mfn(c->ctrlreg[1]).n) {
		return ERR(-EINVAL);
	}
	if (c->gdt_ents > PV_GDT_FRAMES * 512) {
		return ERR(-EINVAL);
	}
	return c->ldt_ents ? ERR(-EOPNOTSUPP) : 0;
}

static int table_get(struct domain *d, mfn_t m)
{
	if (!mfn_valid(m)) {
		return ERR(-EINVAL);
	}
	return frame_get_typed(mfn_to_page(m), PGT_L4, d, true);
}

static int tables_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
	mfn_t kernel = cr3_to_mfn(c->ctrlreg[3]);
	mfn_t user = cr3_to_mfn(c->ctrlreg[1]);
	int rc = table_get(v->domain, kernel);

	if (rc) {
		return rc;
	}
	if (user.n) {
		rc = table_get(v->domain, user);
		if (rc) {
			frame_put_typed(mfn_to_page(kernel), v->domain);
			return rc;
		}
	}
	if (v->pv.guest_table.n) {
		frame_put_typed(mfn_to_page(v->pv.guest_table), v->domain);
	}
	if (v->pv.guest_table_user.n) {
		frame_put_typed(mfn_to_page(v->pv.guest_table_user), v->domain);
	}
	v->pv.guest_table = kernel;
	v->pv.guest_table_user = user;
	return 0;
}

static void regs_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
	const uint64_t kept = ~(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_VIF |
				RFLAGS_VIP | RFLAGS_NT) &
			      0x3fffff;

	v->regs = c->user_regs;
	v->regs.rflags = (c->user_regs.rflags & kept) | RFLAGS_IF | 2;
	v->regs.cs |= 3;
	v->regs.ss |= 3;
	v->regs.error_code = 0;
	v->regs.entry_vector = 0;
	v->pv.iopl = c->user_regs.rflags >> 12 & 3;
	v->pv.ds = c->user_regs.ds;
	v->pv.es = c->user_regs.es;
	v->pv.fs = c->user_regs.fs;
	v->pv.gs = c->user_regs.gs;
	v->pv.fs_base = c->fs_base;
	v->pv.kernel_mode = c->flags & VGCF_IN_KERNEL;
	v->pv.gs_base = v->pv.kernel_mode ? c->gs_base_kernel : c->gs_base_user;
	v->pv.gs_base_other =
		v->pv.kernel_mode ? c->gs_base_user : c->gs_base_kernel;
	v->pv.cr3 =
		(v->pv.kernel_mode ? v->pv.guest_table : v->pv.guest_table_user)
			.n
		<< PAGE_SHIFT;
}

static void callbacks_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct pv_vcpu *pv = &v->pv;

	pv->kernel_ss = c->kernel_ss;
	pv->kernel_sp = c->kernel_sp;
	pv->event_callback = c->event_callback_eip;
	pv->failsafe_callback = c->failsafe_callback_eip;
	pv->syscall_callback = c->syscall_callback_eip;
	pv->failsafe_masks_events = c->flags & VGCF_failsafe_disables_events;
	pv->syscall_masks_events = c->flags & VGCF_syscall_disables_events;
	pv_clear_traps(v);
	for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++) {
		pv->traps[i].address = c->trap_ctxt[i].address;
		pv->traps[i].cs = c->trap_ctxt[i].cs;
		pv->traps[i].flags = c->trap_ctxt[i].flags & 7;
	}
}

int pv_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *ctx)
{
	uint64_t frames[PV_GDT_FRAMES];
	int rc = context_check(ctx);

	if (!rc) {
		context_sync(v);
		memcpy(frames, ctx->gdt_frames, sizeof(frames));
		rc = pv_gdt_set(v, frames, ctx->gdt_ents);
	}
	if (!rc) {
		rc = tables_set(v, ctx);
	}
	if (rc) {
		return rc;
	}
	regs_set(v, ctx);
	callbacks_set(v, ctx);
	if (ctx->flags & VGCF_I387_VALID) {
		xstate_reset(v->pv.xstate);
		memcpy(v->pv.xstate, &ctx->fpu_ctxt, sizeof(ctx->fpu_ctxt));
		xstate_fix_legacy(v->pv.xstate);
	}
	v->pv.cr0_ts = ctx->ctrlreg[0] >> 3 & 1;
	v->pv.cr4 = ctx->ctrlreg[4];
	for (unsigned int i = 0; i < 8; i++) {
		if (i != 4 && i != 5) {
			(void)pv_set_debug_register(v, i, ctx->debugreg[i]);
		}
	}
	v->is_initialised = true;
	return 0;
}

void pv_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	struct pv_vcpu *pv = &v->pv;

	context_sync(v);
	memset(c, 0, sizeof(*c));
	memcpy(&c->fpu_ctxt, pv->xstate, sizeof(c->fpu_ctxt));
	c->flags =
		VGCF_I387_VALID | (pv->kernel_mode ? VGCF_IN_KERNEL : 0) |
		(vcpu_is_up(v) ? VGCF_online : 0) |
		(pv->failsafe_masks_events ? VGCF_failsafe_disables_events
					   : 0) |
		(pv->syscall_masks_events ? VGCF_syscall_disables_events : 0);
	c->user_regs = v->regs;
	c->user_regs.rflags |= (uint64_t)pv->iopl << 12;
	c->user_regs.ds = pv->ds;
	c->user_regs.es = pv->es;
	c->user_regs.fs = pv->fs;
	c->user_regs.gs = pv->gs;
	for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++) {
		c->trap_ctxt[i].vector = (uint8_t)i;
		c->trap_ctxt[i].flags = pv->traps[i].flags;
		c->trap_ctxt[i].cs = pv->traps[i].cs;
		c->trap_ctxt[i].address = pv->traps[i].address;
	}
	c->ldt_base = pv->ldt_base;
	c->ldt_ents = pv->ldt_entries;
	c->gdt_ents = pv->gdt_entries;
	for (unsigned int i = 0; i < DIV_ROUND_UP(pv->gdt_entries, 512); i++) {
		c->gdt_frames[i] = pv->gdt_frames[i].n;
	}
	c->kernel_ss = pv->kernel_ss;
	c->kernel_sp = pv->kernel_sp;
	c->ctrlreg[0] = pv->cr0_ts << 3;
	c->ctrlreg[3] = pv->guest_table.n << PAGE_SHIFT;
	c->ctrlreg[1] = pv->guest_table_user.n << PAGE_SHIFT;
	c->ctrlreg[4] = pv->cr4;
	memcpy(c->debugreg, pv->dr, sizeof(c->debugreg));
	c->event_callback_eip = pv->event_callback;
	c->failsafe_callback_eip = pv->failsafe_callback;
	c->syscall_callback_eip = pv->syscall_callback;
	c->fs_base = pv->fs_base;
	c->gs_base_kernel = pv->kernel_mode ? pv->gs_base : pv->gs_base_other;
	c->gs_base_user = pv->kernel_mode ? pv->gs_base_other : pv->gs_base;
}
