/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of day. A PV builder enters here in ring 3 with paging on, %rsi = VA
 * of start_info, %rsp = a boot stack, the hypercall page filled, event
 * delivery masked. We move to vcpu 0's own stack and go to C.
 */
#include "rt/layout.h"
#include <xen/elfnote.h>

	/* namesz, descsz, type, name, desc: a note of owner "Xen". */
	.macro note_str type, text
	.pushsection .note.Xen, "a", @note
	.balign 4
	.long 4, 2f - 1f, \type
	.asciz "Xen"
1:	.asciz "\text"
2:	.balign 4
	.popsection
	.endm

	.macro note_quad type, value
	.pushsection .note.Xen, "a", @note
	.balign 4
	.long 4, 8, \type
	.asciz "Xen"
	.quad \value
	.popsection
	.endm

	note_str XEN_ELFNOTE_GUEST_OS, "hospes-rt"
	note_str XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
	note_str XEN_ELFNOTE_LOADER, "generic"
	note_quad XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page
	note_str XEN_ELFNOTE_FEATURES, "dom0"
	note_str XEN_ELFNOTE_PAE_MODE, "yes"

	.section .text.hypercall_page, "ax", @progbits
	.balign 4096
	.globl hypercall_page
hypercall_page:
	.skip 4096, 0x90

	.text
	.globl _start
_start:
	cld
	lea	vcpu_blocks + VCPU_KSTACK_TOP(%rip), %rsp
	mov	%rsi, %rdi
	xor	%ebp, %ebp
	pushq	$0
	push	%rbp
	pushq	$0
	popfq
	add	$8, %rsp
	push	%rbp
	call	rt_start
	ud2

	/*
	 * A secondary vcpu: VCPUOP_initialise put it on its own stack, %rdi =
	 * its struct vcpu.
	 */
	.globl vcpu_entry
vcpu_entry:
	cld
	xor	%ebp, %ebp
	pushq	$0
	push	%rbp
	call	vcpu_start
	ud2

	.section .note.GNU-stack, "", @progbits
