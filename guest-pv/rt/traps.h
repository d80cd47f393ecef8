/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions, callbacks, and code that is allowed to fault.
 *
 * A hook sees an entry first, may change the frame, and says whether that was
 * all; the frame's error slot is what the iret hypercall takes as its flags
 * (VGCF_in_syscall or 0), and is set for it before the hook runs (its former
 * value is handed over as `error`).
 *
 * fault_try() runs a function that may fault: the first exception ends it and
 * is described in *f. user_run() runs code in guest user mode until it makes
 * the syscall SYSCALL_EXIT, or faults with a fault_try() around.
 */
#ifndef RT_TRAPS_H
#define RT_TRAPS_H

#include "rt/types.h"
#include "rt/vcpu.h"

#define TRAP_DE 0
#define TRAP_DB 1
#define TRAP_BP 3
#define TRAP_OF 4
#define TRAP_UD 6
#define TRAP_NM 7
#define TRAP_NP 11
#define TRAP_SS 12
#define TRAP_GP 13
#define TRAP_PF 14
#define TRAP_AC 17

#define PF_PRESENT 1ul
#define PF_WRITE   2ul
#define PF_USER	   4ul
#define PF_RSVD	   8ul
#define PF_INSTR   16ul

struct traps_frame {
	unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx,
		rdx, rsi, rdi;
	unsigned long entry, error;
	unsigned long rip, cs, rflags, rsp, ss;
};

typedef bool traps_hook_fn(struct traps_frame *f, unsigned long error);

extern char traps_stubs[], traps_entry_event[], traps_entry_syscall[],
	traps_entry_failsafe[];

void traps_init(void);
/* entry is a vector or one of ENTRY_*; NULL takes the hook away. */
void traps_set_hook(unsigned int entry, traps_hook_fn *hook);
/* Points one vector at its stub with the given gate flags (DPL, mask). */
long traps_set_gate(unsigned int vector, unsigned int flags);
void traps_frame_return(struct traps_frame *f) __noreturn;

static inline bool traps_from_user(const struct traps_frame *f)
{
	return (f->cs & 3) == 3;
}

static inline unsigned long traps_read_cr2(void)
{
	return vcpu_self()->info->arch.cr2;
}

/* True when fn faulted; *f is then what was seen, else vector is -1. */
bool fault_try(void (*fn)(void *), void *arg, struct fault *f);

bool context_call(void (*fn)(void *), void *arg, unsigned long *saved_rsp);
extern char context_resume[];

/* rax of the syscall that leaves user mode, rdi then is the result. */
#define SYSCALL_EXIT 0x4558ul

/* Runs fn(arg) in user mode on a stack of its own; what it exited with. */
unsigned long user_run(unsigned long (*fn)(unsigned long), unsigned long arg);

#endif
