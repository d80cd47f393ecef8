/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways in and out. Every entry builds the same frame, struct cpu_user_regs:
 *
 *	  gs fs ds es		not pushed; room at the stack's top
 *	  ss			pushed by the CPU, or by the SYSCALL path
 *	  rsp
 *	  rflags
 *	  cs
 *	  rip
 *	  error code (32) | vector (32)
 *	  rdi rsi rdx rcx rax r8 r9 r10 r11 rbx rbp r12 r13 r14 r15
 *	  <- %rsp, the argument of the C function
 *
 * From the guest the frame is at the top of this CPU's stack (TSS.RSP0); from
 * the hypervisor it is wherever the stack was; NMI, #DF and #MC have stacks of
 * their own (IST).
 */
#include "x86/layout.h"
#include "offsets.h"

#define TRAP_SYSCALL_VECTOR  0x100
#define TRAP_SYSCALL32_VECTOR 0x101
#define TRAP_SYSENTER_VECTOR 0x102

	.text
	.macro SAVE_REGS
	cld
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	.endm

	.macro RESTORE_REGS
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	add	$8, %rsp	/* error code and vector */
	.endm

/* 256 stubs of 16 bytes. Vectors that push an error code: 8, 10-14, 17, 21,
 * 29, 30 (SDM 3A 6.13, APM 2 8.2). */
	.balign	16
	.globl	idt_stubs
idt_stubs:
	.set	vec, 0
	.rept	256
	.balign	16
	.if	!((vec == 8) || (vec >= 10 && vec <= 14) || (vec == 17) || \
		  (vec == 21) || (vec == 29) || (vec == 30))
	push	$0
	.endif
	movl	$vec, 4(%rsp)
	jmp	trap_entry
	.set	vec, vec + 1
	.endr

	.balign	16
trap_entry:
	SAVE_REGS
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	testb	$3, REGS_CS(%rsp)
	jz	1f
	call	trap_from_guest
	jmp	guest_exit
1:	call	trap_from_hypervisor
	RESTORE_REGS
	iretq

/*
 * C set the frame at the stack's top to what the guest shall see; interrupts
 * are off and no work is left.
 */
	.globl	guest_exit
guest_exit:
	RESTORE_REGS
	.globl	guest_iret
guest_iret:
	iretq
	/* A fault here means the guest's frame cannot be loaded. */
	.pushsection .ex_table, "a"
	.balign	8
	.quad	guest_iret, guest_iret_fault
	.popsection
guest_iret_fault:
	/* All registers are the guest's again and the stack is at its rip:
	 * rebuild the frame. */
	push	$0
	SAVE_REGS
	mov	%rsp, %rdi
	call	guest_iret_failed
	jmp	guest_exit

/* SYSCALL: rcx = rip, r11 = rflags, stack still the guest's. */
	.macro	SYSCALL_FRAME cs, vector
	swapgs
	mov	%rsp, %gs:CPU_INFO_SCRATCH
	mov	%gs:CPU_INFO_STACK, %rsp
	push	$GUEST_DS
	push	%gs:CPU_INFO_SCRATCH
	swapgs
	push	%r11
	push	$\cs
	push	%rcx
	push	$0
	movl	$\vector, 4(%rsp)
	SAVE_REGS
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	.endm

	.balign	16
	.globl	syscall_entry
syscall_entry:
	SYSCALL_FRAME GUEST_CS64, TRAP_SYSCALL_VECTOR
	call	guest_syscall
	jmp	guest_exit

	.balign	16
	.globl	syscall32_entry
syscall32_entry:
	SYSCALL_FRAME GUEST_CS32, TRAP_SYSCALL32_VECTOR
	call	guest_syscall32
	jmp	guest_exit

/* SYSENTER: stack is MSR_SYSENTER_ESP = &regs.es; neither rip nor rsp of the
 * guest is known. Its flags are, but IF and VM were cleared. */
	.balign	16
	.globl	sysenter_entry
sysenter_entry:
	push	$GUEST_DS
	push	$0
	pushfq
	orl	$0x200, (%rsp)
	andl	$~0x4000, (%rsp)	/* NT */
	push	$GUEST_CS32
	push	$0
	push	$0
	movl	$TRAP_SYSENTER_VECTOR, 4(%rsp)
	SAVE_REGS
	push	$2			/* flags of our own: no NT, no TF */
	popfq
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	call	guest_sysenter
	jmp	guest_exit

/*
 * void stack_reset_and_jump(void (*fn)(void)): leave everything on this CPU's
 * stack behind and go on in fn with an empty one.
 */
	.globl	stack_reset_and_jump
stack_reset_and_jump:
	and	$-STACK_SIZE, %rsp
	add	$STACK_SIZE - CPU_INFO_SIZE, %rsp
	xor	%ebp, %ebp
	call	*%rdi
	ud2

/* void guest_enter(void): run the guest of the frame at the stack's top. C
 * has done all exit work and disabled interrupts. */
	.globl	guest_enter
guest_enter:
	and	$-STACK_SIZE, %rsp
	add	$STACK_SIZE - CPU_INFO_SIZE, %rsp
	jmp	guest_exit

/* void cpu_load_segments(uint16_t cs, uint16_t ds) */
	.globl	cpu_load_segments
cpu_load_segments:
	mov	%esi, %ds
	mov	%esi, %es
	mov	%esi, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	pop	%rax
	movzwl	%di, %edi
	push	%rdi
	push	%rax
	lretq

	.section .note.GNU-stack, "", @progbits
