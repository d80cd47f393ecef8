/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said when a domain crashes, or the machine while a guest runs. */
#ifndef HOSPES_CORE_CRASH_H
#define HOSPES_CORE_CRASH_H

#include "lib/types.h"

struct domain;

#define LAST_WORDS 512

/* Keep the end of what d writes to its console by hypercall. */
void crash_hear(struct domain *d, const char *text, size_t n);

/*
 * Registers, code, stack and call chain of the current vCPU if it is of d, and
 * the last words of d. Takes d->shutdown_lock for a moment.
 */
void crash_report(struct domain *d);

/* The guest that this CPU runs, if any: its registers. For smp_call(). */
void crash_show_cpu(void *unused);

#endif
