/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PV vCPU's GDT and LDT: frames typed PGT_SEG_DESC, mapped in the per-domain
 * window. v is current, or paused, or not yet running.
 */
#ifndef HOSPES_PV_DESCRIPTOR_H
#define HOSPES_PV_DESCRIPTOR_H

#include "core/vcpu.h"

/* -EINVAL: too many entries, or a frame that is not a table of harmless
 * descriptors. On failure the old GDT stays. */
int pv_gdt_set(struct vcpu *v, const uint64_t *frames, unsigned int entries);
void pv_gdt_drop(struct vcpu *v);

/* Linear address and entries; 0 entries: none. v is current. */
int pv_ldt_set(struct vcpu *v, uint64_t base, unsigned int entries);
void pv_ldt_drop(struct vcpu *v);

/* Change one descriptor of a frame of the current domain. */
int pv_descriptor_update(struct domain *d, maddr_t where, uint64_t desc);

#endif
