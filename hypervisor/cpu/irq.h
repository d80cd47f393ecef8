/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of devices. An IRQ is a line of an I/O APIC (its number is the
 * GSI) or a message (MSI, numbers from irq_gsi_count() on). It has a vector and
 * a CPU that it goes to, and either a handler of the hypervisor's own or guests
 * that listen to it.
 *
 * An edge or a message is acknowledged at once and passed on. A level line is
 * masked, acknowledged and passed on; it is opened again when every guest it
 * was passed to has said that it is done (irq_guest_eoi()). So a guest that
 * does not answer can stop its device but nothing else.
 *
 * Lock: irq_desc.lock (RANK_IRQ, interrupts off). Guests are called with it
 * released, from a copy; what they are is freed after a grace period.
 */
#ifndef HOSPES_CPU_IRQ_H
#define HOSPES_CPU_IRQ_H

#include "lib/types.h"

struct cpu_user_regs;
struct domain;

#define IRQ_MAX	      1024
#define IRQ_SHARE_MAX 8 /* guests on one line */

/* A guest's interest in an IRQ; embedded in what core keeps for it. */
struct irq_guest {
	struct domain *domain;
	uint32_t port;	/* event channel */
	bool in_flight; /* passed on, not yet done; irq_desc.lock */
	bool shareable;
};

/* Where an interrupt message goes (SDM 3A 10.11). */
struct irq_message {
	uint64_t address;
	uint32_t data;
};

/* Boot: after ioapic_init(). */
void irq_init(void);
unsigned int irq_gsi_count(void);

/* Device vectors: called with interrupts off by the trap entry. */
void irq_dispatch(struct cpu_user_regs *regs);

/* The hypervisor's own use of line `irq` (the console). -EBUSY, -ENOSPC. */
int irq_request(unsigned int irq, void (*fn)(void *data), void *data);

/* Trigger and polarity of a line, from ACPI or dom0. -EBUSY when it is in use
 * and set otherwise. */
int irq_set_line(unsigned int irq, bool level, bool active_low);
bool irq_is_level(unsigned int irq);

/* Numbers for messages. The vector comes when the first guest binds. -ENOSPC */
int irq_alloc_msi(unsigned int *irq);
void irq_free_msi(unsigned int irq);
/* A vector and CPU for the IRQ and the message that raises it. -ENOSPC. */
int irq_compose_message(unsigned int irq, struct irq_message *msg);

/* A guest listens; the line is opened. -EBUSY another does and not both share,
 * -ENOSPC no vector. */
int irq_guest_bind(unsigned int irq, struct irq_guest *guest, unsigned int cpu);
/* Afterwards the line is closed if nobody listens. */
void irq_guest_unbind(unsigned int irq, struct irq_guest *guest);
void irq_guest_eoi(unsigned int irq, struct irq_guest *guest);
unsigned int irq_guest_count(unsigned int irq);

/* Upcall: an IRQ came that a guest listens to; interrupts off. (core/pirq.c) */
void pirq_interrupt(struct irq_guest *guest);

/* Send it to `cpu` from now on. */
void irq_set_cpu(unsigned int irq, unsigned int cpu);

#endif
