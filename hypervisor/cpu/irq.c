/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of devices: see irq.h.
 *
 * A vector means the same IRQ on every CPU, so moving an IRQ changes only where
 * it is sent, and a message's data never changes. There are about 170 of them;
 * one is given to an IRQ when it is first used and kept.
 *
 * The life of a level interrupt: line raised, delivered; irq_dispatch() closes
 * the line, acknowledges (EOI), marks every guest in_flight and tells them;
 * each guest's irq_guest_eoi() clears its mark; the last one opens the line; if
 * the device still raises it, it comes again.
 */
#include "cpu/irq.h"

#include "cpu/ioapic.h"
#include "cpu/lapic.h"
#include "cpu/vectors.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/errno.h"
#include "x86/atomic.h"
#include "x86/cpumask.h"
#include "x86/insn.h"
#include "x86/regs.h"
#include "x86/spinlock.h"

#define MSI_ADDRESS_BASE 0xfee00000UL
#define PIC1_DATA	 0x21
#define PIC2_DATA	 0xa1

enum irq_kind {
	IRQ_UNUSED,
	IRQ_LINE,
	IRQ_MESSAGE
};

struct irq_desc {
	spinlock_t lock; /* RANK_IRQ, interrupts off */
	uint8_t kind;	 /* enum irq_kind; messages: irq_alloc_lock */
	uint8_t vector;	 /* 0: none yet */
	bool level, active_low;
	uint8_t guest_count;
	uint8_t in_flight; /* guests that have not said they are done */
	unsigned int cpu;
	void (*fn)(void *data); /* the hypervisor's own */
	void *data;
	struct irq_guest *guests[IRQ_SHARE_MAX];
};

static struct irq_desc irq_descs[IRQ_MAX];
static uint16_t vector_irq[256]; /* IRQ + 1; 0: none */
static spinlock_t irq_alloc_lock = SPINLOCK_INIT(RANK_NONE);
static unsigned int gsi_count;

static struct irq_desc *irq_get(unsigned int irq)
{
	return irq < IRQ_MAX && read_once(irq_descs[irq].kind) != IRQ_UNUSED
		       ? &irq_descs[irq]
		       : NULL;
}

static unsigned int irq_number(const struct irq_desc *desc)
{
	return (unsigned int)(desc - irq_descs);
}

/* ---- vectors ---- */

static int vector_alloc(unsigned int irq)
{
	static unsigned int last = VECTOR_IRQ_FIRST;
	unsigned int span = VECTOR_IRQ_LAST - VECTOR_IRQ_FIRST + 1;
	unsigned long flags = spin_lock_irqsave(&irq_alloc_lock);
	int found = -ENOSPC;

	for (unsigned int i = 0; i < span; i++) {
		/* Strides of 16 spread them over the priority classes. */
		unsigned int v =
			VECTOR_IRQ_FIRST +
			(last - VECTOR_IRQ_FIRST + 17 * (i + 1)) % span;

		if (v != VECTOR_GUEST_SYSCALL && v != VECTOR_HYPERCALL &&
		    !vector_irq[v]) {
			write_once(vector_irq[v], (uint16_t)(irq + 1));
			last = v;
			found = (int)v;
			break;
		}
	}
	spin_unlock_irqrestore(&irq_alloc_lock, flags);
	if (found < 0) {
		log_warn("IRQ %u: no interrupt vector left\n", irq);
	}
	return found;
}

/* desc is locked. */
static int irq_need_vector(struct irq_desc *desc)
{
	int vector;

	if (desc->vector) {
		return 0;
	}
	vector = vector_alloc(irq_number(desc));
	if (vector < 0) {
		return vector;
	}
	desc->vector = (uint8_t)vector;
	return 0;
}

/* A CPU whose APIC id fits the 8 bits of lines and messages. */
static unsigned int irq_usable_cpu(unsigned int cpu)
{
	return cpu < MAX_CPUS && cpumask_test(&cpu_online, cpu) &&
			       cpu_apic_id(cpu) < 255
		       ? cpu
		       : 0;
}

/* ---- lines ---- */

static void line_program(struct irq_desc *desc, bool masked)
{
	const struct ioapic_entry e = {
		.vector = desc->vector,
		.dest = cpu_apic_id(desc->cpu),
		.level = desc->level,
		.active_low = desc->active_low,
		.masked = masked,
	};

	ioapic_write_entry(irq_number(desc), &e);
}

