/* SPDX-License-Identifier: BSD-2-Clause */
/* See pci.h. */
#include "drivers/pci.h"

#include "x86/insn.h"
#include "x86/spinlock.h"

#define PORT_ADDRESS   0xcf8
#define PORT_DATA      0xcfc
#define ADDRESS_ENABLE BIT(31)
#define CAPS_MAX       48 /* what fits in 192 bytes; a ring ends here */

static spinlock_t pci_lock = SPINLOCK_INIT(RANK_NONE);

static bool reachable(struct pci_address a, unsigned int reg)
{
	return a.segment == 0 && reg < 256;
}

static uint32_t address_of(struct pci_address a, unsigned int reg)
{
	return (uint32_t)(ADDRESS_ENABLE | (uint32_t)a.bus << 16 |
			  (uint32_t)a.devfn << 8 | (reg & 0xfc));
}

uint32_t pci_port_read(uint32_t cf8, unsigned int offset, unsigned int bytes)
{
	uint16_t port = (uint16_t)(PORT_DATA + offset);
	unsigned long flags = spin_lock_irqsave(&pci_lock);
	uint32_t v;

	outl(PORT_ADDRESS, cf8);
	switch (bytes) {
	case 1:
		v = inb(port);
		break;
	case 2:
		v = inw(port);
		break;
	default:
		v = inl(port);
		break;
	}
	spin_unlock_irqrestore(&pci_lock, flags);
	return v;
}

void pci_port_write(uint32_t cf8, unsigned int offset, unsigned int bytes,
		    uint32_t v)
{
	uint16_t port = (uint16_t)(PORT_DATA + offset);
	unsigned long flags = spin_lock_irqsave(&pci_lock);

	outl(PORT_ADDRESS, cf8);
	switch (bytes) {
	case 1:
		outb(port, (uint8_t)v);
		break;
	case 2:
		outw(port, (uint16_t)v);
		break;
	default:
		outl(port, v);
		break;
	}
	spin_unlock_irqrestore(&pci_lock, flags);
}

uint8_t pci_read8(struct pci_address a, unsigned int reg)
{
	return reachable(a, reg)
		       ? (uint8_t)pci_port_read(address_of(a, reg), reg & 3, 1)
		       : 0xff;
}

uint16_t pci_read16(struct pci_address a, unsigned int reg)
{
	return reachable(a, reg)
		       ? (uint16_t)pci_port_read(address_of(a, reg), reg & 2, 2)
		       : 0xffff;
}

uint32_t pci_read32(struct pci_address a, unsigned int reg)
{
	return reachable(a, reg) ? pci_port_read(address_of(a, reg), 0, 4)
				 : 0xffffffff;
}

void pci_write16(struct pci_address a, unsigned int reg, uint16_t v)
{
	if (reachable(a, reg)) {
		pci_port_write(address_of(a, reg), reg & 2, 2, v);
	}
}

void pci_write32(struct pci_address a, unsigned int reg, uint32_t v)
{
	if (reachable(a, reg)) {
		pci_port_write(address_of(a, reg), 0, 4, v);
	}
}

bool pci_present(struct pci_address a)
{
	return pci_read16(a, 0) != 0xffff;
}

unsigned int pci_find_cap(struct pci_address a, uint8_t id)
{
	unsigned int at;

	if (!pci_present(a) || !(pci_read16(a, PCI_STATUS) & PCI_STATUS_CAPS)) {
		return 0;
	}
	at = pci_read8(a, PCI_CAPS) & 0xfc;
	for (unsigned int n = 0; at >= 0x40 && n < CAPS_MAX; n++) {
		if (pci_read8(a, at) == id) {
			return at;
		}
		at = pci_read8(a, at + 1) & 0xfc;
	}
	return 0;
}

uint64_t pci_bar_address(struct pci_address a, unsigned int n)
{
	unsigned int last = (pci_read8(a, PCI_HEADER_TYPE) & 0x7f) ? 2 : 6;
	uint64_t address;
	uint32_t low;

	if (n >= last) {
		return 0;
	}
	low = pci_read32(a, PCI_BAR(n));
	if (low & 1) {
		return 0;
	}
	address = low & ~0xfU;
	if ((low & 6) == 4) {
		if (n + 1 >= last) {
			return 0;
		}
		address |= (uint64_t)pci_read32(a, PCI_BAR(n + 1)) << 32;
	}
	return address;
}
