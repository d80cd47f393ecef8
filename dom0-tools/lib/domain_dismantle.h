/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_DOMAIN_DISMANTLE_H
#define HOSPES_DOM0_DOMAIN_DISMANTLE_H
/*
 * Takes apart whatever there is of a domain: all of it, half of it, or only
 * nodes in the store. It touches a living domain only if its uuid is the one
 * given, for numbers are used again.
 */
#include <stdint.h>

#include "dom0-tools/lib/tools.h"

/*
 * domid may be PENDING_NO_DOMID: then the domain is looked for by uuid.
 * flags: DOMAIN_KEEP_CONFIG. 0, or the first -Exxx of what would not go;
 * the rest is gone all the same.
 */
int domain_dismantle(struct tools *tools, uint32_t domid,
		     const uint8_t uuid[16], unsigned int flags);
/* The same and tells what would not go. */
int domain_dismantle_tell(struct tools *tools, uint32_t domid,
			  const uint8_t uuid[16], unsigned int flags,
			  struct hl_error *err);

#endif
