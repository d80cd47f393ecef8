/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that C and assembly share.
 *
 * Each vcpu owns one naturally aligned block, so that "which vcpu am I" is a
 * mask of %rsp and needs no segment base (segment bases are among the things
 * under test):
 *
 *	+0		pointer to struct vcpu
 *	+0x4000		top of the kernel stack (guest kernel code runs here)
 *	+0x8000		top of the trap stack (entries from guest user mode)
 */
#ifndef RT_LAYOUT_H
#define RT_LAYOUT_H

#define PAGE_SIZE  4096
#define PAGE_SHIFT 12

#define VCPU_MAX	4
#define VCPU_BLOCK_SIZE 0x8000
#define VCPU_KSTACK_TOP 0x4000
#define VCPU_TSTACK_TOP 0x8000

/* Entries that are no exception vector get numbers past the last one. */
#define ENTRY_EVENT    256
#define ENTRY_FAILSAFE 257
#define ENTRY_SYSCALL  258

#endif
