/* SPDX-License-Identifier: BSD-2-Clause */
/* What a CPU does when no vCPU wants it. */
#ifndef HOSPES_CORE_IDLE_H
#define HOSPES_CORE_IDLE_H

#include "lib/types.h"

/* Softirqs, then halt until an interrupt comes. current is the idle vCPU, on
 * a fresh stack, interrupts on or off. */
__noreturn void idle_loop(void);

#endif
