/* SPDX-License-Identifier: BSD-2-Clause */
/* See dom0.h. */
#include "boot/dom0.h"

#include "boot/options.h"
#include "core/domain.h"
#include "core/e820.h"
#include "core/vcpu.h"
#include "cpu/smp.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "pv/dom0_build.h"

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

/* Behind the file name that loaders put first. */
static const char *skip_file_name(const char *line)
{
	const char *p = line;

	while (*p && *p != ' ') {
		p++;
	}
	while (*p == ' ') {
		p++;
	}
	return p;
}

static const void *module_virt(const struct boot_module *m)
{
	return (const void *)(DIRECTMAP_VIRT + m->start);
}

static void show_memory(const struct boot_info *b)
{
	static struct e820_entry map[BOOT_MAX_RANGES];

	for (unsigned int i = 0; i < b->ranges; i++) {
		map[i] = (struct e820_entry){ .start = b->map[i].start,
					      .size = b->map[i].end -
						      b->map[i].start,
					      .type = b->map[i].type };
	}
	e820_set_machine(map, b->ranges);
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
	struct dom0_image image = { .pages = dom0_pages() };
	const char *why = "";
	struct vcpu *v;
	int rc;

	if (!b->module_count) {
		panic("the boot loader gave no kernel for dom0: it must be "
		      "the first module");
	}
	show_memory(b);
	rc = domain_create(0, &cfg, true, &dom0);
	if (rc) {
		panic("cannot create dom0: error %d", rc);
	}
	dom0->max_pages = UINT32_MAX; /* as Xen: no limit but RAM */
	for (unsigned int i = 0; i < cfg.max_vcpus; i++) {
		if (vcpu_create(dom0, i, &v)) {
			panic("no memory for dom0's vCPUs");
		}
	}
	image.kernel = module_virt(&b->modules[0]);
	image.kernel_len = b->modules[0].end - b->modules[0].start;
	image.cmdline = skip_file_name(b->modules[0].cmdline);
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
