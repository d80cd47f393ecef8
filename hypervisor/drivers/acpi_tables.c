/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading ACPI's static tables: see the header. Fields are fetched by offset
 * from bytes whose length was checked, so nothing here depends on alignment or
 * on what a table claims about itself. No state but the result.
 */
#include "drivers/acpi_tables.h"

#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/errno.h"
#include "lib/string.h"

#define TABLE_HEADER 36
#define TABLE_MAX                                                  \
	(1U << 20) /* no sane table is larger, but DSDTs come near \
		    */
#define RSDP_V1 20
#define RSDP_V2 36

typedef const void *(*acpi_map_fn)(uint64_t addr, size_t len);

struct acpi_info acpi;

static uint8_t get8(const void *p, size_t at)
{
	return ((const uint8_t *)p)[at];
}

static uint16_t get16(const void *p, size_t at)
{
	uint16_t v;

	memcpy(&v, (const uint8_t *)p + at, sizeof(v));
	return v;
}

static uint32_t get32(const void *p, size_t at)
{
	uint32_t v;

	memcpy(&v, (const uint8_t *)p + at, sizeof(v));
	return v;
}

static uint64_t get64(const void *p, size_t at)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)p + at, sizeof(v));
	return v;
}

static bool checksum_ok(const void *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum = (uint8_t)(sum + get8(p, i));
	}
	return sum == 0;
}

/* The whole table at `addr`, or NULL; its length in *len. */
static const void *table_get(uint64_t addr, uint32_t *len, acpi_map_fn map)
{
	const void *t = addr ? map(addr, TABLE_HEADER) : NULL;

	if (!t) {
		return NULL;
	}
	*len = get32(t, 4);
	if (*len < TABLE_HEADER || *len > TABLE_MAX) {
		log_warn("acpi: table at %#lx: bad length %u\n", addr, *len);
		return NULL;
	}
	t = map(addr, *len);
	if (t && !checksum_ok(t, *len)) {
		log_warn("acpi: table %.4s at %#lx: bad checksum\n",
			 (const char *)t, addr);
		return NULL;
	}
	return t;
}

/* ---- root pointer ---- */

static bool rsdp_ok(const void *p)
{
	return !memcmp(p, "RSD PTR ", 8) && checksum_ok(p, RSDP_V1);
}

/* On 16-byte boundaries in [start, start + len). */
static uint64_t rsdp_scan(uint64_t start, size_t len, acpi_map_fn map)
{
	const uint8_t *p = map(start, len);

	for (size_t i = 0; p && i + RSDP_V1 <= len; i += 16) {
		if (rsdp_ok(p + i)) {
			return start + i;
		}
	}
	return 0;
}

/* First KiB of the extended BIOS data area, then the BIOS itself. */
static uint64_t rsdp_find(acpi_map_fn map)
{
	const void *bda = map(0x40e, 2);
	uint64_t ebda = bda ? (uint64_t)get16(bda, 0) << 4 : 0, found = 0;

	if (ebda >= 0x80000 && ebda < 0xa0000) {
		found = rsdp_scan(ebda, 1024, map);
	}
	return found ? found : rsdp_scan(0xe0000, 0x20000, map);
}

/* ---- MADT (5.2.12) ---- */

static void madt_add_cpu(uint32_t apic_id, uint32_t processor_id,
			 uint32_t flags)
{
	if (!(flags & 1)) {
		return; /* not there, at most to be plugged in later */
	}
	for (unsigned int i = 0; i < acpi.cpu_count; i++) {
		if (acpi.cpus[i].apic_id == apic_id) {
			return;
		}
	}
	if (acpi.cpu_count == MAX_CPUS) {
		log_warn("acpi: more than %u CPUs, APIC id %u left out\n",
			 MAX_CPUS, apic_id);
		return;
	}
	acpi.cpus[acpi.cpu_count++] =
		(struct acpi_cpu){ apic_id, processor_id };
}

static void madt_add_ioapic(const void *e)
{
	if (acpi.ioapic_count == ACPI_MAX_IOAPICS) {
		log_warn("acpi: too many I/O APICs\n");
		return;
	}
	acpi.ioapics[acpi.ioapic_count++] = (struct acpi_ioapic){
		.id = get8(e, 2),
		.address = get32(e, 4),
		.gsi_base = get32(e, 8),
	};
}

