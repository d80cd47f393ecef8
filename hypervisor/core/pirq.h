/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical interrupts of guests. A pirq is a domain's own number for an IRQ of
 * the machine (cpu/irq.h); PHYSDEVOP_map_pirq makes the pair, binding it to an
 * event channel (EVTCHNOP_bind_pirq) lets it come in.
 *
 * For dom0 and GSIs the numbers are the same. MSIs have pirqs from the top of
 * the range down.
 *
 * Lock: domain.pirq_lock (RANK_PIRQ), inside: the list and the maps. The
 * interrupt itself finds the port through the IRQ's own action, without it.
 */
#ifndef HOSPES_CORE_PIRQ_H
#define HOSPES_CORE_PIRQ_H

#include <xen/event_channel.h>
#include <xen/physdev.h>

#include "core/rcu.h"
#include "cpu/irq.h"
#include "lib/list.h"
#include "lib/types.h"

struct domain;
struct msi_desc;
struct vcpu;

#define PIRQ_MAX      1024 /* per domain */
#define PIRQ_RESERVED UINT32_MAX

struct pirq {
	struct list_head link;
	uint32_t number;
	uint32_t irq;	      /* PIRQ_RESERVED: none yet */
	struct msi_desc *msi; /* NULL: a line of an I/O APIC */
	evtchn_port_t port;   /* 0: not bound */
	struct irq_guest action;
	struct rcu_head rcu;
};

/* Boot, after acpi_init(): the I/O APICs, irq_init(), ISA's odd lines. */
void pirq_platform_init(void);

void pirq_domain_init(struct domain *d);
/* Unbind and unmap everything. */
void pirq_domain_destroy(struct domain *d);

/*
 * For EVTCHNOP_bind_pirq: deliver to `port` from now on, first on v's CPU.
 * -EINVAL not mapped, -EEXIST bound already, -EBUSY the IRQ is another's and
 * not shared, -ENOSPC.
 */
int pirq_bind(struct vcpu *v, uint32_t number, evtchn_port_t port,
	      bool shareable);
void pirq_unbind(struct domain *d, uint32_t number);
/* The port moved to v: let the IRQ follow. */
void pirq_set_vcpu(struct domain *d, uint32_t number, const struct vcpu *v);

/* PHYSDEVOP_eoi, and EVTCHNOP_unmask by such ports. -EINVAL. */
int pirq_eoi(struct domain *d, uint32_t number);
/* XENIRQSTAT_*; -EINVAL. */
int pirq_status(struct domain *d, uint32_t number, uint32_t *flags);

/* number < 0: choose one. Result is the number or -Exxx. */
int pirq_map_gsi(struct domain *d, int gsi, int number);
int pirq_map_msi(struct domain *d, struct physdev_map_pirq *map);
/* -EBUSY: an event channel is bound to it; close that first. */
int pirq_unmap(struct domain *d, uint32_t number);
/* A number nobody uses, reserved for a later map. */
int pirq_reserve_free(struct domain *d, uint32_t *number);

#endif
