/* SPDX-License-Identifier: BSD-2-Clause */
/* Who owns which interrupt vector. */
#ifndef HOSPES_CPU_VECTORS_H
#define HOSPES_CPU_VECTORS_H

#define VECTOR_EXCEPTIONS_END 0x20
#define VECTOR_IRQ_FIRST      0x30 /* devices, given out by cpu/irq */
#define VECTOR_IRQ_LAST	      0xdf /* but never 0x80 and 0x82 */
#define VECTOR_GUEST_SYSCALL  0x80 /* int $0x80 of guests */
#define VECTOR_HYPERCALL      0x82 /* the ABI's software hypercall */
#define VECTOR_CALL_FUNCTION  0xf8
#define VECTOR_EVENT_CHECK    0xf9
#define VECTOR_TLB_FLUSH      0xfa
#define VECTOR_TIMER	      0xfb
#define VECTOR_ERROR	      0xfc
#define VECTOR_SPURIOUS	      0xff

#endif
