/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time as the hypervisor tells it: nanoseconds since boot from the TSC and
 * the vcpu's own record, and the wall clock of shared_info.
 */
#ifndef RT_TIME_H
#define RT_TIME_H

#include "rt/types.h"

#define MS 1000000ull

uint64_t time_now(void);
/* Seconds since 1970, now. */
uint64_t time_wall(void);
/* Busy, with the vcpu running. */
void time_delay(uint64_t ns);

#endif
