/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See msi.h. MSI-X tables are mapped once and stay mapped: there are few, and
 * a device that comes back has its table at the same place.
 */
#include "drivers/msi.h"

#include "cpu/upcalls.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/errno.h"
#include "mm/frame.h"
#include "mm/pool.h"
#include "x86/insn.h"
#include "x86/spinlock.h"

#define MSI_CONTROL	 2
#define MSI_ENABLE	 BIT(0)
#define MSI_MULTIPLE	 (7U << 4)
#define MSI_WIDE	 BIT(7)
#define MSI_MASKABLE	 BIT(8)
#define MSI_ADDRESS	 4
#define MSIX_TABLE	 4
#define MSIX_SIZE	 0x7ff
#define MSIX_ENTRY	 16
#define MSIX_MASK_OFFSET 12
#define MSIX_TABLES_MAX	 128

struct msix_table {
	uint64_t address;
	size_t bytes;
	volatile uint8_t *mapped;
};

static spinlock_t msi_lock = SPINLOCK_INIT(RANK_MSI);
static LIST_HEAD(msi_descs);
static struct msix_table msix_tables[MSIX_TABLES_MAX];
static unsigned int msix_table_count;
static spinlock_t msix_table_lock = SPINLOCK_INIT(RANK_NONE);

static bool same_device(struct pci_address a, struct pci_address b)
{
	return a.segment == b.segment && a.bus == b.bus && a.devfn == b.devfn;
}

/* ---- MSI-X tables ---- */

static bool touches_ram(uint64_t address, size_t bytes)
{
	for (uint64_t p = ALIGN_DOWN(address, PAGE_SIZE); p < address + bytes;
	     p += PAGE_SIZE) {
		if (mfn_valid(maddr_to_mfn(maddr(p)))) {
			return true;
		}
	}
	return false;
}

static volatile uint8_t *table_map(uint64_t address, size_t bytes)
{
	volatile uint8_t *mapped = NULL;

	spin_lock(&msix_table_lock);
	for (unsigned int i = 0; i < msix_table_count; i++) {
		if (msix_tables[i].address == address &&
		    msix_tables[i].bytes >= bytes) {
			mapped = msix_tables[i].mapped;
		}
	}
	if (!mapped && msix_table_count < MSIX_TABLES_MAX) {
		mapped = mm_ioremap(maddr(address), bytes);
		if (mapped) {
			msix_tables[msix_table_count++] =
				(struct msix_table){ address, bytes, mapped };
		}
	}
	spin_unlock(&msix_table_lock);
	return mapped;
}

static int msix_find_slot(struct msi_desc *desc)
{
	struct pci_address dev = desc->dev;
	unsigned int size =
		(pci_read16(dev, desc->cap + MSI_CONTROL) & MSIX_SIZE) + 1;
	uint32_t where = pci_read32(dev, desc->cap + MSIX_TABLE);
	uint64_t base = pci_bar_address(dev, where & 7);
	uint64_t address = base + (where & ~7U);
	size_t bytes = (size_t)size * MSIX_ENTRY;

	if (desc->entry >= size || !base ||
	    !(pci_read16(dev, PCI_COMMAND) & PCI_COMMAND_MEMORY) ||
	    touches_ram(address, bytes)) {
		return ERR(-EINVAL);
	}
	desc->slot = table_map(address, bytes);
	if (!desc->slot) {
		return ERR(-ENOMEM);
	}
	desc->slot += (size_t)desc->entry * MSIX_ENTRY;
	return 0;
}

/* ---- registers; msi_lock is held ---- */

static void msix_write(struct msi_desc *desc)
{
	mmio_write32(desc->slot + MSIX_MASK_OFFSET, 1);
	mmio_write32(desc->slot, (uint32_t)desc->message.address);
	mmio_write32(desc->slot + 4, (uint32_t)(desc->message.address >> 32));
	mmio_write32(desc->slot + 8, desc->message.data);
	mmio_write32(desc->slot + MSIX_MASK_OFFSET, desc->masked);
}

