/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI configuration space by ports 0xcf8 and 0xcfc: segment 0, the first 256
 * bytes of each function (PCI 3.0 3.2.2.3.2). That is where the capabilities
 * are that the hypervisor programs for dom0; all else dom0 does itself, by the
 * memory-mapped way or by the ports, which it shares with us: its accesses come
 * through pci_port_read() and pci_port_write().
 *
 * Lock: one for the pair of ports, a leaf, inside.
 */
#ifndef HOSPES_DRIVERS_PCI_H
#define HOSPES_DRIVERS_PCI_H

#include "lib/types.h"

struct pci_address {
	uint16_t segment;
	uint8_t bus, devfn;
};

#define PCI_COMMAND	   0x04
#define PCI_COMMAND_MEMORY BIT(1)
#define PCI_STATUS	   0x06
#define PCI_STATUS_CAPS	   BIT(4)
#define PCI_HEADER_TYPE	   0x0e
#define PCI_BAR(n)	   (0x10 + 4 * (n))
#define PCI_CAPS	   0x34
#define PCI_CAP_MSI	   0x05
#define PCI_CAP_MSIX	   0x11

/* All ones from what is not there. */
uint8_t pci_read8(struct pci_address a, unsigned int reg);
uint16_t pci_read16(struct pci_address a, unsigned int reg);
uint32_t pci_read32(struct pci_address a, unsigned int reg);
void pci_write16(struct pci_address a, unsigned int reg, uint16_t v);
void pci_write32(struct pci_address a, unsigned int reg, uint32_t v);

bool pci_present(struct pci_address a);
/* Where capability `id` is, or 0. */
unsigned int pci_find_cap(struct pci_address a, uint8_t id);
/* Memory address in base address register n; 0: none, or ports. */
uint64_t pci_bar_address(struct pci_address a, unsigned int n);

/*
 * The emulated access of a guest to port 0xcfc + offset (0 to 3) of `bytes` (1,
 * 2 or 4, not over the end), after it wrote `cf8` to port 0xcf8.
 */
uint32_t pci_port_read(uint32_t cf8, unsigned int offset, unsigned int bytes);
void pci_port_write(uint32_t cf8, unsigned int offset, unsigned int bytes,
		    uint32_t v);

#endif
