/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports of PV guests: what a domain may reach, and the access itself. */
#ifndef HOSPES_PV_IO_PORT_H
#define HOSPES_PV_IO_PORT_H

#include "lib/types.h"

struct vcpu;

struct port_access {
	uint16_t port;
	unsigned int bytes; /* 1, 2 or 4 */
	bool write;
	uint64_t value; /* in or out */
};

/* The guest's own bitmap (PHYSDEVOP_set_iobitmap) lets user mode in. */
bool port_bitmap_allows(struct vcpu *v, const struct port_access *a);

/* False: the domain has no right to these ports; nothing was done. */
bool port_access(struct vcpu *v, struct port_access *a);

#endif
