/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_physdev_op(cmd, arg): interrupts and PCI devices, nearly all of it
 * for dom0.
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

union physdev_arg {
	struct physdev_eoi eoi;
	struct physdev_irq_status_query irq_status;
	struct physdev_set_iopl iopl;
	struct physdev_set_iobitmap iobitmap;
	struct physdev_apic apic;
	struct physdev_setup_gsi setup_gsi;
	struct physdev_irq irq;
	struct physdev_map_pirq map_pirq;
	struct physdev_unmap_pirq unmap_pirq;
	struct physdev_get_free_pirq get_free_pirq;
	struct physdev_manage_pci manage_pci; /* as manage_pci_ext begins */
	struct physdev_restore_msi restore_msi;
	struct physdev_pci_device device; /* as pci_device_add begins */
	struct physdev_pci_mmcfg_reserved mmcfg;
};

/* ---- for every domain ---- */

static long physdev_eoi(union physdev_arg *arg)
{
	return pirq_eoi(current->domain, arg->eoi.irq);
}

static long physdev_irq_status(union physdev_arg *arg)
{
	struct physdev_irq_status_query *op = &arg->irq_status;

	return pirq_status(current->domain, op->irq, &op->flags);
}

static long physdev_set_iopl(union physdev_arg *arg)
{
	if (arg->iopl.iopl > 3) {
		return ERR(-EINVAL);
	}
	current->pv.iopl = arg->iopl.iopl;
	return 0;
}

/* The bitmap stays in the guest's memory and is read at each access. */
static long physdev_set_iobitmap(union physdev_arg *arg)
{
	if (arg->iobitmap.nr_ports > IO_PORTS) {
		return ERR(-EINVAL);
	}
	current->pv.iobmp = guest_handle_ptr(arg->iobitmap.bitmap).a;
	current->pv.iobmp_limit = arg->iobitmap.nr_ports;
	return 0;
}

/* ---- I/O APICs ---- */

static long physdev_apic_read(union physdev_arg *arg)
{
	struct physdev_apic *op = &arg->apic;

	return ioapic_read_register(op->apic_physbase, op->reg, &op->value);
}

/* Of an entry, trigger and polarity are dom0's to say; the rest is ours. */
static long physdev_apic_write(union physdev_arg *arg)
{
	struct physdev_apic *op = &arg->apic;
	unsigned int gsi;
	int err = ioapic_gsi_of_register(op->apic_physbase, op->reg, &gsi);

	if (err || op->reg & 1) {
		return err;
	}
	return irq_set_line(gsi, op->value & BIT(15), op->value & BIT(13));
}

static long physdev_setup_gsi(union physdev_arg *arg)
{
	struct physdev_setup_gsi *op = &arg->setup_gsi;
	int err;

	if (op->gsi < 0) {
		return ERR(-EINVAL);
	}
	err = irq_set_line((unsigned int)op->gsi, op->triggering, op->polarity);
	/* In use, and set up otherwise: it stays. */
	return err == -EBUSY ? -EEXIST : err;
}

/* Vectors are ours; the guest's name for the line's is its number. */
static long physdev_alloc_irq_vector(union physdev_arg *arg)
{
	if (arg->irq.irq >= irq_gsi_count()) {
		return ERR(-EINVAL);
	}
	arg->irq.vector = arg->irq.irq;
	return 0;
}

/* Nothing is kept that could be taken back. */
static long physdev_nothing(union physdev_arg *arg)
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

static long physdev_map_pirq(union physdev_arg *arg)
{
	struct physdev_map_pirq *op = &arg->map_pirq;
	struct domain *d = domain_get_by_id(op->domid);
	int ret;

	if (!d) {
		return ERR(-ESRCH);
	}
	ret = map_pirq(d, op);
	if (ret < 0) {
		guest_printk(LOG_WARN,
			     "domain %u: pirq of type %d, index %d, device "
			     "%02x:%02x.%u cannot be mapped: %d\n",
			     d->id, op->type, op->index, op->bus & 0xff,
			     op->devfn >> 3 & 0x1f, op->devfn & 7, ret);
	} else {
		op->pirq = ret;
		ret = 0;
	}
	domain_put(d);
	return ret;
}

static long physdev_unmap_pirq(union physdev_arg *arg)
{
	struct domain *d = domain_get_by_id(arg->unmap_pirq.domid);
	int err;

	if (!d) {
		return ERR(-ESRCH);
	}
	err = pirq_unmap(d, (uint32_t)arg->unmap_pirq.pirq);
	domain_put(d);
	return err;
}

static long physdev_get_free_pirq(union physdev_arg *arg)
{
	return pirq_reserve_free(current->domain, &arg->get_free_pirq.pirq);
}

/* ---- PCI devices: we keep no list, dom0 owns them all ---- */

static long device_known(struct pci_address dev)
{
	/* Other segments cannot be asked by the ports. */
	return dev.segment || pci_present(dev) ? 0 : ERR(-ENODEV);
}

/* Added; or dom0 is about to reset it, or did: what we map of it stays. */
static long physdev_pci_device(union physdev_arg *arg)
{
	const struct physdev_pci_device *op = &arg->device;

	return device_known(
		(struct pci_address){ op->seg, op->bus, op->devfn });
}

