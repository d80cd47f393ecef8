/* SPDX-License-Identifier: BSD-2-Clause */
/* See dom0.h. */
#include "boot/dom0.h"

#include "boot/early.h"
#include "boot/options.h"
#include "core/domain.h"
#include "core/e820.h"
#include "core/vcpu.h"
#include "cpu/smp.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "pv/dom0_build.h"

#define RSDP_SIZE 36

/* Left for the hypervisor and for guests' page tables, unless dom0_mem says
 * otherwise: 1/16 of RAM, at most 128 MiB. */
#define KEEP_MAX_PAGES ((128UL << 20) >> PAGE_SHIFT)

static uint64_t amount_pages(struct cmdline_amount a, uint64_t avail,
			     uint64_t absent)
{
	uint64_t pages = a.bytes >> PAGE_SHIFT;

	if (!a.given) {
		return absent;
	}
	if (a.negative) {
		return pages < avail ? avail - pages : 0;
	}
	return pages;
}

static uint64_t dom0_pages(void)
{
	uint64_t avail = heap_free_pages();
	const struct cmdline_mem *m = &options.dom0_mem;
	uint64_t keep = min(total_pages / 16, KEEP_MAX_PAGES);
	uint64_t pages = amount_pages(m->amount, avail, avail - keep);
	uint64_t most = avail - avail / 64 - 1024;

	if (pages < amount_pages(m->min, avail, 0)) {
		pages = amount_pages(m->min, avail, 0);
	}
	if (pages > amount_pages(m->max, avail, ~0UL)) {
		pages = amount_pages(m->max, avail, ~0UL);
	}
	if (pages > most) {
		log_warn("dom0_mem: %lu MiB wanted, %lu MiB can be had\n",
			 pages >> 8, most >> 8);
		pages = most;
	}
	return pages;
}

/* The file's name comes first from QEMU, a placeholder from GRUB's scripts. */
static const char *skip_file_name(const struct boot_info *b, const char *line)
{
	const char *end = line;
	bool is_name = !strcmp(b->loader, "qemu");

	while (*end && *end != ' ') {
		if (*end == '=') {
			is_name = false;
			break;
		}
		is_name |= *end == '/';
		end++;
	}
	is_name |= end - line == 11 && !strncmp(line, "placeholder", 11);
	if (!is_name) {
		return line;
	}
	while (*end == ' ') {
		end++;
	}
	return end;
}

static const void *module_virt(const struct boot_module *m)
{
	return (const void *)(DIRECTMAP_VIRT + m->start);
}

static struct e820_entry dom0_map[BOOT_MAX_RANGES + 2];
static unsigned int dom0_map_count;

static void map_add(uint64_t start, uint64_t end, uint32_t type)
{
	if (start < end) {
		dom0_map[dom0_map_count++] = (struct e820_entry){
			.start = start, .size = end - start, .type = type
		};
	}
}

/* dom0 sees the machine's map, with `page` (0: none) taken out of the RAM. */
static void show_memory(const struct boot_info *b, uint64_t page)
{
	for (unsigned int i = 0; i < b->ranges; i++) {
		const struct memory_range *r = &b->map[i];

		if (page && r->start <= page && page < r->end) {
			map_add(r->start, page, r->type);
			map_add(page, page + PAGE_SIZE, E820_RESERVED);
			map_add(page + PAGE_SIZE, r->end, r->type);
		} else {
			map_add(r->start, r->end, r->type);
		}
	}
	e820_set_machine(dom0_map, dom0_map_count);
}

/*
 * Under UEFI the RSDP is not where kernels look for it, and dom0 has no EFI
 * tables: put a copy into a page below 1 MiB that it sees as reserved, and say
 * so on its command line. The page was the trampoline's.
 */
static const char *cmdline_with_rsdp(const struct boot_info *b,
				     const char *line, uint64_t *page)
{
	static char out[BOOT_CMDLINE + 32];

	*page = b->rsdp_given ? early_low_page(b) : 0;
	if (!*page) {
		return line;
	}
	memcpy((void *)(DIRECTMAP_VIRT + *page),
	       (const void *)(DIRECTMAP_VIRT + b->rsdp), RSDP_SIZE);
	snprintf(out, sizeof(out), "%s acpi_rsdp=0x%lx", line, *page);
	return out;
}

static unsigned int dom0_vcpus(void)
{
	return options.dom0_max_vcpus ? options.dom0_max_vcpus
				      : smp_cpu_count();
}

void dom0_create(const struct boot_info *b)
{
	struct xen_domctl_createdomain cfg = {
		.max_vcpus = dom0_vcpus(),
		.max_evtchn_port = UINT32_MAX / 2,
		.max_grant_frames = 64,
		.max_maptrack_frames = 1024,
	};
	/* As Xen: no limit but RAM where none is given. */
	uint64_t limit = amount_pages(options.dom0_mem.max, heap_free_pages(),
				      UINT32_MAX);
	struct dom0_image image = { .pages = dom0_pages() };
	const char *why = "";
	uint64_t rsdp_page;
	struct vcpu *v;
	int rc;

	if (!b->module_count) {
		panic("the boot loader gave no kernel for dom0: it must be "
		      "the first module");
	}
	rc = domain_create(0, &cfg, true, &dom0);
	if (rc) {
		panic("cannot create dom0: error %d", rc);
	}
	dom0->max_pages = limit;
	for (unsigned int i = 0; i < cfg.max_vcpus; i++) {
		if (vcpu_create(dom0, i, &v)) {
			panic("no memory for dom0's vCPUs");
		}
	}
	image.kernel = module_virt(&b->modules[0]);
	image.kernel_len = b->modules[0].end - b->modules[0].start;
	image.cmdline = cmdline_with_rsdp(
		b, skip_file_name(b, b->modules[0].cmdline), &rsdp_page);
	show_memory(b, rsdp_page);
	if (b->module_count > 1) {
		image.initrd = module_virt(&b->modules[1]);
		image.initrd_len = b->modules[1].end - b->modules[1].start;
	}
	rc = dom0_build(dom0, &image, &why);
	if (rc) {
		panic("cannot build dom0: %s (error %d)", why, rc);
	}
	domain_publish(dom0);
}
