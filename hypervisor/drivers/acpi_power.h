/* SPDX-License-Identifier: BSD-2-Clause */
/* Switching the machine off, and starting it again. */
#ifndef HOSPES_DRIVERS_ACPI_POWER_H
#define HOSPES_DRIVERS_ACPI_POWER_H

#include "lib/types.h"

/* By \_S5 (ACPI 6.4 4.8.3.2.1). Returns when the machine does not know how or
 * did not do it. The other CPUs are stopped. */
void acpi_poweroff(void);

/* The same with the two SLP_TYP values that dom0's AML gave, each in place in
 * the control register's bits 10 to 12. */
void acpi_enter_s5(uint16_t control_a, uint16_t control_b);

/* By ACPI's reset register, else port 0xcf9, the keyboard controller, a triple
 * fault; interrupts off. */
__noreturn void acpi_reset(void);

#endif
