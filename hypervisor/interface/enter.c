/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a guest's call to its handler and back. A handler that returns -ERESTART
 * makes the guest execute its SYSCALL again with the arguments that the handler
 * left; so the guest takes its events in between.
 */
#include "core/domain.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "interface/hypercall.h"
#include "interface/table.h"
#include "lib/string.h"
#include "mm/upcalls.h"
#include "pv/callback.h"
#include "pv/hypercall_entry.h"
#include "x86/percpu.h"

#define SYSCALL_INSN_LEN 2
#define STUB_SIZE	 32

static void arguments_from(const struct cpu_user_regs *regs,
			   struct hypercall *hc)
{
	hc->left = false;
	hc->nr = regs->rax;
	hc->arg[0] = regs->rdi;
	hc->arg[1] = regs->rsi;
	hc->arg[2] = regs->rdx;
	hc->arg[3] = regs->r10;
	hc->arg[4] = regs->r8;
	hc->arg[5] = regs->r9;
}

static void restart(struct cpu_user_regs *regs, const struct hypercall *hc)
{
	regs->rip -= SYSCALL_INSN_LEN;
	regs->rax = hc->nr;
	regs->rdi = hc->arg[0];
	regs->rsi = hc->arg[1];
	regs->rdx = hc->arg[2];
	regs->r10 = hc->arg[3];
	regs->r8 = hc->arg[4];
	regs->r9 = hc->arg[5];
}

void pv_hypercall(struct cpu_user_regs *regs)
{
	struct hypercall hc;
	long rc;

	if (regs->rax == __HYPERVISOR_iret) {
		pv_iret(regs);
		return;
	}
	arguments_from(regs, &hc);
	rc = hypercall_call(&hc);
	if (hc.left) {
		return;
	}
	if (rc == -ERESTART) {
		restart(regs, &hc);
	} else {
		regs->rax = (uint64_t)rc;
	}
}

/*
 * Each stub: save rcx and r11, which SYSCALL destroys; number to eax; SYSCALL;
 * restore; ret. That of iret does not come back: it leaves rcx, r11 and rax
 * on the stack, where the frame that pv_iret() reads begins.
 */
static void stub_write(uint8_t *p, uint32_t nr)
{
	static const uint8_t head[] = { 0x51, 0x41, 0x53, 0xb8 };
	static const uint8_t tail[] = { 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };

	memcpy(p, head, sizeof(head));
	memcpy(p + sizeof(head), &nr, sizeof(nr));
	memcpy(p + sizeof(head) + sizeof(nr), tail, sizeof(tail));
}

static void iret_stub_write(uint8_t *p)
{
	static const uint8_t stub[] = {
		0x51,	    /* push %rcx */
		0x41, 0x53, /* push %r11 */
		0x50,	    /* push %rax */
		0xb8, __HYPERVISOR_iret,
		0,    0,
		0,	    /* mov $23, %eax */
		0x0f, 0x05, /* syscall */
	};

	memcpy(p, stub, sizeof(stub));
}

void pv_hypercall_page_write(void *page)
{
	uint8_t *p = page;

	memset(page, 0xcc, 4096);
	for (uint32_t nr = 0; nr < 4096 / STUB_SIZE; nr++) {
		if (nr == __HYPERVISOR_iret) {
			iret_stub_write(p + nr * STUB_SIZE);
		} else {
			stub_write(p + nr * STUB_SIZE, nr);
		}
	}
}
