/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the xenstore wire protocol that both ends need: names of
 * errors, and strings packed in a payload. Structures and numbers are those
 * of <xen/io/xs_wire.h>; nothing here keeps state, allocates or locks.
 */
#ifndef XENSTORE_COMMON_WIRE_H
#define XENSTORE_COMMON_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <xen/io/xs_wire.h>

#define WIRE_HEADER_SIZE (sizeof(struct xsd_sockmsg))
#define WIRE_MSG_MAX	 (WIRE_HEADER_SIZE + XENSTORE_PAYLOAD_MAX)

/* The name sent for a positive errno; what has no name is sent as EINVAL. */
const char *wire_error_name(int err);

/* The positive errno for a name; an unknown name is EINVAL. */
int wire_error_value(const char *name);

/* A short name of a message type, for logs; never NULL. */
const char *wire_type_name(uint32_t type);

/*
 * Split a payload into exactly @n NUL-terminated strings. The last byte must
 * be a NUL and nothing may follow. -EINVAL otherwise.
 */
int wire_split(const char *data, size_t len, const char **argv, unsigned int n);

/*
 * As wire_split() for at most @max strings; returns how many there are
 * or -EINVAL.
 */
int wire_split_upto(const char *data, size_t len, const char **argv,
		    unsigned int max);

/*
 * A decimal number that fits [0, max]: digits only, no sign, no space.
 * -EINVAL otherwise.
 */
int wire_parse_number(const char *s, unsigned long max, unsigned long *out);

#endif
