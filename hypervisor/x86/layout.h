/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where everything lies in the virtual address space. L4 slots 256 to 271
 * belong to the hypervisor in every PV address space (<xen/arch-x86/
 * xen-x86_64.h>); each slot spans 512 GiB.
 *
 *   slot 256  ffff800000000000  machine-to-phys table, read-only for guests
 *   slot 257  ffff808000000000  the same table, writable, hypervisor only
 *   slot 260  ffff820000000000  per-domain window: each vCPU's GDT and LDT
 *   slot 261  ffff828000000000  frame table
 *             ffff82d000000000  mappings of devices (mm/ioremap)
 *             ffff82d040000000  hypervisor image, 1 GiB
 *   slot 262  ffff830000000000  direct map of all RAM, 5 TiB, to slot 271
 *
 * The image is neither in the first nor the last 2 GiB, so code is
 * position-independent (-fpie) though linked at a fixed address.
 * Also read by assembly and the linker script.
 */
#ifndef HOSPES_X86_LAYOUT_H
#define HOSPES_X86_LAYOUT_H

#ifdef __ASSEMBLY__
#define LAYOUT_UL(x) x
#else
#define LAYOUT_UL(x) x##UL
#endif

#define HV_FIRST_SLOT 256
#define HV_LAST_SLOT  271

#define M2P_RO_VIRT	LAYOUT_UL(0xffff800000000000)
#define M2P_RW_VIRT	LAYOUT_UL(0xffff808000000000)
#define PERDOMAIN_VIRT	LAYOUT_UL(0xffff820000000000)
#define FRAMETABLE_VIRT LAYOUT_UL(0xffff828000000000)
#define IOREMAP_VIRT	LAYOUT_UL(0xffff82d000000000)
#define IMAGE_VIRT	LAYOUT_UL(0xffff82d040000000)
#define DIRECTMAP_VIRT	LAYOUT_UL(0xffff830000000000)
#define DIRECTMAP_END	LAYOUT_UL(0xffff880000000000)
#define HV_VIRT_START	M2P_RO_VIRT
#define HV_VIRT_END	DIRECTMAP_END

#define M2P_RO_SLOT	256
#define M2P_RW_SLOT	257
#define PERDOMAIN_SLOT	260
#define FRAMETABLE_SLOT 261
#define DIRECTMAP_SLOT	262

/* Where the boot loader puts the image. */
#define IMAGE_PHYS LAYOUT_UL(0x200000)

#define STACK_SIZE 32768

#define MAX_CPUS 256

/* Selectors of the hypervisor's part of every GDT: its two pages stand where
 * the ABI has them, behind 14 pages of the guest's. */
#define HV_GDT_BASE  0xe000
#define HV_CS	     0xe008
#define HV_DS	     0xe010
#define GUEST_CS32   0xe023
#define GUEST_DS     0xe02b
#define GUEST_CS64   0xe033
#define TSS_SELECTOR 0xe040
#define LDT_SELECTOR 0xe050

#endif
