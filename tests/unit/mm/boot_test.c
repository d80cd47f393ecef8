// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the boot loader says, in both forms, with lengths that lie; the memory
 * map put in order; the command line.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../core/suite.h"
#include "boot/bootinfo.h"
#include "boot/options.h"
#include "debug/printk.h"
#include "lib/errno.h"

enum log_level log_threshold = LOG_INFO, guest_log_threshold = LOG_INFO;

static char warning[256];

void printk(enum log_level level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	vsnprintf(warning, sizeof(warning), fmt, args);
	va_end(args);
}

static struct boot_info info;
static const char *why;

/* ---- multiboot 2: a heap block of the size it claims, so ASan watches ---- */

static uint8_t *mb2;
static uint32_t mb2_size;

static void mb2_begin(void)
{
	free(mb2);
	mb2 = calloc(1, 8);
	mb2_size = 8;
	memset(&info, 0, sizeof(info));
	why = "";
}

static void mb2_add(uint32_t type, uint32_t size, const void *data, size_t len)
{
	uint32_t head[2] = { type, size };
	uint32_t room = (uint32_t)((8 + len + 7) & ~7UL);

	uint8_t *grown = realloc(mb2, mb2_size + room);

	CU_ASSERT_PTR_NOT_NULL_FATAL(grown);
	mb2 = grown;
	memset(mb2 + mb2_size, 0xff, room);
	memcpy(mb2 + mb2_size, head, 8);
	memcpy(mb2 + mb2_size + 8, data, len);
	mb2_size += room;
}

static int mb2_parse(void)
{
	memcpy(mb2, &mb2_size, 4);
	return multiboot2_parse((uint64_t)mb2, &info, &why);
}

static const uint64_t mb2_map[] = {
	24,			    /* entry size, version */
	0,	     0x9fc00,	 1, /* base, length, type */
	0x100000,    0x7fe00000, 1, /* */
	0xfffc0000,  0x40000,	 2, /* */
	~0UL - 4095, 0x2000,	 1, /* wraps: ignored */
};

static void test_mb2(void)
{
	static const char module[] =
		"\0\0\x10\0\0\0\x20\0vmlinuz root=/dev/sda";

	mb2_begin();
	mb2_add(1, 8 + 14, "dom0_mem=512M", 14);
	mb2_add(2, 8 + 5, "GRUB", 5);
	mb2_add(6, 8 + sizeof(mb2_map), mb2_map, sizeof(mb2_map));
	mb2_add(3, 8 + sizeof(module), module, sizeof(module));
	mb2_add(14, 8 + 20, "RSD PTR ............", 20);
	mb2_add(0, 8, "", 0);
	CU_ASSERT_EQUAL(mb2_parse(), 0);
	CU_ASSERT_STRING_EQUAL(info.cmdline, "dom0_mem=512M");
	CU_ASSERT_STRING_EQUAL(info.loader, "GRUB");
	CU_ASSERT_EQUAL(info.ranges, 3);
	CU_ASSERT_EQUAL(info.map[1].end, 0x7ff00000);
	CU_ASSERT_EQUAL(info.module_count, 1);
	CU_ASSERT_EQUAL(info.modules[0].start, 0x100000);
	CU_ASSERT_EQUAL(info.modules[0].end, 0x200000);
	CU_ASSERT_STRING_EQUAL(info.modules[0].cmdline,
			       "vmlinuz root=/dev/sda");
	CU_ASSERT_EQUAL(memcmp((void *)info.rsdp, "RSD PTR ", 8), 0);
}

