/* SPDX-License-Identifier: BSD-2-Clause */
/* See ioapic.h. Registers are reached through a select and a window register;
 * an entry is 64 bits in two of them. */
#include "cpu/ioapic.h"

#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/errno.h"
#include "x86/insn.h"
#include "x86/spinlock.h"

#define IOAPIC_MAX     16
#define REG_SELECT     0x00
#define REG_WINDOW     0x10
#define REG_VERSION    1
#define REG_ENTRY(pin) (0x10 + 2 * (pin))

#define ENTRY_ACTIVE_LOW BIT(13)
#define ENTRY_LEVEL	 BIT(15)
#define ENTRY_MASKED	 BIT(16)

struct ioapic {
	spinlock_t lock;
	volatile uint8_t *regs;
	uint64_t address;
	uint32_t gsi_base;
	unsigned int pins;
	uint8_t id;
};

static struct ioapic ioapics[IOAPIC_MAX];
static unsigned int ioapic_count;

static uint32_t reg_read(struct ioapic *io, uint32_t reg)
{
	mmio_write32(io->regs + REG_SELECT, reg);
	return mmio_read32(io->regs + REG_WINDOW);
}

static void reg_write(struct ioapic *io, uint32_t reg, uint32_t value)
{
	mmio_write32(io->regs + REG_SELECT, reg);
	mmio_write32(io->regs + REG_WINDOW, value);
}

static struct ioapic *ioapic_of_gsi(unsigned int gsi, unsigned int *pin)
{
	for (unsigned int i = 0; i < ioapic_count; i++) {
		struct ioapic *io = &ioapics[i];

		if (gsi >= io->gsi_base && gsi - io->gsi_base < io->pins) {
			*pin = gsi - io->gsi_base;
			return io;
		}
	}
	return NULL;
}

static struct ioapic *ioapic_at(uint64_t address)
{
	for (unsigned int i = 0; i < ioapic_count; i++) {
		if (ioapics[i].address == address) {
			return &ioapics[i];
		}
	}
	return NULL;
}

int ioapic_add(uint8_t id, uint64_t address, volatile void *regs,
	       uint32_t gsi_base)
{
	struct ioapic *io = &ioapics[ioapic_count];
	uint32_t version;

	if (ioapic_count == IOAPIC_MAX) {
		return ERR(-ENOSPC);
	}
	*io = (struct ioapic){
		.lock = SPINLOCK_INIT(RANK_NONE),
		.regs = regs,
		.address = address,
		.gsi_base = gsi_base,
		.id = id,
	};
	version = reg_read(io, REG_VERSION);
	if (version == 0xffffffff) {
		return ERR(-ENODEV);
	}
	io->pins = (version >> 16 & 0xff) + 1;
	for (unsigned int pin = 0; pin < io->pins; pin++) {
		reg_write(io, REG_ENTRY(pin), ENTRY_MASKED);
		reg_write(io, REG_ENTRY(pin) + 1, 0);
	}
	ioapic_count++;
	log_info("I/O APIC %u at %#lx: GSI %u to %u\n", id, address, gsi_base,
		 gsi_base + io->pins - 1);
	return 0;
}

unsigned int ioapic_gsi_end(void)
{
	unsigned int end = 0;

	for (unsigned int i = 0; i < ioapic_count; i++) {
		end = max(end, ioapics[i].gsi_base + ioapics[i].pins);
	}
	return end;
}

bool ioapic_has_gsi(unsigned int gsi)
{
	unsigned int pin;

	return ioapic_of_gsi(gsi, &pin) != NULL;
}

void ioapic_write_entry(unsigned int gsi, const struct ioapic_entry *e)
{
	uint32_t low = e->vector | (e->active_low ? ENTRY_ACTIVE_LOW : 0) |
		       (e->level ? ENTRY_LEVEL : 0);
	unsigned int pin;
	struct ioapic *io = ioapic_of_gsi(gsi, &pin);
	unsigned long flags;

	if (!io) {
		return;
	}
	flags = spin_lock_irqsave(&io->lock);
	/* Closed while its two halves do not belong together. */
	reg_write(io, REG_ENTRY(pin), low | ENTRY_MASKED);
	reg_write(io, REG_ENTRY(pin) + 1, e->dest << 24);
	if (!e->masked) {
		reg_write(io, REG_ENTRY(pin), low);
	}
	spin_unlock_irqrestore(&io->lock, flags);
}

/* Of half an entry the bits in `keep` stay, `set` comes to them. */
static void entry_update(unsigned int gsi, unsigned int half, uint32_t keep,
			 uint32_t set)
{
	unsigned int pin;
	struct ioapic *io = ioapic_of_gsi(gsi, &pin);
	unsigned long flags;

	if (!io) {
		return;
	}
	flags = spin_lock_irqsave(&io->lock);
	set |= reg_read(io, REG_ENTRY(pin) + half) & keep;
	reg_write(io, REG_ENTRY(pin) + half, set);
	spin_unlock_irqrestore(&io->lock, flags);
}

void ioapic_set_masked(unsigned int gsi, bool masked)
{
	entry_update(gsi, 0, ~(uint32_t)ENTRY_MASKED,
		     masked ? ENTRY_MASKED : 0);
}

void ioapic_set_dest(unsigned int gsi, uint32_t dest)
{
	entry_update(gsi, 1, 0, dest << 24);
}

int ioapic_read_register(uint64_t address, uint32_t reg, uint32_t *value)
{
	struct ioapic *io = ioapic_at(address);
	unsigned long flags;

	if (!io || reg > 0xff) {
		return ERR(-EINVAL);
	}
	flags = spin_lock_irqsave(&io->lock);
	*value = reg_read(io, reg);
	spin_unlock_irqrestore(&io->lock, flags);
	return 0;
}

int ioapic_gsi_of_register(uint64_t address, uint32_t reg, unsigned int *gsi)
{
	struct ioapic *io = ioapic_at(address);

	if (!io || reg < REG_ENTRY(0) || reg >= REG_ENTRY(io->pins)) {
		return ERR(-EINVAL);
	}
	*gsi = io->gsi_base + (reg - REG_ENTRY(0)) / 2;
	return 0;
}
