/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GDT, TSS and IDT of each CPU.
 *
 * The hypervisor's descriptors fill one page per CPU, which stands at offset
 * 0xe000 of whatever GDT is loaded. Without a guest that GDT is nothing but
 * this page (its base lies 0xe000 below it); with one, the page is mapped
 * behind the guest's 14 frames in the per-domain window.
 */
#ifndef HOSPES_CPU_DESCRIPTORS_H
#define HOSPES_CPU_DESCRIPTORS_H

#include "x86/addr.h"

/* Set up the tables of this CPU; gdt_page and tss are its own pages. */
void descriptors_init_cpu(unsigned int cpu);

/* Boot of an AP: give it pages for its tables. -ENOMEM. */
int descriptors_alloc_cpu(unsigned int cpu);

/* Load the GDT that needs no guest. */
void gdt_load_idle(void);
/* Load a GDT at `base` whose page 14 is this CPU's descriptor page. */
void gdt_load_guest(uint64_t base);
/* Frame of this CPU's descriptor page. */
mfn_t gdt_page_mfn(void);
/* Make LDT_SELECTOR name `entries` descriptors at base and load it; 0: none. */
void ldt_load(uint64_t base, unsigned int entries);

void idt_init(void);
void idt_load(void);

#endif
