/* SPDX-License-Identifier: BSD-2-Clause */
/* See acpi_power.h. */
#include "drivers/acpi_power.h"

#include "cpu/clock.h"
#include "drivers/acpi_tables.h"
#include "drivers/pci.h"
#include "x86/insn.h"

#define PM1_SCI_EN	  BIT(0)
#define PM1_SLP_TYP	  0x1c00U
#define PM1_SLP_EN	  BIT(13)
#define KEYBOARD_PORT	  0x64
#define KEYBOARD_BUSY	  BIT(1)
#define KEYBOARD_PULSE	  0xfe /* pulls the reset line */
#define RESET_CONTROL	  0xcf9
#define RESET_ARM	  0x02
#define RESET_HARD	  0x06
#define SPACE_IO	  1
#define SPACE_PCI	  2
#define ACPI_ENABLE_TRIES 300

/* The firmware hands the power registers over when asked through its SMI. */
static void acpi_mode_on(void)
{
	if (inw(acpi.pm1a_cnt) & PM1_SCI_EN || !acpi.smi_cmd) {
		return;
	}
	outb(acpi.smi_cmd, acpi.acpi_enable);
	for (unsigned int i = 0; i < ACPI_ENABLE_TRIES; i++) {
		if (inw(acpi.pm1a_cnt) & PM1_SCI_EN) {
			return;
		}
		clock_delay_us(1000);
	}
}

static uint16_t pm1_value(uint16_t now, uint16_t control)
{
	return (uint16_t)((now & ~(PM1_SLP_TYP | (unsigned int)PM1_SLP_EN)) |
			  (control & PM1_SLP_TYP));
}

void acpi_enter_s5(uint16_t control_a, uint16_t control_b)
{
	uint16_t a, b = 0;

	if (!acpi.pm1a_cnt) {
		return;
	}
	acpi_mode_on();
	a = pm1_value(inw(acpi.pm1a_cnt), control_a);
	if (acpi.pm1b_cnt) {
		b = pm1_value(inw(acpi.pm1b_cnt), control_b);
	}
	/* First the type, then the type with the enable bit (16.1.7). */
	outw(acpi.pm1a_cnt, a);
	if (acpi.pm1b_cnt) {
		outw(acpi.pm1b_cnt, b);
	}
	wbinvd();
	outw(acpi.pm1a_cnt, (uint16_t)(a | PM1_SLP_EN));
	if (acpi.pm1b_cnt) {
		outw(acpi.pm1b_cnt, (uint16_t)(b | PM1_SLP_EN));
	}
	clock_delay_us(1000000);
}

void acpi_poweroff(void)
{
	if (acpi.has_s5) {
		acpi_enter_s5((uint16_t)(acpi.s5_typ_a << 10),
			      (uint16_t)(acpi.s5_typ_b << 10));
	}
}

static void reset_by_register(void)
{
	uint64_t at = acpi.reset.address;

	if (!acpi.has_reset) {
		return;
	}
	if (acpi.reset.space == SPACE_IO) {
		outb((uint16_t)at, acpi.reset_value);
	} else if (acpi.reset.space == SPACE_PCI) {
		/* Bus 0: device in bits 32 up, function 16, register 0. */
		uint32_t cf8 = (uint32_t)(BIT(31) | (at >> 32 & 0x1f) << 11 |
					  (at >> 16 & 7) << 8 | (at & 0xfc));

		pci_port_write(cf8, at & 3, 1, acpi.reset_value);
	}
	/* A memory-mapped one is not mapped: the other ways are left. */
	clock_delay_us(100000);
}

static void reset_by_keyboard(void)
{
	for (unsigned int i = 0; i < 1000; i++) {
		if (!(inb(KEYBOARD_PORT) & KEYBOARD_BUSY)) {
			break;
		}
		clock_delay_us(10);
	}
	outb(KEYBOARD_PORT, KEYBOARD_PULSE);
	clock_delay_us(100000);
}

__noreturn void acpi_reset(void)
{
	static const struct table_ptr no_idt;

	reset_by_register();
	outb(RESET_CONTROL, RESET_ARM);
	clock_delay_us(50);
	outb(RESET_CONTROL, RESET_HARD);
	clock_delay_us(100000);
	reset_by_keyboard();
	/* An exception without an IDT is a triple fault. */
	lidt(&no_idt);
	for (;;) {
		__builtin_trap();
	}
}
