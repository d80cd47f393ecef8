/* SPDX-License-Identifier: BSD-2-Clause */
/* What debug calls in the layers to its right. */
#ifndef HOSPES_DEBUG_UPCALLS_H
#define HOSPES_DEBUG_UPCALLS_H

#include "lib/types.h"

/* Text out by the serial console, synchronously. (drivers/console.c) */
void console_emit(const char *text, size_t len);

/* What guest ran here, and its last words. Not locked. (core/crash.c) */
void panic_say_guest(void);

/* Stop the other CPUs; then reboot or halt, as `noreboot` says. (boot) */
void machine_stop_others(void);
__noreturn void machine_end_after_panic(void);

/* System time for the stamp of a message. (cpu/clock.c) */
int64_t clock_now(void);

#endif
