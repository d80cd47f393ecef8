/* SPDX-License-Identifier: BSD-2-Clause */
/* The other CPUs: bringing them up, and running something on them. */
#ifndef HOSPES_CPU_SMP_H
#define HOSPES_CPU_SMP_H

#include "x86/cpumask.h"

/* Boot: CPU 0 is this one; a further CPU gets the next number. -ENOSPC. */
int smp_add_cpu(uint32_t apic_id);
unsigned int smp_cpu_count(void);

/* Start all added CPUs; each ends in smp_ap_main (boot). */
void smp_boot_all(void);

/* Memory map of the trampoline: one page below 1 MiB that is ours. */
void smp_set_trampoline(uint64_t page);

/*
 * Empty the TLBs of the CPUs in mask, this one included if in it, and wait.
 * va: one page, or SMP_FLUSH_ALL.
 */
#define SMP_FLUSH_ALL (~0UL)
void smp_flush_tlb(const cpumask_t *mask, uint64_t va);

/*
 * Who still needs a flush? A mapping is removed, then the time is noted
 * (tlb_clock). A CPU whose last full flush began later than that cannot hold
 * the mapping. Wrap a CR3 load in begin and done, so that it counts.
 */
uint32_t tlb_clock(void);
uint64_t tlb_flush_begin(void);
void tlb_flush_done(uint64_t began);
/* Drop from mask the CPUs that flushed since `stamp`. */
void tlb_filter(cpumask_t *mask, uint32_t stamp);

void smp_tlb_flush_interrupt(void);
void smp_call_interrupt(void);

/* Stop the other CPUs for good; nothing can be asked of them afterwards. */
void smp_stop_others(void);

#endif
