/* SPDX-License-Identifier: BSD-2-Clause */
/* What cpu calls in the layers to its right. */
#ifndef HOSPES_CPU_UPCALLS_H
#define HOSPES_CPU_UPCALLS_H

#include "x86/addr.h"

/* The LAPIC timer fired; interrupts off. (core/timer.c) */
void timer_interrupt(void);

/* One zeroed page of the hypervisor's, or NULL. (mm/heap.c) */
void *mm_alloc_page(void);
/* So many zeroed bytes for ever, rounded up to 2^n pages and aligned so. */
void *mm_alloc_bytes(size_t bytes);
/* RAM by its physical address, in the direct map. */
void *mm_phys_to_virt(maddr_t a);
/* Frame of an address in the image or the direct map. (mm/paging.c) */
mfn_t mm_virt_to_mfn(const void *p);
/* Map device registers uncached; NULL when there is no room. (mm/paging.c) */
void *mm_ioremap(maddr_t base, size_t len);

#endif
