/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's command line. */
#ifndef HOSPES_BOOT_OPTIONS_H
#define HOSPES_BOOT_OPTIONS_H

#include "lib/cmdline.h"

struct options {
	uint16_t uart_port; /* console=com1|com2|none */
	unsigned int uart_baud;
	struct cmdline_mem dom0_mem;
	unsigned int dom0_max_vcpus; /* 0: as many as CPUs */
	bool noreboot;
	bool nosmp;
	bool x2apic;	/* also when the firmware left xAPIC */
	bool clock_pit; /* clocksource=acpi|pit */
};

extern struct options options;

/* Parse; before the console is up. */
void options_parse(const char *line);
/* Warn about each option that is not known, by name. */
void options_report(const char *line);

#endif
