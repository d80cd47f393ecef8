/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot 1 and 2 headers and the way from the loader's 32-bit protected mode
 * into 64-bit C. The image is a flat file: the headers carry its load address,
 * so QEMU's -kernel and GRUB take it as it is.
 *
 * State on entry (multiboot 1 and 2 specifications): EAX = magic, EBX =
 * physical address of the information structure, paging off, no stack.
 */
#include "x86/layout.h"
#include "offsets.h"

#define PHYS(sym) ((sym) - IMAGE_VIRT)

#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00010003 /* page-aligned modules, memory map, addresses */
#define MB2_MAGIC 0xe85250d6

#define CR0_PE_PG 0x80000001
#define CR4_PAE   0x20
#define EFER      0xc0000080

	.section .boot.header, "a"
	.globl image_header
image_header:
	.balign 8
mb1:
	.long MB1_MAGIC
	.long MB1_FLAGS
	.long -(MB1_MAGIC + MB1_FLAGS)
	.long PHYS(mb1)
	.long PHYS(image_start)
	.long PHYS(image_data_end)
	.long PHYS(image_end)
	.long PHYS(start32)

	.balign 8
mb2:
	.long MB2_MAGIC
	.long 0
	.long mb2_end - mb2
	.long -(MB2_MAGIC + (mb2_end - mb2))
	/* address tag */
	.word 2, 0
	.long 24
	.long PHYS(mb2)
	.long PHYS(image_start)
	.long PHYS(image_data_end)
	.long PHYS(image_end)
	/* entry tag */
	.word 3, 0
	.long 12
	.long PHYS(start32)
	.balign 8
	/* modules page-aligned */
	.word 6, 0
	.long 8
	/* information wanted: command line 1, modules 3, memory map 6, RSDP
	 * 14 and 15, EFI map 17 when there is one */
	.word 1, 1
	.long 8 + 6 * 4
	.long 1, 3, 6, 14, 15, 17
	.balign 8
	.word 0, 0
	.long 8
mb2_end:

	.section .boot.text, "ax"
	.code32
	.globl start32
start32:
	cli
	cld
	mov	$PHYS(boot_gdt_ptr), %ecx
	lgdt	(%ecx)
	mov	$PHYS(bsp_stack + STACK_SIZE), %esp
	mov	%eax, %esi	/* magic */
	mov	%ebx, %edi	/* information */

	/* Clear .bss up to the boot page tables and stack that we use now; a
	 * loader has done it, kexec may not have. */
	call	boot_tables
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$PHYS(boot_l4), %eax
	mov	%eax, %cr3
	mov	$EFER, %ecx
	rdmsr
	or	$0x100, %eax	/* LME */
	wrmsr
	mov	%cr0, %eax
	or	$CR0_PE_PG, %eax
	and	$~0x60000000, %eax	/* caches on */
	or	$0x00010000, %eax	/* WP */
	mov	%eax, %cr0
	ljmp	$0x08, $PHYS(start64_low)

/* Identity map of the low 4 GiB, and the same first GiB at IMAGE_VIRT. */
boot_tables:
	mov	$PHYS(boot_l3), %eax
	or	$3, %eax
	mov	%eax, PHYS(boot_l4)
	mov	$PHYS(boot_l3_image), %eax
	or	$3, %eax
	mov	%eax, PHYS(boot_l4) + FRAMETABLE_SLOT * 8
	mov	$PHYS(boot_l2), %eax
	or	$3, %eax
	mov	%eax, PHYS(boot_l3_image) + ((IMAGE_VIRT >> 30) & 511) * 8
	xor	%ecx, %ecx
1:	mov	%eax, PHYS(boot_l3)(, %ecx, 8)
	add	$0x1000, %eax
	inc	%ecx
	cmp	$4, %ecx
	jb	1b
	xor	%ecx, %ecx
	mov	$0x83, %eax	/* present, writable, 2 MiB */
2:	mov	%eax, PHYS(boot_l2)(, %ecx, 8)
	add	$0x200000, %eax
	inc	%ecx
	cmp	$2048, %ecx
	jb	2b
	ret

	.code64
start64_low:
	movabs	$start64, %rax
	jmp	*%rax
start64:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	movabs	$bsp_stack + STACK_SIZE - CPU_INFO_SIZE, %rsp
	xor	%ebp, %ebp
	mov	%esi, %eax
	mov	%edi, %esi
	mov	%eax, %edi
	mov	%edi, %edi	/* clear upper halves */
	mov	%esi, %esi
	call	boot_main
	ud2

	.section .boot.data, "aw"
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9a000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf92000000ffff	/* 0x10: data */
boot_gdt_ptr:
	.word boot_gdt_ptr - boot_gdt - 1
	.long PHYS(boot_gdt)
	.long 0

	.section .bss.page, "aw", @nobits
	.balign 4096
	.globl boot_l4
boot_l4:	.skip 4096
boot_l3:	.skip 4096
boot_l3_image:	.skip 4096
boot_l2:	.skip 4096 * 4

	.balign STACK_SIZE
	.globl bsp_stack
bsp_stack:	.skip STACK_SIZE
