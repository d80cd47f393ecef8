/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of an application processor: copied to a page below 1 MiB, entered in
 * real mode at offset 0 with CS = page >> 4 (SDM 3A 8.4). Three addresses in it
 * are filled in by smp_boot_all().
 */
#include "x86/layout.h"
#include "offsets.h"

#define OFF(sym) ((sym) - trampoline_start)

	.section .rodata
	.balign	16
	.globl	trampoline_start, trampoline_end
	.globl	trampoline_gdt_base, trampoline_jump32
trampoline_start:
	.code16
	cli
	cld
	xor	%ebx, %ebx
	mov	%cs, %bx
	mov	%bx, %ds
	shl	$4, %ebx
	lgdtl	OFF(trampoline_gdt_ptr)
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	*OFF(trampoline_jump32)

	.code32
trampoline_32:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %ss
	mov	%cr4, %eax
	or	$0x20, %eax	/* PAE */
	mov	%eax, %cr4
	mov	$(boot_l4 - IMAGE_VIRT), %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x900, %eax	/* LME, NXE */
	wrmsr
	mov	%cr0, %eax
	or	$0x80010000, %eax	/* PG, WP */
	and	$0x9fffffff, %eax	/* caches on */
	mov	%eax, %cr0
	ljmpl	*OFF(trampoline_jump64)(%ebx)

	.balign	8
trampoline_gdt:
	.quad	0
	.quad	0x00af9a000000ffff	/* 0x08 64-bit code */
	.quad	0x00cf92000000ffff	/* 0x10 data */
	.quad	0x00cf9a000000ffff	/* 0x18 32-bit code */
trampoline_gdt_ptr:
	.word	. - trampoline_gdt - 1
trampoline_gdt_base:
	.long	OFF(trampoline_gdt)	/* + page */
trampoline_jump32:
	.long	OFF(trampoline_32)	/* + page */
	.word	0x18
trampoline_jump64:
	.long	ap_start64_low - IMAGE_VIRT
	.word	0x08
trampoline_end:

	.section .boot.text, "ax"
	.code64
ap_start64_low:
	movabs	$ap_start64, %rax
	jmp	*%rax
ap_start64:
	/* Segments first: the GDT is gone with the identity map. */
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	ap_cr3(%rip), %rax
	mov	%rax, %cr3
	mov	ap_stack(%rip), %rsp
	xor	%ebp, %ebp
	call	smp_ap_start
	ud2

	.section .note.GNU-stack, "", @progbits
