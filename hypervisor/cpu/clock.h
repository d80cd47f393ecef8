/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System time: nanoseconds since boot, from the TSC, the same on all CPUs.
 * Calibrated once against the PM timer or the PIT.
 */
#ifndef HOSPES_CPU_CLOCK_H
#define HOSPES_CPU_CLOCK_H

#include "lib/types.h"

/* ns = ((ticks << shift) * mul) >> 32; shift may be negative. The form of
 * struct pvclock's tsc_to_system_mul and tsc_shift. */
struct clock_scale {
	uint32_t mul;
	int8_t shift;
};

extern struct clock_scale clock_tsc_scale;
extern uint64_t clock_tsc_khz;
extern uint64_t clock_boot_tsc; /* TSC at system time 0 */

int64_t clock_now(void);
int64_t clock_tsc_to_ns(uint64_t tsc); /* system time at that TSC value */
uint64_t clock_ns_to_tsc(int64_t ns);  /* and back */

/* Seconds and nanoseconds since 1970 at system time 0. */
void clock_wall_base(uint64_t *sec, uint32_t *nsec);
void clock_set_wall_base(uint64_t sec, uint32_t nsec);

/* Spin for so many microseconds. */
void clock_delay_us(unsigned int us);

/*
 * A counter's value and the TSC at (nearly) the same time: of some tries the
 * one with the least time between, `window`, in TSC ticks.
 */
struct clock_stamp {
	uint64_t tsc;
	uint64_t window;
	uint32_t count;
};

struct clock_stamp clock_stamp(uint32_t (*read)(unsigned int),
			       unsigned int arg);

/* Boot: pm_port 0 when there is no ACPI PM timer. */
void clock_init(uint16_t pm_port);

#endif
