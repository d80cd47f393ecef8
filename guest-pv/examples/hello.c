/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first thing that ever boots on a hypervisor: says hello, says what it
 * was handed, and powers off.
 */
#include <xen/version.h>

#include "rt/console.h"
#include "rt/hypercall.h"
#include "rt/rt.h"
#include "rt/xenbus.h"

void guest_main(void)
{
	xen_extraversion_t extra;
	char domid[16];
	long version;

	printk("hello from a PV guest\n");
	printk("magic %s\n", start_info->magic);
	printk("nr_pages %lu (%lu MiB)\n", start_info->nr_pages,
	       start_info->nr_pages / 256);
	printk("flags %x, pt_base %lx, mfn_list %lx\n", start_info->flags,
	       start_info->pt_base, start_info->mfn_list);
	printk("cmdline \"%s\"\n", (char *)start_info->cmd_line);
	version = hypercall_version(XENVER_version, NULL);
	extra[0] = '\0';
	hypercall_version(XENVER_extraversion, &extra);
	printk("version %ld.%ld%.16s\n", version >> 16, version & 0xffff,
	       extra);
	if (!xenbus_init() && xenbus_read("domid", domid, sizeof(domid)) > 0) {
		printk("xenstore says that I am domain %s\n", domid);
	}
}