static void madt_add_override(const void *e)
{
	uint16_t flags = get16(e, 8);

	if (acpi.override_count == ACPI_MAX_OVERRIDES) {
		log_warn("acpi: too many interrupt overrides\n");
		return;
	}
	/* "Conforms to the bus" (0) is edge, active high for ISA. */
	acpi.overrides[acpi.override_count++] = (struct acpi_override){
		.isa_irq = get8(e, 3),
		.gsi = get32(e, 4),
		.level = (flags >> 2 & 3) == 3,
		.active_low = (flags & 3) == 3,
	};
}

static void madt_entry(const void *e, uint8_t type, uint8_t len)
{
	if (type == 0 && len >= 8) {
		madt_add_cpu(get8(e, 3), get8(e, 2), get32(e, 4));
	} else if (type == 1 && len >= 12) {
		madt_add_ioapic(e);
	} else if (type == 2 && len >= 10) {
		madt_add_override(e);
	} else if (type == 5 && len >= 12) {
		acpi.lapic_address = get64(e, 4);
	} else if (type == 9 && len >= 16) {
		madt_add_cpu(get32(e, 4), get32(e, 12), get32(e, 8));
	}
}

static void read_madt(const void *t, uint32_t len)
{
	if (len < 44) {
		return;
	}
	acpi.lapic_address = get32(t, 36);
	acpi.has_8259 = get32(t, 40) & 1;
	for (uint32_t at = 44; at + 2 <= len;) {
		const uint8_t *e = (const uint8_t *)t + at;
		uint8_t size = get8(e, 1);

		if (size < 2 || at + size > len) {
			log_warn("acpi: MADT entry at %u runs over\n", at);
			return;
		}
		madt_entry(e, get8(e, 0), size);
		at += size;
	}
}

/* ---- FADT (5.2.9) and \_S5 ---- */

/*
 * \_S5 is a package of small integers: NameOp "_S5_" PackageOp length count
 * value value .. (20.2.5.4). Each is ZeroOp, OneOp or BytePrefix and a byte.
 */
static bool s5_value(const uint8_t *p, const uint8_t *end, uint8_t *value,
		     const uint8_t **next)
{
	if (p < end && (*p == 0x00 || *p == 0x01)) {
		*value = *p;
		*next = p + 1;
		return true;
	}
	if (end - p >= 2 && *p == 0x0a) {
		*value = p[1];
		*next = p + 2;
		return true;
	}
	return false;
}

static void read_s5(const void *dsdt, uint32_t len)
{
	const uint8_t *p = dsdt, *end = p + len;

	for (p += TABLE_HEADER; end - p >= 12; p++) {
		const uint8_t *v;

		if (memcmp(p, "_S5_", 4) || p[4] != 0x12) {
			continue;
		}
		/* The top two bits of the length's first byte say how many
		 * follow it; then comes the count. */
		v = p + 5 + 1 + (p[5] >> 6) + 1;
		if (s5_value(v, end, &acpi.s5_typ_a, &v) &&
		    s5_value(v, end, &acpi.s5_typ_b, &v)) {
			acpi.has_s5 = true;
		}
		return;
	}
}

/* A register of the FADT: the extended form when it is given. */
static uint16_t fadt_port(const void *t, uint32_t len, size_t old_at,
			  size_t x_at)
{
	if (len >= x_at + 12 && get8(t, x_at) == 1 && get64(t, x_at + 4) &&
	    get64(t, x_at + 4) < 0x10000) {
		return (uint16_t)get64(t, x_at + 4);
	}
	return (uint16_t)get32(t, old_at);
}

static void read_reset(const void *t, uint32_t len, uint32_t flags)
{
	if (len < 129 || !(flags & BIT(10))) {
		return;
	}
	acpi.reset = (struct acpi_address){
		.space = get8(t, 116),
		.bits = get8(t, 117),
		.address = get64(t, 120),
	};
	acpi.reset_value = get8(t, 128);
	acpi.has_reset = acpi.reset.address != 0;
}