/* One message only, and on when it is open. */
static void msi_write_control(struct msi_desc *desc)
{
	unsigned int at = desc->cap + MSI_CONTROL;
	uint16_t control = pci_read16(desc->dev, at);

	control &= (uint16_t) ~(MSI_MULTIPLE | MSI_ENABLE);
	control |= desc->masked ? 0 : MSI_ENABLE;
	pci_write16(desc->dev, at, control);
}

static void msi_write(struct msi_desc *desc)
{
	unsigned int at = desc->cap + MSI_ADDRESS;

	pci_write32(desc->dev, at, (uint32_t)desc->message.address);
	if (desc->wide) {
		at += 4;
		pci_write32(desc->dev, at,
			    (uint32_t)(desc->message.address >> 32));
	}
	pci_write16(desc->dev, at + 4, (uint16_t)desc->message.data);
	if (desc->maskable) {
		pci_write32(desc->dev, at + 8, desc->masked);
	}
	msi_write_control(desc);
}

static void msi_write_all(struct msi_desc *desc)
{
	if (desc->msix) {
		msix_write(desc);
	} else {
		msi_write(desc);
	}
}

/* ---- life ---- */

static struct msi_desc *msi_find(struct pci_address dev, bool msix,
				 unsigned int entry)
{
	struct msi_desc *desc;

	list_for_each_entry(desc, &msi_descs, link) {
		if (same_device(desc->dev, dev) &&
		    (desc->msix != msix || desc->entry == entry)) {
			return desc;
		}
	}
	return NULL;
}

static int msi_probe(struct msi_desc *desc)
{
	uint16_t control;

	desc->cap = pci_find_cap(desc->dev,
				 desc->msix ? PCI_CAP_MSIX : PCI_CAP_MSI);
	if (!desc->cap) {
		return ERR(-ENODEV);
	}
	if (desc->msix) {
		return msix_find_slot(desc);
	}
	control = pci_read16(desc->dev, desc->cap + MSI_CONTROL);
	desc->wide = control & MSI_WIDE;
	desc->maskable = control & MSI_MASKABLE;
	return desc->entry ? ERR(-EINVAL) : 0;
}

int msi_create(struct pci_address dev, bool msix, unsigned int entry,
	       struct msi_desc **out)
{
	struct msi_desc *desc = pool_alloc(sizeof(*desc));
	unsigned long flags;
	int err;

	if (!desc) {
		return ERR(-ENOMEM);
	}
	desc->dev = dev;
	desc->msix = msix;
	desc->entry = entry;
	desc->masked = true;
	err = msi_probe(desc);
	if (!err) {
		flags = spin_lock_irqsave(&msi_lock);
		if (msi_find(dev, msix, entry)) {
			err = -EEXIST;
		} else {
			list_add_tail(&desc->link, &msi_descs);
		}
		spin_unlock_irqrestore(&msi_lock, flags);
	}
	if (err) {
		pool_free(desc);
		return err;
	}
	*out = desc;
	return 0;
}

void msi_destroy(struct msi_desc *desc)
{
	unsigned long flags;

	msi_set_masked(desc, true);
	flags = spin_lock_irqsave(&msi_lock);
	list_del(&desc->link);
	spin_unlock_irqrestore(&msi_lock, flags);
	pool_free(desc);
}

void msi_set_message(struct msi_desc *desc, const struct irq_message *message)
{
	unsigned long flags = spin_lock_irqsave(&msi_lock);

	desc->message = *message;
	msi_write_all(desc);
	spin_unlock_irqrestore(&msi_lock, flags);
}

void msi_set_masked(struct msi_desc *desc, bool masked)
{
	unsigned long flags = spin_lock_irqsave(&msi_lock);

	desc->masked = masked;
	if (desc->msix) {
		mmio_write32(desc->slot + MSIX_MASK_OFFSET, masked);
	} else {
		msi_write_all(desc);
	}
	spin_unlock_irqrestore(&msi_lock, flags);
}

int msi_restore(struct pci_address dev)
{
	unsigned long flags = spin_lock_irqsave(&msi_lock);
	struct msi_desc *desc;
	int err = -ENODEV;

	list_for_each_entry(desc, &msi_descs, link) {
		if (same_device(desc->dev, dev)) {
			msi_write_all(desc);
			err = 0;
		}
	}
	spin_unlock_irqrestore(&msi_lock, flags);
	return err;
}
