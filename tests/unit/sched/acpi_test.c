/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI's static tables, laid out in a piece of memory of our own that stands
 * for physical memory: good ones, broken ones, and every one with each byte
 * changed (the checksum is made right again), which must neither crash nor read
 * outside.
 */
#include <stdlib.h>
#include <string.h>

#include "debug/printk.h"
#include "drivers/acpi_tables.h"
#include "tests/unit/hv-lib/suite.h"

#define MEMORY 0x100000
#define RSDP   0xf0000
#define XSDT   0x1000
#define MADT   0x2000
#define FADT   0x3000
#define DSDT   0x4000
#define MCFG   0x5000
#define HPET   0x6000
#define RSDT   0x7000

static uint8_t memory[MEMORY];
static void *maps[64]; /* each map() is its own allocation, for ASan */
static unsigned int map_count;

void printk(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

static const void *map(uint64_t addr, size_t len)
{
	if (addr > MEMORY || len > MEMORY - addr ||
	    map_count == ARRAY_SIZE(maps)) {
		return NULL;
	}
	maps[map_count] = malloc(len ? len : 1);
	memcpy(maps[map_count], memory + addr, len);
	return maps[map_count++];
}

static void unmap_all(void)
{
	while (map_count) {
		free(maps[--map_count]);
	}
}

static void put(uint64_t at, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++) {
		memory[at + i] = (uint8_t)(v >> 8 * i);
	}
}

static void fix_checksum(uint64_t at, uint32_t len, unsigned int where)
{
	uint8_t sum = 0;

	memory[at + where] = 0;
	for (uint32_t i = 0; i < len; i++) {
		sum = (uint8_t)(sum + memory[at + i]);
	}
	memory[at + where] = (uint8_t)-sum;
}

static void table(uint64_t at, const char *name, uint32_t len)
{
	memcpy(memory + at, name, 4);
	put(at + 4, len, 4);
	fix_checksum(at, len, 9);
}

static uint32_t build_madt(void)
{
	uint64_t p = MADT + 44;

	put(MADT + 36, 0xfee00000, 4);
	put(MADT + 40, 1, 4);
	/* CPU: ACPI 7, APIC 3, usable; CPU that is not there. */
	memcpy(memory + p, (uint8_t[]){ 0, 8, 7, 3, 1, 0, 0, 0 }, 8);
	memcpy(memory + p + 8, (uint8_t[]){ 0, 8, 8, 4, 0, 0, 0, 0 }, 8);
	p += 16;
	/* x2APIC 0x1234, ACPI 9. */
	put(p, 0x1009, 2);
	put(p + 4, 0x1234, 4);
	put(p + 8, 1, 4);
	put(p + 12, 9, 4);
	p += 16;
	/* I/O APIC 2 at fec00000 from GSI 0. */
	put(p, 0x0c01, 2);
	put(p + 2, 2, 1);
	put(p + 4, 0xfec00000, 4);
	p += 12;
	/* ISA 0 is GSI 2; ISA 9 is level, low. */
	memcpy(memory + p, (uint8_t[]){ 2, 10, 0, 0, 2, 0, 0, 0, 0, 0 }, 10);
	memcpy(memory + p + 10, (uint8_t[]){ 2, 10, 0, 9, 9, 0, 0, 0, 0xf, 0 },
	       10);
	p += 20;
	table(MADT, "APIC", (uint32_t)(p - MADT));
	return (uint32_t)(p - MADT);
}

static void build(void)
{
	static const uint8_t s5[] = { 0x08, '_',  'S',	'5',  '_', 0x12, 0x08,
				      0x04, 0x0a, 0x05, 0x01, 0,   0 };

	memset(memory, 0, sizeof(memory));
	build_madt();
	memcpy(memory + DSDT + 50, s5, sizeof(s5));
	table(DSDT, "DSDT", 50 + sizeof(s5));

	put(FADT + 40, DSDT, 4);
	put(FADT + 46, 9, 2);
	put(FADT + 64, 0x604, 4);
	put(FADT + 76, 0x608, 4);
	put(FADT + 112, BIT(10) | BIT(8), 4);
	put(FADT + 116, 1, 1);
	put(FADT + 120, 0xcf9, 8);
	put(FADT + 128, 0xf, 1);
	table(FADT, "FACP", 244);

	put(MCFG + 44, 0xb0000000, 8);
	put(MCFG + 44 + 11, 0xff, 1);
	table(MCFG, "MCFG", 60);
	put(HPET + 44, 0xfed00000, 8);
	table(HPET, "HPET", 56);

	put(XSDT + 36, MADT, 8);
	put(XSDT + 44, FADT, 8);
	put(XSDT + 52, MCFG, 8);
	put(XSDT + 60, HPET, 8);
	table(XSDT, "XSDT", 68);
	put(RSDT + 36, MADT, 4);
	table(RSDT, "RSDT", 40);

	memcpy(memory + RSDP, "RSD PTR ", 8);
	put(RSDP + 15, 2, 1);
	put(RSDP + 16, RSDT, 4);
	put(RSDP + 20, 36, 4);
	put(RSDP + 24, XSDT, 8);
	fix_checksum(RSDP, 20, 8);
	fix_checksum(RSDP, 36, 32);
}

