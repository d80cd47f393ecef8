/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O APICs (82093AA data sheet): a line for each global system interrupt
 * (GSI), with its redirection entry. This file only reads and writes them;
 * cpu/irq.c decides. Lock: one per I/O APIC, a leaf, inside.
 */
#ifndef HOSPES_CPU_IOAPIC_H
#define HOSPES_CPU_IOAPIC_H

#include "lib/types.h"

/* How a line is programmed. */
struct ioapic_entry {
	uint8_t vector;
	uint32_t dest; /* APIC id, physical mode, at most 255 */
	bool level, active_low, masked;
};

/* Boot: one more, its registers mapped at `regs`. All its lines are closed.
 * -ENOSPC, -ENODEV nothing there. */
int ioapic_add(uint8_t id, uint64_t address, volatile void *regs,
	       uint32_t gsi_base);

/* One above the highest GSI that there is. */
unsigned int ioapic_gsi_end(void);
bool ioapic_has_gsi(unsigned int gsi);

void ioapic_write_entry(unsigned int gsi, const struct ioapic_entry *e);
void ioapic_set_masked(unsigned int gsi, bool masked);
void ioapic_set_dest(unsigned int gsi, uint32_t dest);

/* PHYSDEVOP_apic_read and _write: by physical address of the I/O APIC. A write
 * may only select a register's trigger and polarity: *gsi says whose, -EINVAL
 * otherwise. */
int ioapic_read_register(uint64_t address, uint32_t reg, uint32_t *value);
int ioapic_gsi_of_register(uint64_t address, uint32_t reg, unsigned int *gsi);

#endif
