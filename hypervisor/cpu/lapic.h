/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC, in x2APIC mode where the firmware or CPU gives it. */
#ifndef HOSPES_CPU_LAPIC_H
#define HOSPES_CPU_LAPIC_H

#include "lib/types.h"
#include "x86/cpumask.h"

/* Registers reachable: lapic_id(). x2APIC if the firmware left it so, or
 * wanted. */
void lapic_map_bsp(bool want_x2apic);
void lapic_init_bsp(void); /* after clock_init() */
void lapic_init_ap(void);
uint32_t lapic_id(void); /* of this CPU */
uint32_t cpu_apic_id(unsigned int cpu);
void lapic_set_cpu_apic_id(unsigned int cpu, uint32_t id);
void lapic_eoi(void);
/* In service, for level interrupts that are still being handled. */
bool lapic_isr_test(uint8_t vector);

/*
 * One-shot timer at the absolute system time `deadline` in ns (at once, when
 * past; INT64_MAX: never). It ends in timer_interrupt() (cpu/upcalls.h).
 * Interrupts off.
 */
void lapic_timer_arm(int64_t deadline);

void lapic_send_ipi(unsigned int cpu, uint8_t vector);

/* Make `cpu` go through its softirqs soon (an IPI that does nothing else). */
void smp_send_event_check(unsigned int cpu);

/* Run fn(data) on each CPU of the mask (this one as well, if in it) and wait.
 * Interrupts on, no lock held that fn or an interrupt handler takes. */
void smp_call(const cpumask_t *mask, void (*fn)(void *data), void *data);

/* INIT, and STARTUP at page `vector` (SDM 3A 10.6). */
void lapic_send_init(uint32_t apic_id);
void lapic_send_startup(uint32_t apic_id, uint8_t vector);

#endif
