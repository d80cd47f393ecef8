/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of day in C, in this order and no other: memory first, since the
 * console ring and shared_info need a translation; the console next, so that
 * whatever fails after it can say so.
 */
#include "rt/rt.h"

#include <xen/sched.h>

#include "rt/console.h"
#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/string.h"
#include "rt/traps.h"
#include "rt/vcpu.h"

struct start_info *start_info;
struct shared_info *shared_info;

static char shared_info_page[PAGE_SIZE] __page_aligned;

static void shared_info_map(void)
{
	long ret;

	ret = hypercall_update_va_mapping((unsigned long)shared_info_page,
					  start_info->shared_info | PTE_RW,
					  UVMF_INVLPG);
	if (ret) {
		rt_panic("no shared_info: %ld\n", ret);
	}
	shared_info = (void *)shared_info_page;
}

void rt_start(struct start_info *si);

void rt_start(struct start_info *si)
{
	start_info = si;
	vcpu_init_boot();
	mm_init();
	console_init();
	shared_info_map();
	vcpu_init_info();
	traps_init();
	evtchn_init();
	guest_main();
	rt_shutdown(SHUTDOWN_poweroff);
}

bool rt_is_dom0(void)
{
	return start_info->flags & SIF_INITDOMAIN;
}

void rt_shutdown(unsigned int reason)
{
	struct sched_shutdown op = { .reason = reason };

	for (;;) {
		hypercall_sched_op(SCHEDOP_shutdown, &op);
	}
}

void rt_panic(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	printk("guest panic: %s", line);
	rt_shutdown(SHUTDOWN_crash);
}
