/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the machine, in order or after a panic. */
#include "boot/options.h"
#include "core/upcalls.h"
#include "cpu/lapic.h"
#include "cpu/smp.h"
#include "debug/printk.h"
#include "debug/upcalls.h"
#include "drivers/acpi_power.h"
#include "x86/insn.h"
#include "x86/percpu.h"

#include <xen/sched.h>

static __noreturn void stop_here(void)
{
	irq_disable();
	for (;;) {
		cpu_halt();
	}
}

void machine_stop_others(void)
{
	if (cpumask_weight(&cpu_online) > 1) {
		smp_stop_others();
	}
}

__noreturn void machine_end_after_panic(void)
{
	if (options.noreboot) {
		log_error("noreboot: the machine stops here\n");
		stop_here();
	}
	log_error("rebooting\n");
	acpi_reset();
}

__noreturn void machine_shutdown(uint32_t code)
{
	irq_disable();
	machine_stop_others();
	switch (code) {
	case SHUTDOWN_poweroff:
		log_info("dom0 powered off\n");
		acpi_poweroff();
		log_warn("this machine does not switch itself off\n");
		stop_here();
	case SHUTDOWN_reboot:
	case SHUTDOWN_watchdog:
		log_info("dom0 reboots the machine\n");
		break;
	default:
		log_error("dom0 crashed\n");
		machine_end_after_panic();
	}
	acpi_reset();
}
