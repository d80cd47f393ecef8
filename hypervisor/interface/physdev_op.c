/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_physdev_op(cmd, arg): interrupts and PCI devices, nearly all of it
 * for dom0. Also the old form with everything in one struct (number 19).
 *
 * Only what a guest does with its own interrupts and ports is open to others.
 */
#include <xen/physdev.h>

#include "core/domain.h"
#include "core/pirq.h"
#include "core/vcpu.h"
#include "cpu/ioapic.h"
#include "cpu/irq.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "drivers/acpi_tables.h"
#include "drivers/msi.h"
#include "drivers/pci.h"
#include "interface/guest_copy.h"
#include "interface/handlers_sched.h"
#include "lib/checked.h"
#include "x86/percpu.h"

#define IO_PORTS 65536

/* ---- for every domain ---- */

static long physdev_eoi(guest_ptr_t arg)
{
	struct physdev_eoi op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	return pirq_eoi(current->domain, op.irq);
}

static long physdev_irq_status(guest_ptr_t arg)
{
	struct physdev_irq_status_query op;
	int err;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	err = pirq_status(current->domain, op.irq, &op.flags);
	return err ? err : copy_to_guest(arg, &op, sizeof(op));
}

static long physdev_set_iopl(guest_ptr_t arg)
{
	struct physdev_set_iopl op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	if (op.iopl > 3) {
		return ERR(-EINVAL);
	}
	current->pv.iopl = op.iopl;
	return 0;
}

/* The bitmap stays in the guest's memory and is read at each access. */
static long physdev_set_iobitmap(guest_ptr_t arg)
{
	struct physdev_set_iobitmap op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	if (op.nr_ports > IO_PORTS) {
		return ERR(-EINVAL);
	}
	current->pv.iobmp = guest_handle_ptr(op.bitmap).a;
	current->pv.iobmp_limit = op.nr_ports;
	return 0;
}

/* ---- I/O APICs ---- */

static long physdev_apic_read(guest_ptr_t arg)
{
	struct physdev_apic op;
	int err;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	err = ioapic_read_register(op.apic_physbase, op.reg, &op.value);
	return err ? err : copy_to_guest(arg, &op, sizeof(op));
}

/* Of an entry, trigger and polarity are dom0's to say; the rest is ours. */
static long physdev_apic_write(guest_ptr_t arg)
{
	struct physdev_apic op;
	unsigned int gsi;
	int err;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	err = ioapic_gsi_of_register(op.apic_physbase, op.reg, &gsi);
	if (err || op.reg & 1) {
		return err;
	}
	return irq_set_line(gsi, op.value & BIT(15), op.value & BIT(13));
}

static long physdev_setup_gsi(guest_ptr_t arg)
{
	struct physdev_setup_gsi op;
	int err;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	if (op.gsi < 0) {
		return ERR(-EINVAL);
	}
	err = irq_set_line((unsigned int)op.gsi, op.triggering, op.polarity);
	/* In use, and set up otherwise: it stays. */
	return err == -EBUSY ? -EEXIST : err;
}

/* Vectors are ours; the guest's name for the line's is its number. */
static long physdev_alloc_irq_vector(guest_ptr_t arg)
{
	struct physdev_irq op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	if (op.irq >= irq_gsi_count()) {
		return ERR(-EINVAL);
	}
	op.vector = op.irq;
	return copy_to_guest(arg, &op, sizeof(op));
}

static long physdev_free_irq_vector(guest_ptr_t arg)
{
	(void)arg;
	return 0;
}

/* ---- pirqs ---- */

static int map_pirq(struct domain *d, struct physdev_map_pirq *op)
{
	switch (op->type) {
	case MAP_PIRQ_TYPE_GSI:
		return pirq_map_gsi(d, op->index, op->pirq);
	case MAP_PIRQ_TYPE_MULTI_MSI:
		/* Blocks of vectors are not made: the driver takes one. */
		if (op->entry_nr > 1) {
			return ERR(-EOPNOTSUPP);
		}
		op->table_base = 0;
		return pirq_map_msi(d, op);
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
		/* An index would name a vector of dom0's own choice. */
		if (op->index != -1) {
			return ERR(-EINVAL);
		}
		return pirq_map_msi(d, op);
	default:
		return ERR(-EINVAL);
	}
}

static long physdev_map_pirq(guest_ptr_t arg)
{
	struct physdev_map_pirq op;
	struct domain *d;
	int ret;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	d = domain_get_by_id(op.domid);
	if (!d) {
		return ERR(-ESRCH);
	}
	ret = map_pirq(d, &op);
	if (ret < 0) {
		guest_printk(LOG_WARN,
			     "domain %u: pirq of type %d, index %d, device "
			     "%02x:%02x.%u cannot be mapped: %d\n",
			     d->id, op.type, op.index, op.bus & 0xff,
			     op.devfn >> 3 & 0x1f, op.devfn & 7, ret);
	} else {
		op.pirq = ret;
		ret = copy_to_guest(arg, &op, sizeof(op));
	}
	domain_put(d);
	return ret;
}

static long physdev_unmap_pirq(guest_ptr_t arg)
{
	struct physdev_unmap_pirq op;
	struct domain *d;
	int err;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	d = domain_get_by_id(op.domid);
	if (!d) {
		return ERR(-ESRCH);
	}
	err = pirq_unmap(d, (uint32_t)op.pirq);
	domain_put(d);
	return err;
}

static long physdev_get_free_pirq(guest_ptr_t arg)
{
	struct physdev_get_free_pirq op;
	int err;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	err = pirq_reserve_free(current->domain, &op.pirq);
	return err ? err : copy_to_guest(arg, &op, sizeof(op));
}

