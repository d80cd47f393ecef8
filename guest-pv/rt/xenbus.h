/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The XenStore client of a guest, over the ring that the toolstack set up. One
 * request at a time, waited for; watch events that come meanwhile are counted
 * and dropped, since every user here looks again at what it waits for.
 *
 * A guest without a store (a dom0 alone) gets -XEN_ENODEV from all of it.
 */
#ifndef RT_XENBUS_H
#define RT_XENBUS_H

#include "rt/types.h"

#include <xen/io/xenbus.h>

int xenbus_init(void);
/* The value's length (buf is terminated, cut to size) or -Exxx. */
int xenbus_read(const char *path, char *buf, size_t size);
/* The index-th name under path, as xenbus_read(). */
int xenbus_list(const char *path, unsigned int index, char *buf, size_t size);
int xenbus_write(const char *path, const char *value);
int xenbus_printf(const char *dir, const char *node, const char *fmt, ...)
	__printf(3, 4);
/* A number under dir/node, or -Exxx. */
long xenbus_read_number(const char *dir, const char *node);
/* Waits until dir/state is at least that; the state or -Exxx on time out. */
int xenbus_wait_state(const char *dir, int state, uint64_t ns);
unsigned long xenbus_watch_events(void);

#endif
