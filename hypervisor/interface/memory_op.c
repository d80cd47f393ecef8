/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_op: what is simple enough to be answered in one go. Reservations are
 * in memory_reservation.c, exchange in memory_exchange.c.
 */
#include <xen/memory.h>

#include "core/domain.h"
#include "core/e820.h"
#include "core/grant.h"
#include "core/vcpu.h"
#include "interface/guest_copy.h"
#include "interface/memory.h"
#include "interface/table.h"
#include "mm/claims.h"
#include "mm/ftype.h"
#include "mm/m2p.h"
#include "mm/paging.h"
#include "mm/upcalls.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

static long maximum_gpfn(const struct domain *d)
{
	const struct shared_info *info = read_once(d->shared_info);

	/* Its memory is gone before a dying domain itself. */
	return info ? (long)read_once(info->arch.max_pfn) : -ESRCH;
}

int memory_domain_get(domid_t id, struct domain **d)
{
	if (id != DOMID_SELF && id != current->domain->id &&
	    !current->domain->privileged) {
		return -EPERM;
	}
	*d = domain_get_by_id(id);
	return *d ? 0 : -ESRCH;
}

static long reservation_figure(unsigned int cmd, guest_ptr_t arg)
{
	struct domain *d;
	domid_t id;
	long rc;

	if (copy_from_guest(&id, arg, sizeof(id))) {
		return -EFAULT;
	}
	rc = memory_domain_get(id, &d);
	if (rc) {
		return rc;
	}
	switch (cmd) {
	case XENMEM_current_reservation:
		rc = (long)d->tot_pages;
		break;
	case XENMEM_maximum_reservation:
		rc = (long)d->max_pages;
		break;
	default: /* XENMEM_maximum_gpfn */
		rc = maximum_gpfn(d);
		break;
	}
	domain_put(d);
	return rc;
}

static long machphys_list(guest_ptr_t arg)
{
	struct xen_machphys_mfn_list list;
	unsigned int i;

	if (copy_from_guest(&list, arg, sizeof(list))) {
		return -EFAULT;
	}
	for (i = 0; i < list.max_extents; i++) {
		mfn_t m = m2p_chunk_mfn(i);
		xen_pfn_t value = m.n;

		if ((uint64_t)i << 18 >= max_page) {
			break;
		}
		/* Where the M2P has a hole, the piece before stands in. */
		if (mfn_equal(m, INVALID_MFN)) {
			value = m2p_chunk_mfn(0).n;
		}
		if (copy_to_guest_at(guest_handle_ptr(list.extent_start), i,
				     &value, sizeof(value))) {
			return -EFAULT;
		}
	}
	list.nr_extents = i;
	return copy_to_guest(arg, &list, sizeof(list));
}

static long machphys_mapping(guest_ptr_t arg)
{
	struct xen_machphys_mapping map = {
		.v_start = M2P_RO_VIRT,
		.v_end = __MACH2PHYS_VIRT_END,
		.max_mfn = max_page - 1,
	};

	return copy_to_guest(arg, &map, sizeof(map));
}

static long memory_map(guest_ptr_t arg, bool machine)
{
	struct xen_memory_map map;
	struct e820_entry e;
	unsigned int n, i;

	if (machine && !current->domain->privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&map, arg, sizeof(map))) {
		return -EFAULT;
	}
	n = machine ? e820_machine_count() : domain_e820_count(current->domain);
	if (!n) {
		return -ENOSYS;
	}
	if (guest_ptr_is_null(guest_handle_ptr(map.buffer))) {
		map.nr_entries = n;
		return copy_to_guest(arg, &map, sizeof(map));
	}
	for (i = 0; i < n && i < map.nr_entries; i++) {
		e = machine ? e820_machine_entry(i)
			    : domain_e820_entry(current->domain, i);
		if (copy_to_guest_at(guest_handle_ptr(map.buffer), i, &e,
				     sizeof(e))) {
			return -EFAULT;
		}
	}
	map.nr_entries = i;
	return copy_to_guest(arg, &map, sizeof(map));
}

