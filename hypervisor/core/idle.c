/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The idle loop. The last look at the softirqs is made with interrupts off, and
 * they are turned on by the same instruction pair that halts: an interrupt that
 * brings work cannot fall in between.
 */
#include "core/idle.h"

#include "core/softirq.h"
#include "x86/insn.h"

__noreturn void idle_loop(void)
{
	for (;;) {
		irq_enable();
		softirq_run();
		irq_disable();
		if (!softirq_pending()) {
			cpu_idle_halt();
		}
	}
}