static int init(uint64_t rsdp)
{
	int err = acpi_init(rsdp, map);

	unmap_all();
	return err;
}

static void test_good(void)
{
	build();
	CU_ASSERT_EQUAL_FATAL(init(RSDP), 0);
	CU_ASSERT_TRUE(acpi.present);
	CU_ASSERT_EQUAL(acpi.cpu_count, 2);
	CU_ASSERT_EQUAL(acpi.cpus[0].apic_id, 3);
	CU_ASSERT_EQUAL(acpi.cpus[1].apic_id, 0x1234);
	CU_ASSERT_EQUAL(acpi_processor_id(3), 7);
	CU_ASSERT_EQUAL(acpi_processor_id(4), ~0U);
	CU_ASSERT_EQUAL(acpi.ioapic_count, 1);
	CU_ASSERT_EQUAL(acpi.ioapics[0].address, 0xfec00000);
	CU_ASSERT_EQUAL(acpi.override_count, 2);
	CU_ASSERT_EQUAL(acpi.overrides[0].gsi, 2);
	CU_ASSERT_FALSE(acpi.overrides[0].level);
	CU_ASSERT_TRUE(acpi.overrides[1].level);
	CU_ASSERT_TRUE(acpi.overrides[1].active_low);
	CU_ASSERT_EQUAL(acpi.sci_irq, 9);
	CU_ASSERT_EQUAL(acpi.pm_timer_port, 0x608);
	CU_ASSERT_TRUE(acpi.pm_timer_32);
	CU_ASSERT_EQUAL(acpi.pm1a_cnt, 0x604);
	CU_ASSERT_TRUE(acpi.has_reset);
	CU_ASSERT_EQUAL(acpi.reset_value, 0xf);
	CU_ASSERT_TRUE(acpi.has_s5);
	CU_ASSERT_EQUAL(acpi.s5_typ_a, 5);
	CU_ASSERT_EQUAL(acpi.s5_typ_b, 1);
	CU_ASSERT_EQUAL(acpi.mcfg_count, 1);
	CU_ASSERT_EQUAL(acpi.mcfg[0].bus_last, 0xff);
	CU_ASSERT_EQUAL(acpi.hpet_address, 0xfed00000);
}

/* Without a word of the boot loader it is found in the BIOS. */
static void test_scan(void)
{
	build();
	CU_ASSERT_EQUAL(init(0), 0);
	CU_ASSERT_EQUAL(acpi.rsdp, RSDP);
	memory[RSDP] = 'X';
	CU_ASSERT_EQUAL(init(0), -ENOENT);
}

static void test_broken(void)
{
	build();
	memory[XSDT + 30]++; /* falls back to the RSDT */
	CU_ASSERT_EQUAL(init(RSDP), 0);
	CU_ASSERT_EQUAL(acpi.cpu_count, 2);
	CU_ASSERT_EQUAL(acpi.mcfg_count, 0);
	memory[RSDT + 30]++;
	CU_ASSERT_EQUAL(init(RSDP), -EINVAL);
	CU_ASSERT_FALSE(acpi.present);

	build();
	memory[MADT + 30]++; /* one bad table does not harm the others */
	CU_ASSERT_EQUAL(init(RSDP), 0);
	CU_ASSERT_EQUAL(acpi.cpu_count, 0);
	CU_ASSERT_EQUAL(acpi.sci_irq, 9);
	CU_ASSERT_EQUAL(init(MEMORY - 4), -EINVAL);
}

/* An entry of length 0 or beyond the end ends the MADT. */
static void test_madt_entries(void)
{
	uint32_t len;

	build();
	len = build_madt();
	memory[MADT + 44 + 8 + 1] = 0;
	fix_checksum(MADT, len, 9);
	CU_ASSERT_EQUAL(init(RSDP), 0);
	CU_ASSERT_EQUAL(acpi.cpu_count, 1);
	len = build_madt();
	memory[MADT + 44 + 1] = 255;
	fix_checksum(MADT, len, 9);
	CU_ASSERT_EQUAL(init(RSDP), 0);
	CU_ASSERT_EQUAL(acpi.cpu_count, 0);
}

static void fuzz_table(uint64_t at, uint32_t len)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	for (uint32_t i = 0; i < len; i++) {
		for (unsigned int n = 0; n < ARRAY_SIZE(values); n++) {
			build();
			memory[at + i] = values[n];
			if (i != 9) {
				fix_checksum(at, len, 9);
			}
			(void)init(RSDP);
			CU_ASSERT_TRUE(acpi.cpu_count <= MAX_CPUS);
		}
	}
}

static void test_every_byte(void)
{
	fuzz_table(XSDT, 68);
	fuzz_table(RSDT, 40);
	fuzz_table(MADT, 112);
	fuzz_table(FADT, 244);
	fuzz_table(DSDT, 63);
	fuzz_table(MCFG, 60);
	fuzz_table(HPET, 56);
}

int main(void)
{
	static const struct test tests[] = {
		{ "good tables", test_good },
		{ "root pointer is looked for", test_scan },
		{ "broken checksums", test_broken },
		{ "broken MADT entries", test_madt_entries },
		{ "every byte changed", test_every_byte },
	};

	return suite_run("acpi_tables", tests, ARRAY_SIZE(tests));
}
