/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Barriers pair with the front end's: it writes data, then out_prod; we read
 * out_prod (acquire), then data, then publish out_cons (release), after which
 * it may overwrite them. Input is the mirror image.
 */
#include <errno.h>

#include "dom0-tools/console/ring.h"

int ring_take_output(struct xencons_interface *ring, char *bytes, size_t len)
{
	XENCONS_RING_IDX prod =
		__atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
	XENCONS_RING_IDX cons =
		__atomic_load_n(&ring->out_cons, __ATOMIC_RELAXED);
	XENCONS_RING_IDX used = prod - cons;
	size_t i;

	if (used > sizeof(ring->out)) {
		return -EPROTO;
	}
	if (used < len) {
		len = used;
	}
	for (i = 0; i < len; i++) {
		bytes[i] = ring->out[MASK_XENCONS_IDX(cons, ring->out)];
		cons++;
	}
	__atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
	return (int)len;
}

int ring_put_input(struct xencons_interface *ring, const char *bytes,
		   size_t len)
{
	XENCONS_RING_IDX cons =
		__atomic_load_n(&ring->in_cons, __ATOMIC_ACQUIRE);
	XENCONS_RING_IDX prod =
		__atomic_load_n(&ring->in_prod, __ATOMIC_RELAXED);
	XENCONS_RING_IDX used = prod - cons;
	size_t i;

	if (used > sizeof(ring->in)) {
		return -EPROTO;
	}
	if (len > sizeof(ring->in) - used) {
		len = sizeof(ring->in) - used;
	}
	for (i = 0; i < len; i++) {
		ring->in[MASK_XENCONS_IDX(prod, ring->in)] = bytes[i];
		prod++;
	}
	__atomic_store_n(&ring->in_prod, prod, __ATOMIC_RELEASE);
	return (int)len;
}
