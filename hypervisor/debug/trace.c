/* SPDX-License-Identifier: BSD-2-Clause */
/* See trace.h. Needs frame pointers; stops at the first that leaves the stack.
 */
#include "debug/trace.h"

#include "debug/printk.h"
#include "debug/symbols.h"
#include "x86/insn.h"

#define BACKTRACE_MAX 32

void show_registers(const struct cpu_user_regs *r)
{
	log_error("rip %04x:%016lx rflags %016lx %s\n", r->cs, r->rip,
		  r->rflags, regs_guest_mode(r) ? "(guest)" : "");
	log_error("rsp %04x:%016lx rbp %016lx\n", r->ss, r->rsp, r->rbp);
	log_error("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax,
		  r->rbx, r->rcx, r->rdx);
	log_error("rsi %016lx rdi %016lx r8  %016lx r9  %016lx\n", r->rsi,
		  r->rdi, r->r8, r->r9);
	log_error("r10 %016lx r11 %016lx r12 %016lx r13 %016lx\n", r->r10,
		  r->r11, r->r12, r->r13);
	log_error("r14 %016lx r15 %016lx cr2 %016lx cr3 %016lx\n", r->r14,
		  r->r15, read_cr2(), read_cr3());
}

/* `ret`: behind a call, which may be the last of its function. */
static void show_frame(uint64_t addr, bool ret)
{
	uint64_t offset;
	const char *name = symbol_lookup(addr - ret, &offset);

	if (name) {
		log_error("  %016lx %s+%#lx\n", addr, name, offset + ret);
	} else {
		log_error("  %016lx\n", addr);
	}
}

void show_backtrace(uint64_t rip, uint64_t rbp)
{
	uint64_t top = (uint64_t)cpu_info();
	uint64_t base = (top | (STACK_SIZE - 1)) + 1 - STACK_SIZE;

	log_error("call chain:\n");
	show_frame(rip, false);
	for (int i = 0; i < BACKTRACE_MAX; i++) {
		const uint64_t *frame = (const uint64_t *)rbp;

		if (rbp < base || rbp > top - 16 || rbp % 8) {
			break;
		}
		show_frame(frame[1], true);
		rbp = frame[0];
	}
}
