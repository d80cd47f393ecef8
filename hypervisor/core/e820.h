/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory maps as guests see them: the machine's for dom0, a guest's own. */
#ifndef HOSPES_CORE_E820_H
#define HOSPES_CORE_E820_H

#include "core/domain.h"
#include "lib/types.h"

#define DOMAIN_E820_MAX 16

/* <xen/memory.h> XENMEM_memory_map: the BIOS's form. */
struct __packed e820_entry {
	uint64_t start, size;
	uint32_t type;
};

/* Boot: the machine's map; `entries` stays. */
void e820_set_machine(const struct e820_entry *entries, unsigned int n);
unsigned int e820_machine_count(void);
struct e820_entry e820_machine_entry(unsigned int i);

/* The map that the toolstack gave a domain; none: count 0. -EINVAL, -ENOMEM. */
int domain_e820_set(struct domain *d, const struct e820_entry *entries,
		    unsigned int n);
unsigned int domain_e820_count(const struct domain *d);
struct e820_entry domain_e820_entry(const struct domain *d, unsigned int i);

#endif
