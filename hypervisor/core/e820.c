/* SPDX-License-Identifier: BSD-2-Clause */
/* See e820.h. */
#include "core/e820.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mm/pool.h"

struct domain_e820 {
	unsigned int count;
	struct e820_entry entries[DOMAIN_E820_MAX];
};

static const struct e820_entry *machine;
static unsigned int machine_count;

void e820_set_machine(const struct e820_entry *entries, unsigned int n)
{
	machine = entries;
	machine_count = n;
}

unsigned int e820_machine_count(void)
{
	return machine_count;
}

struct e820_entry e820_machine_entry(unsigned int i)
{
	return machine[i];
}

int domain_e820_set(struct domain *d, const struct e820_entry *entries,
		    unsigned int n)
{
	struct domain_e820 *map, *old;

	if (n > DOMAIN_E820_MAX) {
		return -EINVAL;
	}
	map = pool_alloc(sizeof(*map));
	if (!map) {
		return -ENOMEM;
	}
	map->count = n;
	memcpy(map->entries, entries, n * sizeof(*entries));
	spin_lock(&d->ctl_lock);
	old = d->e820;
	d->e820 = map;
	spin_unlock(&d->ctl_lock);
	pool_free(old);
	return 0;
}

unsigned int domain_e820_count(const struct domain *d)
{
	return d->e820 ? d->e820->count : 0;
}

struct e820_entry domain_e820_entry(const struct domain *d, unsigned int i)
{
	return d->e820->entries[i];
}
