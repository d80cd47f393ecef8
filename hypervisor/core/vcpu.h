/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual CPU. What the scheduler, event channels and time keep for it is
 * embedded under their own types; the PV state is written only by the vCPU
 * itself, or while it is paused.
 */
#ifndef HOSPES_CORE_VCPU_H
#define HOSPES_CORE_VCPU_H

#include <xen/vcpu.h>
#include <xen/xen.h>

#include "core/evtchn.h"
#include "core/guest_time.h"
#include "core/sched.h"
#include "core/timer.h"
#include "mm/frame.h"
#include "x86/regs.h"

struct domain;

/* A trap handler of the guest (struct trap_info without the vector). */
struct pv_trap {
	uint64_t address;
	uint16_t cs;
	uint8_t flags; /* bits 0-1 DPL, bit 2 masks events */
};

#define PV_GDT_FRAMES 14 /* guest frames of a GDT */
#define PV_LDT_FRAMES 16

struct pv_vcpu {
	struct pv_trap traps[256];

	/* Address spaces. guest_table is what CR3 holds in kernel mode. */
	mfn_t guest_table;
	mfn_t guest_table_user; /* n == 0: none */
	uint64_t cr3;		/* of the mode it is in, loaded on switch */
	bool kernel_mode;

	uint64_t kernel_ss, kernel_sp; /* stack_switch */

	/* callback_op, set_callbacks: where to enter the kernel. */
	uint64_t event_callback;
	uint64_t failsafe_callback;
	uint64_t syscall_callback;
	uint64_t syscall32_callback;
	uint64_t sysenter_callback;
	uint16_t syscall32_cs, sysenter_cs;
	bool syscall_masks_events, syscall32_masks_events;
	bool sysenter_masks_events, failsafe_masks_events;
	bool syscall32_clears_nt, sysenter_clears_nt;

	/* Segments. The "kernel" GS base is the one not loaded now. */
	uint64_t fs_base, gs_base, gs_base_other;
	uint16_t ds, es, fs, gs;
	unsigned int gdt_entries;
	mfn_t gdt_frames[PV_GDT_FRAMES];
	uint64_t ldt_base; /* linear address */
	unsigned int ldt_entries;
	mfn_t ldt_frames[PV_LDT_FRAMES];
	unsigned int ldt_frame_count;

	/* Virtual control and debug registers. */
	uint64_t cr0_ts; /* X86 CR0.TS as the guest sees it */
	uint64_t cr4;
	uint64_t dr[8];
	unsigned int iopl; /* virtual IOPL */

	/* I/O permission bitmap of the guest (physdev set_iobitmap). */
	uint64_t iobmp;
	unsigned int iobmp_limit;

	/* Extended state: area of xstate_size() bytes, when it is not in the
	 * registers. */
	void *xstate;
	uint64_t xcr0;

	/* CPU whose registers hold the state (pv/context.c), or -1. */
	int loaded_cpu;

	/* Page tables to be taken apart to the end, before anything else that
	 * changes page tables: general reference held. An update can leave
	 * two, the table that the entry named and the one it stood in. */
	struct page_info *pending_put[2];

	bool nmi_pending, nmi_masked;
};

struct vcpu {
	struct domain *domain;
	uint16_t id;
	bool is_initialised; /* has a context; domain.ctl_lock */

	/* Frame of registers while not running; in the stack while running. */
	struct cpu_user_regs regs;

	/* Shared with the guest: in shared_info, or where it registered. Never
	 * trusted, read once. */
	struct vcpu_info *info;
	struct page_info *info_page; /* reference held, NULL: in shared_info */

	struct sched_vcpu sched;
	struct evtchn_vcpu evtchn;
	struct guest_time time;

	struct pv_vcpu pv;
};

/* Make vCPU `id` of d, down and without context. -EEXIST, -ENOMEM, -EINVAL. */
int vcpu_create(struct domain *d, unsigned int id, struct vcpu **out);
void vcpu_destroy(struct vcpu *v);

/* Let vcpu_info live in the guest's frame. Once only. -EBUSY, -EINVAL. */
int vcpu_register_info(struct vcpu *v, gfn_t frame, uint32_t offset);

/* Give the frame back; a dying domain's vCPU. */
void vcpu_drop_info(struct vcpu *v);

/* The frame of a vCPU's registers, wherever it is: on this CPU's stack when v
 * runs here, else v->regs. For another's, v must be paused. */
struct cpu_user_regs *vcpu_regs(struct vcpu *v);

static inline bool vcpu_is_idle(const struct vcpu *v)
{
	return v->id == 0xffff;
}

#endif
