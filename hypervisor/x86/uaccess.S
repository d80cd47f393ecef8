/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies that may fault. A row of .ex_table gives, for the address of an
 * instruction, where to go on when it faults.
 *
 *	size_t uaccess_copy(void *to, const void *from, size_t n)
 *	size_t uaccess_clear(void *to, size_t n)
 *		-> bytes not done: 0 is success
 *	int rdmsr_safe(uint32_t msr, uint64_t *value)
 *		-> 0, or -1 when the CPU raised #GP
 */
	.text
	.macro	EX_TABLE from, to
	.pushsection .ex_table, "a"
	.balign	8
	.quad	\from, \to
	.popsection
	.endm

	.globl	uaccess_copy
uaccess_copy:
	mov	%rdx, %rcx
	shr	$3, %rcx
1:	rep movsq
	mov	%edx, %ecx
	and	$7, %ecx
2:	rep movsb
	xor	%eax, %eax
	ret
3:	/* rcx words and the tail are left */
	and	$7, %edx
	lea	(%rdx, %rcx, 8), %rax
	ret
4:	mov	%rcx, %rax
	ret
	EX_TABLE 1b, 3b
	EX_TABLE 2b, 4b

	.globl	uaccess_clear
uaccess_clear:
	mov	%rsi, %rcx
	xor	%eax, %eax
1:	rep stosb
	ret
2:	mov	%rcx, %rax
	ret
	EX_TABLE 1b, 2b

	.globl	rdmsr_safe
rdmsr_safe:
	mov	%edi, %ecx
1:	rdmsr
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, (%rsi)
	xor	%eax, %eax
	ret
2:	mov	$-1, %eax
	ret
	EX_TABLE 1b, 2b

/* int segment_load_{ds,es,fs,gs}(uint16_t sel): 0, or -1 and the null
 * selector loaded when the CPU refused it. gs: leaves the base as loaded from
 * the descriptor in MSR_GS_BASE. */
	.macro	SEG_LOAD name, seg
	.globl	\name
\name:
1:	mov	%edi, %\seg
	xor	%eax, %eax
	ret
2:	xor	%eax, %eax
	mov	%eax, %\seg
	dec	%eax
	ret
	EX_TABLE 1b, 2b
	.endm
	SEG_LOAD segment_load_ds, ds
	SEG_LOAD segment_load_es, es
	SEG_LOAD segment_load_fs, fs
	SEG_LOAD segment_load_gs, gs

/* int xrstor_safe(const void *area, uint64_t mask); int fxrstor_safe(area) */
	.globl	xrstor_safe
xrstor_safe:
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
1:	xrstor64 (%rdi)
	xor	%eax, %eax
	ret
	.globl	fxrstor_safe
fxrstor_safe:
2:	fxrstor64 (%rdi)
	xor	%eax, %eax
	ret
3:	mov	$-1, %eax
	ret
	EX_TABLE 1b, 3b
	EX_TABLE 2b, 3b

	.section .note.GNU-stack, "", @progbits
