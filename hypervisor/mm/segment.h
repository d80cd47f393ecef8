/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segment descriptors that a PV guest may have in its GDT or LDT: absent ones,
 * and code and data of DPL 3 (and of DPL 1 and 2 raised to 3). No system
 * segments: a call gate, TSS or LDT of the guest's would be a way into ring 0.
 */
#ifndef HOSPES_MM_SEGMENT_H
#define HOSPES_MM_SEGMENT_H

#include "lib/types.h"

/*
 * Check one and mend its DPL in place. False: may not be loaded.
 * Format: SDM 3A 3.4.5.
 */
bool segment_descriptor_ok(uint64_t *desc);

#endif
