/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_DOMAIN_NODES_H
#define HOSPES_DOM0_DOMAIN_NODES_H
/* The store's tree of one domain, as guests and xl's users expect it. */
#include <stdint.h>

#include "dom0-tools/lib/store.h"

struct hl_config;

/*
 * dom0's own nodes and the one pool of CPUs: what libxl, xenstore's users and
 * scripts look for and nobody else makes. Writes what is missing, leaves what
 * is there. 0 or -errno.
 */
int domain_nodes_write_dom0(struct xs_handle *xs);

/* Everything but devices and rings. */
void domain_nodes_write(struct store_batch *batch, uint32_t domid,
			const struct hl_config *config, const char *uuid);
/* The rings of console and store. */
void domain_nodes_write_rings(struct store_batch *batch, uint32_t domid,
			      uint64_t console_mfn, uint32_t console_port,
			      uint64_t store_mfn, uint32_t store_port);
/* Whatever is there of a domain, devices excepted. */
void domain_nodes_remove(struct xs_handle *xs, uint32_t domid,
			 const char *uuid);

#endif