static long set_memory_map(guest_ptr_t arg)
{
	struct xen_foreign_memory_map map;
	struct e820_entry e[DOMAIN_E820_MAX];
	struct domain *d;
	long rc;

	if (copy_from_guest(&map, arg, sizeof(map))) {
		return -EFAULT;
	}
	if (map.map.nr_entries > DOMAIN_E820_MAX) {
		return -EINVAL;
	}
	if (copy_from_guest(e, guest_handle_ptr(map.map.buffer),
			    map.map.nr_entries * sizeof(e[0]))) {
		return -EFAULT;
	}
	if (!current->domain->privileged) {
		return -EPERM;
	}
	rc = memory_domain_get(map.domid, &d);
	if (rc) {
		return rc;
	}
	rc = domain_e820_set(d, e, map.map.nr_entries);
	domain_put(d);
	return rc;
}

static long claim_pages(guest_ptr_t arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	uint64_t want;
	long rc;

	if (!current->domain->privileged) {
		return -EPERM;
	}
	if (copy_from_guest(&r, arg, sizeof(r))) {
		return -EFAULT;
	}
	if (r.nr_extents > UINT32_MAX || r.extent_order ||
	    !guest_ptr_is_null(guest_handle_ptr(r.extent_start))) {
		return -EINVAL;
	}
	rc = memory_domain_get(r.domid, &d);
	if (rc) {
		return rc;
	}
	/* The claim is for the domain's final size. */
	want = r.nr_extents > d->tot_pages ? r.nr_extents - d->tot_pages : 0;
	if (r.nr_extents > d->max_pages) {
		rc = -EINVAL;
	} else {
		rc = domain_set_claim(d, r.nr_extents ? want : 0);
	}
	domain_put(d);
	return rc;
}

/* Frames of a domain's grant table for the toolstack. */
static long acquire_resource(guest_ptr_t arg)
{
	struct xen_mem_acquire_resource r;
	struct domain *d;
	long rc;

	if (copy_from_guest(&r, arg, sizeof(r))) {
		return -EFAULT;
	}
	if (!current->domain->privileged) {
		return -EPERM;
	}
	if (r.pad || r.type != XENMEM_resource_grant_table) {
		return -EOPNOTSUPP;
	}
	rc = memory_domain_get(r.domid, &d);
	if (rc) {
		return rc;
	}
	if (guest_ptr_is_null(guest_handle_ptr(r.frame_list))) {
		r.nr_frames = grant_table_max_frames(d);
		rc = r.id == XENMEM_resource_grant_table_id_shared
			     ? copy_to_guest(arg, &r, sizeof(r))
			     : -EINVAL;
		domain_put(d);
		return rc;
	}
	if (r.id != XENMEM_resource_grant_table_id_shared || !r.nr_frames ||
	    r.frame > UINT32_MAX - r.nr_frames) {
		rc = -EINVAL;
	}
	for (uint32_t i = 0; i < r.nr_frames && !rc; i++) {
		xen_pfn_t value;
		mfn_t m;

		rc = grant_table_frame(d, (unsigned int)(r.frame + i), true,
				       &m);
		value = m.n;
		if (!rc && copy_to_guest_at(guest_handle_ptr(r.frame_list), i,
					    &value, sizeof(value))) {
			rc = -EFAULT;
		}
	}
	domain_put(d);
	return rc;
}

long do_memory_op(struct hypercall *hc)
{
	unsigned int cmd = (uint32_t)hc->arg[0] & MEMOP_CMD_MASK;
	guest_ptr_t arg = guest_ptr(hc->arg[1]);

	switch (cmd) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return memory_reservation(hc, cmd);
	case XENMEM_exchange:
		return memory_exchange(hc);
	case XENMEM_maximum_ram_page:
		return (long)max_page - 1;
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		return reservation_figure(cmd, arg);
	case XENMEM_machphys_mfn_list:
	case XENMEM_machphys_compat_mfn_list:
		return cmd == XENMEM_machphys_mfn_list ? machphys_list(arg)
						       : -EOPNOTSUPP;
	case XENMEM_machphys_mapping:
		return machphys_mapping(arg);
	case XENMEM_memory_map:
		return memory_map(arg, false);
	case XENMEM_machine_memory_map:
		return memory_map(arg, true);
	case XENMEM_set_memory_map:
		return set_memory_map(arg);
	case XENMEM_claim_pages:
		return claim_pages(arg);
	case XENMEM_acquire_resource:
		return acquire_resource(arg);
	case XENMEM_get_vnumainfo:
	case XENMEM_add_to_physmap:
	case XENMEM_add_to_physmap_batch:
	case XENMEM_remove_from_physmap:
		return -EOPNOTSUPP; /* no translated guests */
	}
	return -ENOSYS;
}
