/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware's static ACPI tables say (ACPI 6.4 chapter 5), read once at
 * boot into a struct of our own. Dom0 runs the AML; of it only the value of
 * \_S5 is looked for here, to switch the machine off.
 *
 * Every table is checked (length, checksum) before it is read, every entry
 * before its fields are. What does not fit the arrays is left out and logged.
 */
#ifndef HOSPES_DRIVERS_ACPI_TABLES_H
#define HOSPES_DRIVERS_ACPI_TABLES_H

#include "lib/types.h"
#include "x86/layout.h"

#define ACPI_MAX_IOAPICS   16
#define ACPI_MAX_OVERRIDES 48
#define ACPI_MAX_MCFG	   16

struct acpi_cpu {
	uint32_t apic_id;
	uint32_t processor_id; /* ACPI's number of it */
};

struct acpi_ioapic {
	uint8_t id;
	uint64_t address;
	uint32_t gsi_base;
};

/* An ISA interrupt that is not the GSI of its number, or not edge and high. */
struct acpi_override {
	uint8_t isa_irq;
	uint32_t gsi;
	bool level, active_low;
};

struct acpi_mcfg {
	uint64_t base;
	uint16_t segment;
	uint8_t bus_first, bus_last;
};

/* Generic address structure (ACPI 6.4 5.2.3.2). */
struct acpi_address {
	uint8_t space; /* 0 memory, 1 I/O ports, 2 PCI configuration */
	uint8_t bits;
	uint64_t address;
};

struct acpi_info {
	bool present;
	uint64_t rsdp; /* as given or found */

	uint64_t lapic_address;
	bool has_8259;
	struct acpi_cpu cpus[MAX_CPUS]; /* usable ones */
	unsigned int cpu_count;
	struct acpi_ioapic ioapics[ACPI_MAX_IOAPICS];
	unsigned int ioapic_count;
	struct acpi_override overrides[ACPI_MAX_OVERRIDES];
	unsigned int override_count;

	uint16_t sci_irq;
	uint16_t pm_timer_port; /* 0: none */
	bool pm_timer_32;	/* else 24 bits */
	uint16_t pm1a_cnt, pm1b_cnt;
	uint16_t smi_cmd;
	uint8_t acpi_enable;
	struct acpi_address reset;
	uint8_t reset_value;
	bool has_reset;
	bool has_s5;
	uint8_t s5_typ_a, s5_typ_b;

	struct acpi_mcfg mcfg[ACPI_MAX_MCFG];
	unsigned int mcfg_count;
	uint64_t hpet_address; /* 0: none */
};

extern struct acpi_info acpi;

/*
 * Boot, once. rsdp: where the boot loader says the root pointer is, or 0 to
 * look for it in low memory. map() gives read access to [addr, addr + len), and
 * all that it gave stays readable until the function returns; NULL: cannot.
 * -ENOENT no tables, -EINVAL tables broken.
 */
int acpi_init(uint64_t rsdp, const void *(*map)(uint64_t addr, size_t len));

/* ACPI's number of the processor with this APIC id; ~0: not listed. */
uint32_t acpi_processor_id(uint32_t apic_id);

#endif
