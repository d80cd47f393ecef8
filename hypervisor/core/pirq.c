/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests' physical interrupts: see the header.
 *
 * A struct pirq is made by map (or reserve) and lives until unmap. While it is
 * bound, its `action` is in the IRQ's table and irq_dispatch() may just be
 * calling pirq_interrupt() with it; so it is freed after a grace period. The
 * event channel code ignores a port that is no longer a pirq's.
 */
#include "core/pirq.h"

#include "core/domain.h"
#include "core/evtchn.h"
#include "core/sched.h"
#include "core/vcpu.h"
#include "cpu/ioapic.h"
#include "cpu/upcalls.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "drivers/acpi_tables.h"
#include "drivers/msi.h"
#include "lib/errno.h"
#include "mm/pool.h"
#include "x86/atomic.h"

/* ---- finding; pirq_lock is held ---- */

static struct pirq *pirq_find(struct domain *d, uint32_t number)
{
	struct pirq *p;

	list_for_each_entry(p, &d->pirqs, link) {
		if (p->number == number) {
			return p;
		}
	}
	return NULL;
}

static struct pirq *pirq_find_irq(struct domain *d, uint32_t irq)
{
	struct pirq *p;

	list_for_each_entry(p, &d->pirqs, link) {
		if (p->irq == irq) {
			return p;
		}
	}
	return NULL;
}

/* A number nobody uses, from the top; the GSIs' own are left to them. */
static int pirq_free_number(struct domain *d)
{
	for (int n = PIRQ_MAX - 1; n >= (int)irq_gsi_count(); n--) {
		if (!pirq_find(d, (uint32_t)n)) {
			return n;
		}
	}
	return ERR(-ENOSPC);
}

static struct pirq *pirq_add(struct domain *d, uint32_t number)
{
	struct pirq *p = pool_alloc(sizeof(*p));

	if (p) {
		p->number = number;
		p->irq = PIRQ_RESERVED;
		p->action.domain = d;
		list_add_tail(&p->link, &d->pirqs);
	}
	return p;
}

static void pirq_free_rcu(struct rcu_head *head)
{
	pool_free(container_of(head, struct pirq, rcu));
}

/* ---- binding ---- */

int pirq_bind(struct vcpu *v, uint32_t number, evtchn_port_t port,
	      bool shareable)
{
	struct domain *d = v->domain;
	struct pirq *p;
	int err;

	spin_lock(&d->pirq_lock);
	p = pirq_find(d, number);
	if (!p || p->irq == PIRQ_RESERVED) {
		err = -EINVAL;
	} else if (p->port) {
		err = -EEXIST;
	} else {
		p->action.port = port;
		p->action.shareable = shareable;
		err = irq_guest_bind(p->irq, &p->action,
				     read_once(v->sched.processor));
	}
	if (!err) {
		p->port = port;
		if (p->msi) {
			struct irq_message message;

			/* Binding may have chosen another CPU. */
			if (!irq_compose_message(p->irq, &message)) {
				msi_set_message(p->msi, &message);
			}
			msi_set_masked(p->msi, false);
		}
	}
	spin_unlock(&d->pirq_lock);
	return err;
}

static void pirq_unbind_locked(struct pirq *p)
{
	if (!p->port) {
		return;
	}
	if (p->msi) {
		msi_set_masked(p->msi, true);
	}
	irq_guest_unbind(p->irq, &p->action);
	p->port = 0;
}

void pirq_unbind(struct domain *d, uint32_t number)
{
	struct pirq *p;

	spin_lock(&d->pirq_lock);
	p = pirq_find(d, number);
	if (p) {
		pirq_unbind_locked(p);
	}
	spin_unlock(&d->pirq_lock);
}

void pirq_set_vcpu(struct domain *d, uint32_t number, const struct vcpu *v)
{
	struct irq_message message;
	struct pirq *p;

	spin_lock(&d->pirq_lock);
	p = pirq_find(d, number);
	/* A shared line stays where it is. */
	if (p && p->port && irq_guest_count(p->irq) == 1) {
		irq_set_cpu(p->irq, read_once(v->sched.processor));
		if (p->msi && !irq_compose_message(p->irq, &message)) {
			msi_set_message(p->msi, &message);
		}
	}
	spin_unlock(&d->pirq_lock);
}

void pirq_interrupt(struct irq_guest *guest)
{
	evtchn_send_pirq(guest->domain, read_once(guest->port));
}

int pirq_eoi(struct domain *d, uint32_t number)
{
	struct pirq *p;
	int err = -EINVAL;

	spin_lock(&d->pirq_lock);
	p = pirq_find(d, number);
	if (p) {
		if (p->port) {
			irq_guest_eoi(p->irq, &p->action);
		}
		err = 0;
	}
	spin_unlock(&d->pirq_lock);
	return err;
}

int pirq_status(struct domain *d, uint32_t number, uint32_t *flags)
{
	struct pirq *p;

	*flags = 0;
	if (number >= PIRQ_MAX) {
		return ERR(-EINVAL);
	}
	spin_lock(&d->pirq_lock);
	p = pirq_find(d, number);
	if (p && p->irq != PIRQ_RESERVED) {
		if (irq_is_level(p->irq)) {
			*flags |= XENIRQSTAT_needs_eoi;
		}
		if (irq_guest_count(p->irq) > 1) {
			*flags |= XENIRQSTAT_shared;
		}
	}
	spin_unlock(&d->pirq_lock);
	return 0;
}

/* ---- mapping ---- */