static void read_fadt(const void *t, uint32_t len, acpi_map_fn map)
{
	uint64_t dsdt_addr;
	uint32_t flags, dsdt_len;
	const void *dsdt;

	if (len < 116) {
		return;
	}
	flags = get32(t, 112);
	acpi.sci_irq = get16(t, 46);
	acpi.smi_cmd = (uint16_t)get32(t, 48);
	acpi.acpi_enable = get8(t, 52);
	acpi.pm1a_cnt = fadt_port(t, len, 64, 172);
	acpi.pm1b_cnt = fadt_port(t, len, 68, 184);
	acpi.pm_timer_port = fadt_port(t, len, 76, 208);
	acpi.pm_timer_32 = flags & BIT(8);
	read_reset(t, len, flags);

	dsdt_addr = len >= 148 ? get64(t, 140) : 0;
	if (!dsdt_addr) {
		dsdt_addr = get32(t, 40);
	}
	dsdt = table_get(dsdt_addr, &dsdt_len, map);
	if (dsdt) {
		read_s5(dsdt, dsdt_len);
	}
}

/* ---- the others ---- */

static void read_mcfg(const void *t, uint32_t len)
{
	for (uint32_t at = 44; at + 16 <= len; at += 16) {
		const uint8_t *e = (const uint8_t *)t + at;

		if (acpi.mcfg_count == ACPI_MAX_MCFG ||
		    get8(e, 10) > get8(e, 11)) {
			log_warn("acpi: MCFG entry left out\n");
			continue;
		}
		acpi.mcfg[acpi.mcfg_count++] = (struct acpi_mcfg){
			.base = get64(e, 0),
			.segment = get16(e, 8),
			.bus_first = get8(e, 10),
			.bus_last = get8(e, 11),
		};
	}
}

static void read_hpet(const void *t, uint32_t len)
{
	if (len >= 52 && get8(t, 40) == 0) {
		acpi.hpet_address = get64(t, 44);
	}
}

static void read_table(uint64_t addr, acpi_map_fn map)
{
	uint32_t len;
	const void *t = table_get(addr, &len, map);

	if (!t) {
		return;
	}
	if (!memcmp(t, "APIC", 4)) {
		read_madt(t, len);
	} else if (!memcmp(t, "FACP", 4)) {
		read_fadt(t, len, map);
	} else if (!memcmp(t, "MCFG", 4)) {
		read_mcfg(t, len);
	} else if (!memcmp(t, "HPET", 4)) {
		read_hpet(t, len);
	}
}

/* All tables of a root table with pointers of `width` bytes. */
static int read_root(uint64_t addr, size_t width, acpi_map_fn map)
{
	uint32_t len;
	const void *t = table_get(addr, &len, map);

	if (!t) {
		return ERR(-EINVAL);
	}
	for (size_t at = TABLE_HEADER; at + width <= len; at += width) {
		read_table(width == 8 ? get64(t, at) : get32(t, at), map);
	}
	return 0;
}

int acpi_init(uint64_t rsdp, acpi_map_fn map)
{
	const void *p;
	int err = -EINVAL;

	memset(&acpi, 0, sizeof(acpi));
	if (!rsdp) {
		rsdp = rsdp_find(map);
	}
	if (!rsdp) {
		return ERR(-ENOENT);
	}
	p = map(rsdp, RSDP_V1);
	if (!p || !rsdp_ok(p)) {
		return ERR(-EINVAL);
	}
	acpi.rsdp = rsdp;
	if (get8(p, 15) >= 2) {
		p = map(rsdp, RSDP_V2);
		if (p && checksum_ok(p, RSDP_V2) && get64(p, 24)) {
			err = read_root(get64(p, 24), 8, map);
		}
	}
	if (err) {
		p = map(rsdp, RSDP_V1);
		err = p ? read_root(get32(p, 16), 4, map) : -EINVAL;
	}
	acpi.present = !err;
	return err;
}

uint32_t acpi_processor_id(uint32_t apic_id)
{
	for (unsigned int i = 0; i < acpi.cpu_count; i++) {
		if (acpi.cpus[i].apic_id == apic_id) {
			return acpi.cpus[i].processor_id;
		}
	}
	return ~0U;
}
