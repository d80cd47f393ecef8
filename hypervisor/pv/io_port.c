/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See io_port.h. dom0 has every port but the hypervisor's own: its serial
 * console, PIC and PIT. Reads of withheld ports give all ones and writes go
 * nowhere, as on a machine without the device; only the PIT's counters stand
 * still at 0: at all ones Linux waits 100,000 reads for the high byte to move.
 */
#include "pv/io_port.h"

#include "core/guest_access.h"
#include "core/io_access.h"
#include "drivers/console.h"
#include "drivers/pci.h"
#include "pv/pv.h"
#include "x86/insn.h"

#define PCI_PORT_ADDRESS 0xcf8
#define PCI_PORT_DATA	 0xcfc

bool port_bitmap_allows(struct vcpu *v, const struct port_access *a)
{
	uint16_t bits = 0;

	if (!v->pv.iobmp || a->port + a->bytes > v->pv.iobmp_limit ||
	    guest_copy_in(&bits, v->pv.iobmp + a->port / 8, 2)) {
		return false;
	}
	return !(bits >> (a->port % 8) & (BIT(a->bytes) - 1));
}

static bool in_range(const struct port_access *a, unsigned int first,
		     unsigned int last)
{
	return a->port <= last && a->port + a->bytes > first;
}

static bool withheld(const struct port_access *a)
{
	uint16_t uart = uart_port();

	return in_range(a, 0x20, 0x21) || in_range(a, 0xa0, 0xa1) ||
	       in_range(a, 0x40, 0x43) || (uart && in_range(a, uart, uart + 7));
}

static bool allowed(const struct domain *d, const struct port_access *a)
{
	return d->privileged ||
	       io_access_ports(d, a->port, a->port + a->bytes - 1);
}

/*
 * The PCI configuration ports, which the hypervisor uses as well (drivers/pci):
 * the address is only remembered, and goes out with each access to the data.
 * Other sizes at the address port are other registers (0xcf9: reset).
 */
static bool pci_port_access(struct domain *d, struct port_access *a)
{
	unsigned int offset = a->port - PCI_PORT_DATA;

	if (a->port == PCI_PORT_ADDRESS && a->bytes == 4) {
		if (a->write) {
			d->pci_cf8 = (uint32_t)a->value;
		} else {
			a->value = d->pci_cf8;
		}
		return true;
	}
	if (a->port < PCI_PORT_DATA || offset + a->bytes > 4) {
		return false;
	}
	if (!(d->pci_cf8 & BIT(31))) {
		a->value = a->write ? a->value : ~0UL;
	} else if (a->write) {
		pci_port_write(d->pci_cf8, offset, a->bytes,
			       (uint32_t)a->value);
	} else {
		a->value = pci_port_read(d->pci_cf8, offset, a->bytes);
	}
	return true;
}

bool port_access(struct vcpu *v, struct port_access *a)
{
	/* A guest probes the PCI ports before it knows what it runs on. */
	if (!allowed(v->domain, a) || withheld(a)) {
		a->value = in_range(a, 0x40, 0x43) ? 0 : ~0UL;
		return true;
	}
	if (pci_port_access(v->domain, a)) {
		return true;
	}
	switch (a->bytes << 1 | a->write) {
	case 1 << 1 | 0:
		a->value = inb(a->port);
		break;
	case 1 << 1 | 1:
		outb(a->port, (uint8_t)a->value);
		break;
	case 2 << 1 | 0:
		a->value = inw(a->port);
		break;
	case 2 << 1 | 1:
		outw(a->port, (uint16_t)a->value);
		break;
	case 4 << 1 | 0:
		a->value = inl(a->port);
		break;
	case 4 << 1 | 1:
		outl(a->port, (uint32_t)a->value);
		break;
	}
	return true;
}
