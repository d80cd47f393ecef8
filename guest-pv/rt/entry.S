/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every way into the guest kernel, and the way out.
 *
 * What the hypervisor leaves on the stack, lowest address first:
 *
 *	rcx r11 [error] rip cs|mask<<32 rflags rsp ss
 *
 * Each stub makes it a struct traps_frame (rt/traps.h): pops %rcx and %r11,
 * adds an error code where there is none, then the entry's number.
 */
#include "rt/layout.h"

	.text
	.balign 16
	.globl traps_stubs
traps_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	pop	%rcx
	pop	%r11
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || \
	      vector == 17 || vector == 21)
	pushq	$0
	.endif
	pushq	$vector
	jmp	entry_common
	.set vector, vector + 1
	.endr

	.macro callback name, number
	.globl \name
\name:
	pop	%rcx
	pop	%r11
	pushq	$0
	pushq	$\number
	jmp	entry_common
	.endm

	callback traps_entry_event, ENTRY_EVENT
	callback traps_entry_syscall, ENTRY_SYSCALL

	/*
	 * The failsafe frame has the four data selectors below rip:
	 *	rcx r11 ds es fs gs rip cs rflags rsp ss
	 */
	.globl traps_entry_failsafe
traps_entry_failsafe:
	pop	%rcx
	pop	%r11
	add	$32, %rsp
	pushq	$0
	pushq	$ENTRY_FAILSAFE
	jmp	entry_common

entry_common:
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
	mov	%rsp, %rdi
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	traps_dispatch
	mov	%rbx, %rsp

	/*
	 * traps_frame_return(frame): leaves through the iret hypercall. The
	 * frame's error slot holds the VGCF flags by now, just below rip, and
	 * the hypercall page's stub pushes %rcx, %r11, %rax itself.
	 */
	.globl entry_return
entry_return:
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
	add	$8, %rsp
	jmp	hypercall_page + 23 * 32

	.globl traps_frame_return
traps_frame_return:
	mov	%rdi, %rsp
	jmp	entry_return

	/*
	 * bool context_call(void (*fn)(void *), void *arg, ulong *saved_rsp):
	 * calls fn with a way back. Whoever loads *saved_rsp into %rsp and
	 * jumps to context_resume makes this call return 1; a plain return of
	 * fn makes it return 0.
	 */
	.globl context_call
context_call:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	sub	$8, %rsp
	mov	%rsp, (%rdx)
	mov	%rdi, %rax
	mov	%rsi, %rdi
	call	*%rax
	xor	%eax, %eax
	jmp	1f
	.globl context_resume
context_resume:
	mov	$1, %eax
1:	cld
	add	$8, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.section .note.GNU-stack, "", @progbits