static void test_mb2_bad(void)
{
	static const uint64_t small_entries[] = { 8, 0, 0x100000, 1 };
	static const uint64_t backwards = 0x0000000100000002;

	/* No map at all; its tag too short; entries too small. */
	mb2_begin();
	CU_ASSERT_EQUAL(mb2_parse(), -EINVAL);
	CU_ASSERT(strstr(why, "no memory map") != NULL);
	mb2_begin();
	mb2_add(6, 12, mb2_map, 4);
	CU_ASSERT_EQUAL(mb2_parse(), -EINVAL);
	mb2_begin();
	mb2_add(6, 8 + sizeof(small_entries), small_entries,
		sizeof(small_entries));
	CU_ASSERT_EQUAL(mb2_parse(), -EINVAL);
	/* A tag that is longer than all; an unfinished string at the end. */
	mb2_begin();
	mb2_add(6, 8 + sizeof(mb2_map), mb2_map, sizeof(mb2_map));
	mb2_add(1, 0x10000, "x", 1);
	CU_ASSERT_EQUAL(mb2_parse(), 0);
	CU_ASSERT_STRING_EQUAL(info.cmdline, "");
	mb2_begin();
	mb2_add(6, 8 + sizeof(mb2_map), mb2_map, sizeof(mb2_map));
	mb2_add(1, 16, "no end..", 8);
	CU_ASSERT_EQUAL(mb2_parse(), 0);
	CU_ASSERT_STRING_EQUAL(info.cmdline, "no end..");
	/* Modules: too short, backwards, one too many. */
	mb2_begin();
	mb2_add(3, 12, "1234", 4);
	CU_ASSERT_EQUAL(mb2_parse(), -EINVAL);
	mb2_begin();
	mb2_add(3, 16, &backwards, 8);
	CU_ASSERT_EQUAL(mb2_parse(), -EINVAL);
	mb2_begin();
	for (unsigned int i = 0; i <= BOOT_MAX_MODULES; i++) {
		mb2_add(3, 17, "\0\0\0\0\0\0\0\1", 9);
	}
	CU_ASSERT_EQUAL(mb2_parse(), -EINVAL);
	CU_ASSERT_EQUAL(info.module_count, BOOT_MAX_MODULES);
	/* More ranges than there is room for. */
	mb2_begin();
	for (unsigned int i = 0; i < 100; i++) {
		mb2_add(6, 8 + sizeof(mb2_map), mb2_map, sizeof(mb2_map));
	}
	CU_ASSERT_EQUAL(mb2_parse(), 0);
	CU_ASSERT_EQUAL(info.ranges, BOOT_MAX_RANGES);
	free(mb2);
	mb2 = NULL;
}

/* ---- multiboot 1: its pointers have 32 bits ---- */

static void test_mb1(void)
{
	uint8_t *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint32_t base = (uint32_t)(uintptr_t)low;
	uint32_t *head = (uint32_t *)low;
	uint32_t map[] = { 20, 0, 0, 0x9f000, 0, 1,
			   /* The next entry would be in front of the first. */
			   0xfffffffc - 20, 0x100000, 0, 0x100000, 0, 1 };
	uint32_t module[] = { 0x200000, 0x300000, base + 1200, 0 };

	CU_ASSERT_FATAL(low != MAP_FAILED);
	memset(&info, 0, sizeof(info));
	CU_ASSERT_EQUAL(multiboot1_parse(base, &info, &why), -EINVAL);
	head[0] = BIT(2) | BIT(3) | BIT(6) | BIT(9);
	head[4] = base + 1000;
	head[5] = 1;
	head[6] = base + 1100;
	head[11] = sizeof(map);
	head[12] = base + 2000;
	head[16] = base + 1300;
	memset(low + 1000, 'c', 99);
	memcpy(low + 1100, module, sizeof(module));
	memcpy(low + 1200, "initrd", 7);
	memcpy(low + 1300, "qemu", 5);
	memcpy(low + 2000, map, sizeof(map));
	CU_ASSERT_EQUAL(multiboot1_parse(base, &info, &why), 0);
	CU_ASSERT_EQUAL(info.ranges, 2);
	CU_ASSERT_EQUAL(info.map[0].end, 0x9f000);
	CU_ASSERT_EQUAL(info.module_count, 1);
	CU_ASSERT_STRING_EQUAL(info.modules[0].cmdline, "initrd");
	CU_ASSERT_STRING_EQUAL(info.loader, "qemu");
	munmap(low, 8192);
}

/* ---- the map in order ---- */