int irq_set_line(unsigned int irq, bool level, bool active_low)
{
	struct irq_desc *desc = irq_get(irq);
	unsigned long flags;
	int err = 0;

	if (!desc || desc->kind != IRQ_LINE) {
		return ERR(-EINVAL);
	}
	flags = spin_lock_irqsave(&desc->lock);
	if (desc->level == level && desc->active_low == active_low) {
		/* as it is */
	} else if (desc->fn || desc->guest_count) {
		err = -EBUSY;
	} else {
		desc->level = level;
		desc->active_low = active_low;
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return err;
}

bool irq_is_level(unsigned int irq)
{
	const struct irq_desc *desc = irq_get(irq);

	return desc && desc->kind == IRQ_LINE && read_once(desc->level);
}

int irq_request(unsigned int irq, void (*fn)(void *data), void *data)
{
	struct irq_desc *desc = irq_get(irq);
	unsigned long flags;
	int err;

	if (!desc || desc->kind != IRQ_LINE) {
		return ERR(-EINVAL);
	}
	flags = spin_lock_irqsave(&desc->lock);
	err = desc->fn || desc->guest_count ? -EBUSY : irq_need_vector(desc);
	if (!err) {
		desc->fn = fn;
		desc->data = data;
		line_program(desc, false);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return err;
}

/* ---- messages ---- */

int irq_alloc_msi(unsigned int *irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_alloc_lock);
	int err = -ENOSPC;

	for (unsigned int i = gsi_count; i < IRQ_MAX; i++) {
		if (irq_descs[i].kind == IRQ_UNUSED) {
			write_once(irq_descs[i].kind, IRQ_MESSAGE);
			*irq = i;
			err = 0;
			break;
		}
	}
	spin_unlock_irqrestore(&irq_alloc_lock, flags);
	return err;
}

void irq_free_msi(unsigned int irq)
{
	struct irq_desc *desc = irq_get(irq);
	unsigned long flags;

	if (!desc || desc->kind != IRQ_MESSAGE) {
		return;
	}
	flags = spin_lock_irqsave(&irq_alloc_lock);
	if (desc->vector) {
		write_once(vector_irq[desc->vector], 0);
	}
	desc->vector = 0;
	desc->cpu = 0;
	write_once(desc->kind, IRQ_UNUSED);
	spin_unlock_irqrestore(&irq_alloc_lock, flags);
}

int irq_compose_message(unsigned int irq, struct irq_message *msg)
{
	struct irq_desc *desc = irq_get(irq);
	unsigned long flags;
	int err;

	if (!desc || desc->kind != IRQ_MESSAGE) {
		return ERR(-EINVAL);
	}
	flags = spin_lock_irqsave(&desc->lock);
	err = irq_need_vector(desc);
	/* Fixed, edge, physical destination (SDM 3A 10.11). */
	msg->address = MSI_ADDRESS_BASE | (uint64_t)cpu_apic_id(desc->cpu)
						  << 12;
	msg->data = desc->vector;
	spin_unlock_irqrestore(&desc->lock, flags);
	return err;
}

/* ---- guests ---- */

/* May `guest` join? desc is locked. */
static int guest_may_bind(const struct irq_desc *desc,
			  const struct irq_guest *guest)
{
	if (desc->fn || desc->guest_count == IRQ_SHARE_MAX) {
		return ERR(-EBUSY);
	}
	for (unsigned int i = 0; i < desc->guest_count; i++) {
		if (!guest->shareable || !desc->guests[i]->shareable) {
			return ERR(-EBUSY);
		}
	}
	return 0;
}

int irq_guest_bind(unsigned int irq, struct irq_guest *guest, unsigned int cpu)
{
	struct irq_desc *desc = irq_get(irq);
	unsigned long flags;
	int err;

	if (!desc) {
		return ERR(-EINVAL);
	}
	flags = spin_lock_irqsave(&desc->lock);
	err = guest_may_bind(desc, guest);
	if (!err) {
		err = irq_need_vector(desc);
	}
	if (!err) {
		bool first = !desc->guest_count;

		guest->in_flight = false;
		desc->guests[desc->guest_count++] = guest;
		if (first) {
			desc->cpu = irq_usable_cpu(cpu);
			desc->in_flight = 0;
			if (desc->kind == IRQ_LINE) {
				line_program(desc, false);
			}
		}
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return err;
}

/* guest is done with the interrupt it was told of; desc is locked. */
static void guest_done(struct irq_desc *desc, struct irq_guest *guest)
{
	if (!guest->in_flight) {
		return;
	}
	guest->in_flight = false;
	if (--desc->in_flight == 0) {
		ioapic_set_masked(irq_number(desc), false);
	}
}

void irq_guest_unbind(unsigned int irq, struct irq_guest *guest)
{
	struct irq_desc *desc = irq_get(irq);
	unsigned long flags;

	if (!desc) {
		return;
	}
	flags = spin_lock_irqsave(&desc->lock);
	for (unsigned int i = 0; i < desc->guest_count; i++) {
		if (desc->guests[i] == guest) {
			guest_done(desc, guest);
			desc->guests[i] = desc->guests[--desc->guest_count];
			break;
		}
	}
	if (!desc->guest_count && !desc->fn && desc->kind == IRQ_LINE) {
		ioapic_set_masked(irq, true);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
}

void irq_guest_eoi(unsigned int irq, struct irq_guest *guest)
{
	struct irq_desc *desc = irq_get(irq);
	unsigned long flags;

	if (desc) {
		flags = spin_lock_irqsave(&desc->lock);
		guest_done(desc, guest);
		spin_unlock_irqrestore(&desc->lock, flags);
	}
}

unsigned int irq_guest_count(unsigned int irq)
{
	const struct irq_desc *desc = irq_get(irq);

	return desc ? read_once(desc->guest_count) : 0;
}

void irq_set_cpu(unsigned int irq, unsigned int cpu)
{
	struct irq_desc *desc = irq_get(irq);
	unsigned long flags;

	if (!desc) {
		return;
	}
	flags = spin_lock_irqsave(&desc->lock);
	desc->cpu = irq_usable_cpu(cpu);
	if (desc->kind == IRQ_LINE && desc->vector) {
		ioapic_set_dest(irq, cpu_apic_id(desc->cpu));
	}
	spin_unlock_irqrestore(&desc->lock, flags);
}

/* ---- dispatch ---- */

/* Acknowledge, and copy those to be told; desc is locked. */
static unsigned int irq_accept(struct irq_desc *desc, struct irq_guest **told)
{
	bool level = desc->kind == IRQ_LINE && desc->level;

	if (level) {
		/* Closed before the EOI, or it would come again at once. */
		ioapic_set_masked(irq_number(desc), true);
	}
	lapic_eoi();
	for (unsigned int i = 0; i < desc->guest_count; i++) {
		told[i] = desc->guests[i];
		if (level && !told[i]->in_flight) {
			told[i]->in_flight = true;
			desc->in_flight++;
		}
	}
	return desc->guest_count;
}

void irq_dispatch(struct cpu_user_regs *regs)
{
	unsigned int vector = regs->entry_vector & 0xff, count;
	unsigned int irq = read_once(vector_irq[vector]);
	struct irq_guest *told[IRQ_SHARE_MAX];
	struct irq_desc *desc;

	if (!irq) {
		if (lapic_isr_test((uint8_t)vector)) {
			lapic_eoi();
		}
		guest_printk(LOG_WARN, "interrupt on vector %#x is nobody's\n",
			     vector);
		return;
	}
	desc = &irq_descs[irq - 1];
	spin_lock(&desc->lock);
	if (desc->fn) {
		void (*fn)(void *data) = desc->fn;
		void *data = desc->data;

		spin_unlock(&desc->lock);
		/* Handled before the EOI: the line is quiet again by then. */
		fn(data);
		lapic_eoi();
		return;
	}
	count = irq_accept(desc, told);
	spin_unlock(&desc->lock);
	for (unsigned int i = 0; i < count; i++) {
		pirq_interrupt(told[i]);
	}
}

/* ---- boot ---- */

unsigned int irq_gsi_count(void)
{
	return gsi_count;
}

void irq_init(void)
{
	/* The two 8259 stay silent; everything comes by the I/O APICs. */
	outb(PIC1_DATA, 0xff);
	outb(PIC2_DATA, 0xff);

	gsi_count = min(ioapic_gsi_end(), IRQ_MAX - 256U);
	for (unsigned int irq = 0; irq < IRQ_MAX; irq++) {
		struct irq_desc *desc = &irq_descs[irq];

		spin_lock_init(&desc->lock, RANK_IRQ);
		if (irq < gsi_count && ioapic_has_gsi(irq)) {
			desc->kind = IRQ_LINE;
			/* ISA's; PCI's lines are level and low. */
			desc->level = irq >= 16;
			desc->active_low = irq >= 16;
		}
	}
}
