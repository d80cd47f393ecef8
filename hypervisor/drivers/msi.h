/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message-signalled interrupts of PCI devices: programming the MSI capability
 * and the MSI-X table (PCI 3.0 6.8) with the messages of cpu/irq.h. A PV dom0
 * sets up devices but leaves vectors to the hypervisor: it turns the function
 * on, we write and open the entries.
 *
 * dom0 is trusted with devices, but nobody may make us write to RAM: a table
 * that lies in RAM is refused.
 *
 * Lock: one for the list and all registers (RANK_MSI), inside.
 */
#ifndef HOSPES_DRIVERS_MSI_H
#define HOSPES_DRIVERS_MSI_H

#include "cpu/irq.h"
#include "drivers/pci.h"
#include "lib/list.h"

struct msi_desc {
	struct list_head link;
	struct pci_address dev;
	unsigned int cap; /* place of the capability */
	bool msix;
	unsigned int entry;	/* MSI-X: index into the table */
	volatile uint8_t *slot; /* MSI-X: the table entry */
	bool wide, maskable;	/* MSI: 64-bit address, mask bits */
	bool masked;
	struct irq_message message;
};

/*
 * Take interrupt `entry` (MSI: 0) of a device; closed. -ENODEV no such device
 * or capability, -EINVAL no such entry or a bad table, -EEXIST in use, -ENOMEM.
 */
int msi_create(struct pci_address dev, bool msix, unsigned int entry,
	       struct msi_desc **out);
/* Close it and let it go. */
void msi_destroy(struct msi_desc *desc);

void msi_set_message(struct msi_desc *desc, const struct irq_message *message);
void msi_set_masked(struct msi_desc *desc, bool masked);

/* The device was reset: write everything again. -ENODEV nothing is set up. */
int msi_restore(struct pci_address dev);

#endif
