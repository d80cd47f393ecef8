/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text out (and in): console_io for the initial domain, the ring that the
 * toolstack set up for any other. The ring is written until the back end took
 * all of it, yielding the CPU meanwhile, so that a crash loses nothing.
 */
#ifndef RT_CONSOLE_H
#define RT_CONSOLE_H

#include "rt/types.h"

void console_init(void);
void console_write(const char *s, size_t n);
/* Bytes that were waiting, at most n; never blocks. */
size_t console_read(char *buf, size_t n);
void printk(const char *fmt, ...) __printf(1, 2);

#endif
