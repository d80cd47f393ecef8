/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake seam's layout: machine memory is an array of the test program. */
#ifndef HOSPES_X86_LAYOUT_H
#define HOSPES_X86_LAYOUT_H

#define HV_FIRST_SLOT 256
#define HV_LAST_SLOT  271
#define HV_VIRT_START 0xffff800000000000UL
#define HV_VIRT_END   0xffff880000000000UL

extern unsigned char host_frames[];
extern unsigned char host_ram[];

#define FRAMETABLE_VIRT ((uintptr_t)host_frames)
#define DIRECTMAP_VIRT	((uintptr_t)host_ram)

#define STACK_SIZE 32768
#define MAX_CPUS   256

#endif