static unsigned int type_at(const struct memory_range *map, unsigned int n,
			    uint64_t a)
{
	for (unsigned int i = 0; i < n; i++) {
		if (a >= map[i].start && a < map[i].end) {
			return map[i].type;
		}
	}
	return 0;
}

/* Random maps: sorted, RAM in whole pages, apart from all else, and only where
 * the firmware says RAM and nothing else. */
static void test_map(void)
{
	srandom(4);
	for (unsigned int round = 0; round < 20000; round++) {
		struct memory_range in[8], map[8];
		unsigned int n = 1 + (unsigned int)random() % 8, kept = n;

		for (unsigned int i = 0; i < n; i++) {
			in[i].start = (uint64_t)random() % 64 * 1024;
			in[i].end = in[i].start + 1024 +
				    (uint64_t)random() % 64 * 1024;
			in[i].type = 1 + (unsigned int)random() % 3;
		}
		memcpy(map, in, sizeof(map));
		memory_map_tidy(map, &kept);
		CU_ASSERT(kept <= n);
		for (unsigned int i = 0; i < kept; i++) {
			CU_ASSERT(map[i].start < map[i].end);
			CU_ASSERT(!i || map[i - 1].start <= map[i].start);
			if (map[i].type != E820_RAM) {
				continue;
			}
			CU_ASSERT_EQUAL((map[i].start | map[i].end) % 4096, 0);
			for (uint64_t a = map[i].start; a < map[i].end;
			     a += 1024) {
				bool ram = false, other = false;

				for (unsigned int j = 0; j < n; j++) {
					bool in_it = a >= in[j].start &&
						     a < in[j].end;

					ram |= in_it && in[j].type == 1;
					other |= in_it && in[j].type != 1;
				}
				CU_ASSERT(ram && !other);
				CU_ASSERT_EQUAL(type_at(map, i, a), 0);
			}
		}
	}
}

/* ---- options ---- */

static void test_options(void)
{
	options_parse("hospes dom0_mem=512M,max:1G dom0_max_vcpus=2 noreboot "
		      "console=com2,vga com1=9600,8n1 nosmp=off loglvl=all");
	CU_ASSERT_EQUAL(options.dom0_mem.amount.bytes, 512UL << 20);
	CU_ASSERT_EQUAL(options.dom0_mem.max.bytes, 1UL << 30);
	CU_ASSERT_EQUAL(options.dom0_max_vcpus, 2);
	CU_ASSERT(options.noreboot);
	CU_ASSERT(!options.nosmp);
	CU_ASSERT_EQUAL(options.uart_port, 0x2f8);
	CU_ASSERT_EQUAL(options.uart_baud, 9600);
	CU_ASSERT_EQUAL(log_threshold, LOG_DEBUG);
	options_parse("dom0_max_vcpus=129 com1=0 dom0_mem=lots");
	CU_ASSERT_EQUAL(options.dom0_max_vcpus, 2);
	CU_ASSERT_EQUAL(options.uart_baud, 9600);
	CU_ASSERT_EQUAL(options.dom0_mem.amount.bytes, 512UL << 20);
	options_parse("console=none");
	CU_ASSERT_EQUAL(options.uart_port, 0);

	warning[0] = 0;
	options_report("/boot/hospes sched=credit2 noreboot");
	CU_ASSERT_STRING_EQUAL(warning, "");
	options_report("hospes frobnicate=1");
	CU_ASSERT(strstr(warning, "frobnicate") != NULL);
	options_report("hospes sched=rt");
	CU_ASSERT(strstr(warning, "'sched'") && strstr(warning, "'rt'"));
	warning[0] = 0;
	options_report("hospes dom0_mem");
	CU_ASSERT(strstr(warning, "dom0_mem") != NULL);
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "multiboot 2", test_mb2 },
		{ "multiboot 2 that lies", test_mb2_bad },
		{ "multiboot 1", test_mb1 },
		{ "memory maps", test_map },
		{ "options", test_options },
		{ NULL, NULL },
	};

	return suite_run("boot", tests);
}
