/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables, version 1: this guest's own table, and operations on others'.
 * The first GNTTAB_RESERVED references belong to the toolstack and are never
 * handed out here.
 */
#ifndef RT_GNTTAB_H
#define RT_GNTTAB_H

#include "rt/types.h"

#include <xen/grant_table.h>

#define GNTTAB_RESERVED GNTTAB_NR_RESERVED_ENTRIES

/* Sets up nr frames (at most 4) and maps them; 0 or the error. */
long gnttab_init(unsigned int nr);
grant_entry_v1_t *gnttab_entry(grant_ref_t ref);

/* Grants a frame to a domain; the reference. Panics when there is none. */
grant_ref_t gnttab_grant(unsigned int dom, unsigned long mfn, bool readonly);
/* False while the other side still has it mapped. */
bool gnttab_revoke(grant_ref_t ref);

#endif
