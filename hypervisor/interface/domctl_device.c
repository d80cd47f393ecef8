/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domctls that give a domain parts of the machine. I/O ports and device frames
 * are recorded and looked at by the PV layer. There is no I/O MMU support yet,
 * so no device can be given to a guest safely: that is -ENODEV, as on a machine
 * without one.
 */
#include "core/domain.h"
#include "core/io_access.h"
#include "interface/control.h"
#include "lib/checked.h"
#include "lib/errno.h"

int domctl_ioport_permission(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_ioport_permission *a = &op->u.ioport_permission;

	if (!a->nr_ports || !checked_range(a->first_port, a->nr_ports, 65536)) {
		return -EINVAL;
	}
	return io_access_set_ports(d, a->first_port,
				   (uint64_t)a->first_port + a->nr_ports - 1,
				   a->allow_access);
}

int domctl_iomem_permission(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_iomem_permission *a = &op->u.iomem_permission;

	if (!a->nr_mfns ||
	    !checked_range(a->first_mfn, a->nr_mfns, 1UL << 40)) {
		return -EINVAL;
	}
	return io_access_set_frames(d, a->first_mfn,
				    a->first_mfn + a->nr_mfns - 1,
				    a->allow_access);
}

int domctl_irq_permission(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	/* Nobody but dom0 has interrupts; taking away what is not there is
	 * done. */
	return op->u.irq_permission.allow_access ? -EOPNOTSUPP : 0;
}

int domctl_no_device(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	(void)op;
	return -ENODEV;
}
