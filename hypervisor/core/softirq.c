/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Softirqs: see the header. The word of pending bits is the only state; a bit
 * is cleared before its work is done, so work that is raised meanwhile is done
 * again. Another CPU is interrupted only by the one who turns a bit from 0 to
 * 1: until it is 0 again, that CPU has not yet looked.
 */
#include "core/softirq.h"

#include "cpu/lapic.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

static uint32_t softirq_bits PERCPU_DATA;
static void (*softirq_work[SOFTIRQ_COUNT])(void);

void softirq_open(enum softirq nr, void (*fn)(void))
{
	softirq_work[nr] = fn;
}

void softirq_raise(enum softirq nr)
{
	atomic_fetch_or(&this_cpu(softirq_bits), 1U << nr);
}

void softirq_raise_on(unsigned int cpu, enum softirq nr)
{
	uint32_t old = atomic_fetch_or(&per_cpu(softirq_bits, cpu), 1U << nr);

	if (!(old & 1U << nr) && cpu != smp_cpu_id()) {
		smp_send_event_check(cpu);
	}
}

bool softirq_pending(void)
{
	return read_once(this_cpu(softirq_bits)) != 0;
}

void softirq_run(void)
{
	uint32_t *bits = &this_cpu(softirq_bits);
	uint32_t pending;

	while ((pending = read_once(*bits)) != 0) {
		unsigned int nr = (unsigned int)__builtin_ctz(pending);

		atomic_fetch_and(bits, ~(1U << nr));
		if (softirq_work[nr]) {
			softirq_work[nr]();
		}
	}
}