static long physdev_manage_pci_add(union physdev_arg *arg)
{
	const struct physdev_manage_pci *op = &arg->manage_pci;

	return device_known((struct pci_address){ 0, op->bus, op->devfn });
}

static long physdev_restore_msi(union physdev_arg *arg)
{
	const struct physdev_restore_msi *op = &arg->restore_msi;

	return msi_restore((struct pci_address){ 0, op->bus, op->devfn });
}

static long physdev_restore_msi_ext(union physdev_arg *arg)
{
	const struct physdev_pci_device *op = &arg->device;

	return msi_restore((struct pci_address){ op->seg, op->bus, op->devfn });
}

/* dom0's AML has reserved the window that the static table told of. */
static long physdev_pci_mmcfg_reserved(union physdev_arg *arg)
{
	for (unsigned int i = 0; i < acpi.mcfg_count; i++) {
		if (acpi.mcfg[i].base == arg->mmcfg.address &&
		    acpi.mcfg[i].segment == arg->mmcfg.segment) {
			return 0;
		}
	}
	return ERR(-ENODEV);
}

/* ---- dispatch ---- */

struct physdev_command {
	long (*fn)(union physdev_arg *arg);
	uint8_t size; /* of the argument that is copied in */
	uint8_t flags;
};

#define FOR_ALL BIT(0) /* not for dom0 alone */
#define ANSWERS BIT(1) /* the argument goes back */

#define COMMAND(fn, member, flags)                                     \
	{                                                              \
		fn, sizeof(((union physdev_arg *)NULL)->member), flags \
	}

static const struct physdev_command physdev_commands[] = {
	[PHYSDEVOP_eoi] = COMMAND(physdev_eoi, eoi, FOR_ALL),
	[PHYSDEVOP_irq_status_query] =
		COMMAND(physdev_irq_status, irq_status, FOR_ALL | ANSWERS),
	[PHYSDEVOP_set_iopl] = COMMAND(physdev_set_iopl, iopl, FOR_ALL),
	[PHYSDEVOP_set_iobitmap] =
		COMMAND(physdev_set_iobitmap, iobitmap, FOR_ALL),
	[PHYSDEVOP_apic_read] = COMMAND(physdev_apic_read, apic, ANSWERS),
	[PHYSDEVOP_apic_write] = COMMAND(physdev_apic_write, apic, 0),
	[PHYSDEVOP_alloc_irq_vector] =
		COMMAND(physdev_alloc_irq_vector, irq, ANSWERS),
	[PHYSDEVOP_free_irq_vector] = COMMAND(physdev_nothing, irq, 0),
	[PHYSDEVOP_map_pirq] = COMMAND(physdev_map_pirq, map_pirq, ANSWERS),
	[PHYSDEVOP_unmap_pirq] = COMMAND(physdev_unmap_pirq, unmap_pirq, 0),
	[PHYSDEVOP_get_free_pirq] =
		COMMAND(physdev_get_free_pirq, get_free_pirq, ANSWERS),
	[PHYSDEVOP_setup_gsi] = COMMAND(physdev_setup_gsi, setup_gsi, 0),
	[PHYSDEVOP_manage_pci_add] =
		COMMAND(physdev_manage_pci_add, manage_pci, 0),
	[PHYSDEVOP_manage_pci_add_ext] =
		COMMAND(physdev_manage_pci_add, manage_pci, 0),
	[PHYSDEVOP_manage_pci_remove] = COMMAND(physdev_nothing, manage_pci, 0),
	[PHYSDEVOP_pci_device_add] = COMMAND(physdev_pci_device, device, 0),
	[PHYSDEVOP_pci_device_remove] = COMMAND(physdev_nothing, device, 0),
	[PHYSDEVOP_pci_mmcfg_reserved] =
		COMMAND(physdev_pci_mmcfg_reserved, mmcfg, 0),
	[PHYSDEVOP_restore_msi] = COMMAND(physdev_restore_msi, restore_msi, 0),
	[PHYSDEVOP_restore_msi_ext] =
		COMMAND(physdev_restore_msi_ext, device, 0),
	[PHYSDEVOP_prepare_msix] = COMMAND(physdev_pci_device, device, 0),
	[PHYSDEVOP_release_msix] = COMMAND(physdev_pci_device, device, 0),
	/* PHYSDEVOP_pirq_eoi_gmfn_*: Linux then asks by irq_status_query. */
};

long do_physdev_op(struct hypercall *hc)
{
	guest_ptr_t ptr = guest_ptr(hc->arg[1]);
	const struct physdev_command *c;
	uint32_t cmd = (uint32_t)hc->arg[0];
	union physdev_arg arg;
	long rc;

	if (cmd >= ARRAY_SIZE(physdev_commands)) {
		return ERR(-ENOSYS);
	}
	c = &physdev_commands[array_index_nospec(cmd,
						 ARRAY_SIZE(physdev_commands))];
	if (!c->fn) {
		return ERR(-ENOSYS);
	}
	if (!(c->flags & FOR_ALL) && !current->domain->privileged) {
		return ERR(-EPERM);
	}
	if (copy_from_guest(&arg, ptr, c->size)) {
		return ERR(-EFAULT);
	}
	rc = c->fn(&arg);
	if (!rc && c->flags & ANSWERS) {
		rc = copy_to_guest(ptr, &arg, c->size);
	}
	return rc;
}
