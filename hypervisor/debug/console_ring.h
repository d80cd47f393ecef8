/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of all console output: the hypervisor's messages and dom0's. */
#ifndef HOSPES_DEBUG_CONSOLE_RING_H
#define HOSPES_DEBUG_CONSOLE_RING_H

#include "lib/types.h"

#define CONSOLE_RING_SIZE (32 * 1024)

/*
 * Copy at most `len` bytes from position *index (counted since boot; one that
 * is too old is moved forward) and advance *index. Returns the bytes copied.
 */
size_t console_ring_read(uint32_t *index, char *buf, size_t len);

/* Position of the oldest byte that is kept and not cleared. */
uint32_t console_ring_start(void);

/* Forget what is in it (XEN_SYSCTL_readconsole with clear). */
void console_ring_clear(void);

#endif
