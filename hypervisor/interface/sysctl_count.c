/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XEN_SYSCTL_perfc_op: the hypervisor's own counts, by name. What a domain held
 * must be back in them once it is gone; tests compare before and after.
 */
#include "lib/types.h"

#include "core/domain.h"
#include "core/grant.h"
#include "interface/control.h"
#include "interface/guest_copy.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/pool.h"
#include "x86/atomic.h"

struct counts {
	uint32_t domains;
	uint32_t frames_owned; /* by domains */
	uint32_t frames_free;
	uint32_t ports;
	uint32_t grants_mapped;
	uint32_t heap_objects;
	uint32_t heap_frames;	/* that those objects take */
	uint32_t handle_frames; /* of them, what dom0 once needed for handles */
	uint32_t port_frames;	/* and for ports, and keeps */
};

static const char *const names[] = {
	"domains",     "frames_owned",	"frames_free",
	"ports",       "grants_mapped", "heap_objects",
	"heap_frames", "handle_frames", "port_frames",
};
static_assert(sizeof(struct counts) ==
		      ARRAY_SIZE(names) * sizeof(xen_sysctl_perfc_val_t),
	      "one value for each name");

static void count(struct counts *c)
{
	struct domain *d;

	*c = (struct counts){ 0 };
	for (uint32_t id = 0; id < DOMID_FIRST_RESERVED; id++) {
		d = domain_get_next((domid_t)id);
		if (!d) {
			break;
		}
		id = d->id;
		c->domains++;
		c->frames_owned += (uint32_t)read_once(d->tot_pages);
		c->ports += read_once(d->evtchn.used_ports);
		c->grants_mapped += (uint32_t)grant_table_mappings(d);
		c->handle_frames += grant_table_handle_frames(d);
		c->port_frames += read_once(d->evtchn.valid_ports) *
				  sizeof(struct evtchn) / PAGE_SIZE;
		domain_put(d);
	}
	c->frames_free = (uint32_t)heap_free_pages();
	c->heap_objects = (uint32_t)pool_objects();
	c->heap_frames = (uint32_t)pool_frames();
}

int sysctl_perfc_op(struct xen_sysctl *op)
{
	struct xen_sysctl_perfc_op *a = &op->u.perfc_op;
	guest_ptr_t desc = guest_handle_ptr(a->desc);
	guest_ptr_t val = guest_handle_ptr(a->val);
	struct counts c;

	if (a->cmd != XEN_SYSCTL_PERFCOP_query) {
		/* They are what is there now, not what happened. */
		return a->cmd == XEN_SYSCTL_PERFCOP_reset ? -EOPNOTSUPP
							  : -EINVAL;
	}
	a->nr_counters = ARRAY_SIZE(names);
	a->nr_vals = ARRAY_SIZE(names);
	for (unsigned int i = 0;
	     i < ARRAY_SIZE(names) && !guest_ptr_is_null(desc); i++) {
		struct xen_sysctl_perfc_desc entry = { .nr_vals = 1 };

		strlcpy(entry.name, names[i], sizeof(entry.name));
		if (copy_to_guest_at(desc, i, &entry, sizeof(entry))) {
			return -EFAULT;
		}
	}
	count(&c);
	if (!guest_ptr_is_null(val) && copy_to_guest(val, &c, sizeof(c))) {
		return -EFAULT;
	}
	return 0;
}
