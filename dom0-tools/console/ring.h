/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_CONSOLE_RING_H
#define HOSPES_CONSOLE_RING_H
/*
 * The shared page of a PV console (xen/io/console.h), seen from the back
 * end. The page is the guest's to scribble on: its indexes are read once
 * into locals, and a distance greater than the ring is refused.
 */
#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>

#include <xen/io/console.h>

/*
 * Takes up to len bytes that the guest printed. Returns how many, or -EPROTO
 * for indexes that no driver writes.
 */
int ring_take_output(struct xencons_interface *ring, char *bytes, size_t len);
/* Gives the guest input; returns how many bytes it had room for, -EPROTO. */
int ring_put_input(struct xencons_interface *ring, const char *bytes,
		   size_t len);

#endif
