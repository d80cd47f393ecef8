/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of the hypervisor: into a ring that XEN_SYSCTL_readconsole reads,
 * and out by the serial console. Each carries a level; what is above `loglvl=`
 * goes nowhere, guest-provoked messages obey `guest_loglvl=` and a rate limit.
 * Any context but NMI.
 */
#ifndef HOSPES_DEBUG_PRINTK_H
#define HOSPES_DEBUG_PRINTK_H

#include <stdarg.h>

#include "lib/types.h"

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG
};

/* What is above these levels is dropped (loglvl=, guest_loglvl=). */
extern enum log_level log_threshold, guest_log_threshold;

void printk(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void vprintk(enum log_level level, const char *fmt, va_list args);

/* Text as it is, to the ring and the serial console. */
void console_write(const char *text, size_t len);

/* A message that a guest can provoke at will: rate limited. */
void guest_printk(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...) printk(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  printk(LOG_WARN, __VA_ARGS__)
#define log_info(...)  printk(LOG_INFO, __VA_ARGS__)
#define log_debug(...) printk(LOG_DEBUG, __VA_ARGS__)

#endif