/* The struct for a new mapping: a reserved one, or made. `number` < 0: any. */
static int pirq_for_map(struct domain *d, int number, struct pirq **out)
{
	struct pirq *p;

	if (number < 0) {
		number = pirq_free_number(d);
		if (number < 0) {
			return number;
		}
	}
	if (number >= PIRQ_MAX) {
		return ERR(-EINVAL);
	}
	p = pirq_find(d, (uint32_t)number);
	if (p && p->irq != PIRQ_RESERVED) {
		return ERR(-EEXIST);
	}
	if (!p) {
		p = pirq_add(d, (uint32_t)number);
	}
	*out = p;
	return p ? 0 : ERR(-ENOMEM);
}

int pirq_map_gsi(struct domain *d, int gsi, int number)
{
	struct pirq *p;
	int ret;

	if (gsi < 0 || gsi >= (int)irq_gsi_count() ||
	    !ioapic_has_gsi((unsigned int)gsi)) {
		return ERR(-EINVAL);
	}
	spin_lock(&d->pirq_lock);
	p = pirq_find_irq(d, (uint32_t)gsi);
	if (p) {
		/* Asking for what is there already is fine. */
		ret = number < 0 || p->number == (uint32_t)number
			      ? (int)p->number
			      : -EEXIST;
	} else {
		if (number < 0 && !pirq_find(d, (uint32_t)gsi)) {
			number = gsi;
		}
		ret = pirq_for_map(d, number, &p);
		if (!ret) {
			p->irq = (uint32_t)gsi;
			ret = (int)p->number;
		}
	}
	spin_unlock(&d->pirq_lock);
	return ret;
}

/* An IRQ and a message for `msi`. */
static int pirq_prepare_msi(struct msi_desc *msi, unsigned int *irq)
{
	struct irq_message message;
	int err = irq_alloc_msi(irq);

	if (err) {
		return err;
	}
	err = irq_compose_message(*irq, &message);
	if (err) {
		irq_free_msi(*irq);
		return err;
	}
	msi_set_message(msi, &message);
	return 0;
}

int pirq_map_msi(struct domain *d, struct physdev_map_pirq *map)
{
	const struct pci_address dev = {
		.segment = map->type == MAP_PIRQ_TYPE_MSI_SEG
				   ? (uint16_t)((uint32_t)map->bus >> 16)
				   : 0,
		.bus = (uint8_t)map->bus,
		.devfn = (uint8_t)map->devfn,
	};
	bool msix = map->table_base != 0;
	struct msi_desc *msi;
	struct pirq *p;
	unsigned int irq;
	int ret;

	ret = msi_create(dev, msix, msix ? (unsigned int)map->entry_nr : 0,
			 &msi);
	if (ret) {
		return ret;
	}
	ret = pirq_prepare_msi(msi, &irq);
	if (ret) {
		goto destroy_msi;
	}
	spin_lock(&d->pirq_lock);
	ret = pirq_for_map(d, map->pirq, &p);
	if (!ret) {
		p->irq = irq;
		p->msi = msi;
		ret = (int)p->number;
	}
	spin_unlock(&d->pirq_lock);
	if (ret >= 0) {
		return ret;
	}
	irq_free_msi(irq);
destroy_msi:
	msi_destroy(msi);
	return ret;
}

/* Not bound; pirq_lock is held. */
static void pirq_remove(struct pirq *p)
{
	if (p->msi) {
		msi_destroy(p->msi);
		irq_free_msi(p->irq);
		p->msi = NULL;
	}
	list_del(&p->link);
	rcu_call(&p->rcu, pirq_free_rcu);
}

int pirq_unmap(struct domain *d, uint32_t number)
{
	struct pirq *p;
	int err = 0;

	spin_lock(&d->pirq_lock);
	p = pirq_find(d, number);
	if (!p) {
		err = -EINVAL;
	} else if (p->port) {
		err = -EBUSY;
	} else {
		pirq_remove(p);
	}
	spin_unlock(&d->pirq_lock);
	return err;
}

int pirq_reserve_free(struct domain *d, uint32_t *number)
{
	struct pirq *p;
	int err;

	spin_lock(&d->pirq_lock);
	err = pirq_for_map(d, -1, &p);
	if (!err) {
		*number = p->number;
	}
	spin_unlock(&d->pirq_lock);
	return err;
}

/* ---- life ---- */

void pirq_domain_init(struct domain *d)
{
	list_init(&d->pirqs);
	spin_lock_init(&d->pirq_lock, RANK_PIRQ);
}

void pirq_domain_destroy(struct domain *d)
{
	struct pirq *p, *next;

	spin_lock(&d->pirq_lock);
	list_for_each_entry_safe(p, next, &d->pirqs, link) {
		pirq_unbind_locked(p);
		pirq_remove(p);
	}
	spin_unlock(&d->pirq_lock);
}

void pirq_platform_init(void)
{
	for (unsigned int i = 0; i < acpi.ioapic_count; i++) {
		const struct acpi_ioapic *io = &acpi.ioapics[i];
		void *regs = mm_ioremap(maddr(io->address), PAGE_SIZE);

		if (!regs ||
		    ioapic_add(io->id, io->address, regs, io->gsi_base)) {
			log_warn("I/O APIC %u at %#lx cannot be used\n", io->id,
				 io->address);
		}
	}
	irq_init();
	for (unsigned int i = 0; i < acpi.override_count; i++) {
		const struct acpi_override *o = &acpi.overrides[i];

		if (irq_set_line(o->gsi, o->level, o->active_low)) {
			log_warn("no I/O APIC has GSI %u of ISA interrupt %u\n",
				 o->gsi, o->isa_irq);
		}
	}
}