/* ---- PCI devices: we keep no list, dom0 owns them all ---- */

static long device_known(struct pci_address dev)
{
	/* Other segments cannot be asked by the ports. */
	return dev.segment || pci_present(dev) ? 0 : ERR(-ENODEV);
}

static long physdev_pci_device_add(guest_ptr_t arg)
{
	struct physdev_pci_device op; /* as the longer one begins */

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	return device_known((struct pci_address){ op.seg, op.bus, op.devfn });
}

static long physdev_manage_pci_add(guest_ptr_t arg)
{
	struct physdev_manage_pci op; /* as manage_pci_ext begins */

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	return device_known((struct pci_address){ 0, op.bus, op.devfn });
}

static long physdev_pci_remove(guest_ptr_t arg)
{
	(void)arg;
	return 0;
}

static long physdev_restore_msi(guest_ptr_t arg)
{
	struct physdev_restore_msi op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	return msi_restore((struct pci_address){ 0, op.bus, op.devfn });
}

static long physdev_restore_msi_ext(guest_ptr_t arg)
{
	struct physdev_pci_device op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	return msi_restore((struct pci_address){ op.seg, op.bus, op.devfn });
}

/* dom0 is about to reset a device, or did: what we map of it stays. */
static long physdev_msix_notice(guest_ptr_t arg)
{
	struct physdev_pci_device op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	return device_known((struct pci_address){ op.seg, op.bus, op.devfn });
}

/* dom0's AML has reserved the window that the static table told of. */
static long physdev_pci_mmcfg_reserved(guest_ptr_t arg)
{
	struct physdev_pci_mmcfg_reserved op;

	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	for (unsigned int i = 0; i < acpi.mcfg_count; i++) {
		if (acpi.mcfg[i].base == op.address &&
		    acpi.mcfg[i].segment == op.segment) {
			return 0;
		}
	}
	return ERR(-ENODEV);
}

/* ---- dispatch ---- */

struct physdev_command {
	long (*fn)(guest_ptr_t arg);
	bool for_all; /* not for dom0 alone */
};

static const struct physdev_command physdev_commands[] = {
	[PHYSDEVOP_eoi] = { physdev_eoi, true },
	[PHYSDEVOP_irq_status_query] = { physdev_irq_status, true },
	[PHYSDEVOP_set_iopl] = { physdev_set_iopl, true },
	[PHYSDEVOP_set_iobitmap] = { physdev_set_iobitmap, true },
	[PHYSDEVOP_apic_read] = { physdev_apic_read, false },
	[PHYSDEVOP_apic_write] = { physdev_apic_write, false },
	[PHYSDEVOP_alloc_irq_vector] = { physdev_alloc_irq_vector, false },
	[PHYSDEVOP_free_irq_vector] = { physdev_free_irq_vector, false },
	[PHYSDEVOP_map_pirq] = { physdev_map_pirq, false },
	[PHYSDEVOP_unmap_pirq] = { physdev_unmap_pirq, false },
	[PHYSDEVOP_get_free_pirq] = { physdev_get_free_pirq, false },
	[PHYSDEVOP_setup_gsi] = { physdev_setup_gsi, false },
	[PHYSDEVOP_manage_pci_add] = { physdev_manage_pci_add, false },
	[PHYSDEVOP_manage_pci_add_ext] = { physdev_manage_pci_add, false },
	[PHYSDEVOP_manage_pci_remove] = { physdev_pci_remove, false },
	[PHYSDEVOP_pci_device_add] = { physdev_pci_device_add, false },
	[PHYSDEVOP_pci_device_remove] = { physdev_pci_remove, false },
	[PHYSDEVOP_pci_mmcfg_reserved] = { physdev_pci_mmcfg_reserved, false },
	[PHYSDEVOP_restore_msi] = { physdev_restore_msi, false },
	[PHYSDEVOP_restore_msi_ext] = { physdev_restore_msi_ext, false },
	[PHYSDEVOP_prepare_msix] = { physdev_msix_notice, false },
	[PHYSDEVOP_release_msix] = { physdev_msix_notice, false },
	/* PHYSDEVOP_pirq_eoi_gmfn_*: Linux then asks by irq_status_query. */
};

static long physdev_dispatch(uint32_t cmd, guest_ptr_t arg)
{
	const struct physdev_command *c;

	if (cmd >= ARRAY_SIZE(physdev_commands)) {
		return ERR(-ENOSYS);
	}
	c = &physdev_commands[array_index_nospec(cmd,
						 ARRAY_SIZE(physdev_commands))];
	if (!c->fn) {
		return ERR(-ENOSYS);
	}
	if (!c->for_all && !current->domain->privileged) {
		return ERR(-EPERM);
	}
	return c->fn(arg);
}

long do_physdev_op(struct hypercall *hc)
{
	return physdev_dispatch((uint32_t)hc->arg[0], guest_ptr(hc->arg[1]));
}

long do_physdev_op_compat(struct hypercall *hc)
{
	guest_ptr_t arg = guest_ptr(hc->arg[0]);
	uint32_t cmd;

	if (copy_from_guest(&cmd, arg, sizeof(cmd))) {
		return ERR(-EFAULT);
	}
	switch (cmd) {
	case PHYSDEVOP_irq_status_query:
	case PHYSDEVOP_set_iopl:
	case PHYSDEVOP_set_iobitmap:
	case PHYSDEVOP_apic_read:
	case PHYSDEVOP_apic_write:
	case PHYSDEVOP_alloc_irq_vector:
		return physdev_dispatch(
			cmd,
			guest_ptr_add(arg, offsetof(struct physdev_op, u)));
	default:
		return ERR(-ENOSYS);
	}
}
