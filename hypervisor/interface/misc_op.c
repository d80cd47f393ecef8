/* SPDX-License-Identifier: BSD-2-Clause */
/* console_io and vm_assist. */
#include <xen/xen.h>

#include "core/crash.h"
#include "core/domain.h"
#include "core/vcpu.h"
#include "debug/console_ring.h"
#include "debug/printk.h"
#include "drivers/console.h"
#include "drivers/console_guest.h"
#include "interface/guest_copy.h"
#include "interface/table.h"
#include "mm/upcalls.h"
#include "x86/percpu.h"

#define CONSOLE_CHUNK 128

/* A guest's text in our log: no lines of its own, nothing for the terminal. */
static void make_printable(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] < ' ' || text[i] > '~') {
			text[i] = ' ';
		}
	}
}

static long console_write_guest(struct hypercall *hc)
{
	uint32_t left = (uint32_t)hc->arg[1];
	guest_ptr_t from = guest_ptr(hc->arg[2]);
	struct domain *d = current->domain;
	char buf[CONSOLE_CHUNK];
	long rc = 0;

	while (left) {
		size_t n = min(left, (uint32_t)sizeof(buf));

		if (copy_from_guest(buf, from, n)) {
			return -EFAULT;
		}
		crash_hear(d, buf, n);
		if (d->privileged) {
			console_write(buf, n);
		} else if (guest_log_threshold >= LOG_DEBUG) {
			make_printable(buf, n);
			guest_printk(LOG_DEBUG, "d%u: %.*s\n", d->id, (int)n,
				     buf);
		} else {
			rc = -EPERM;
		}
		from = guest_ptr_add(from, n);
		left -= (uint32_t)n;
		if (left && preempt_wanted()) {
			hc->arg[1] = left;
			hc->arg[2] = from.a;
			return -ERESTART;
		}
	}
	return rc;
}

static long console_read_guest(struct hypercall *hc)
{
	uint32_t want = (uint32_t)hc->arg[1];
	char buf[CONSOLE_CHUNK];
	size_t n = console_guest_read(buf, min(want, (uint32_t)sizeof(buf)));

	if (copy_to_guest(guest_ptr(hc->arg[2]), buf, n)) {
		return -EFAULT;
	}
	return (long)n;
}

long do_console_io(struct hypercall *hc)
{
	/* The machine's console is dom0's; others have their ring. With
	 * guest_loglvl=debug their early messages are shown; without, they
	 * are refused, and kept for the report of a crash. */
	if (!current->domain->privileged &&
	    (uint32_t)hc->arg[0] != CONSOLEIO_write) {
		return -EPERM;
	}
	/* A 32-bit count; what stands above it is not looked at. */
	if ((uint32_t)hc->arg[1] > INT32_MAX) {
		return -E2BIG;
	}
	switch ((uint32_t)hc->arg[0]) {
	case CONSOLEIO_write:
		return console_write_guest(hc);
	case CONSOLEIO_read:
		return console_read_guest(hc);
	}
	return -ENOSYS;
}

#define ASSISTS                                 \
	(BIT(VMASST_TYPE_4gb_segments) |        \
	 BIT(VMASST_TYPE_4gb_segments_notify) | \
	 BIT(VMASST_TYPE_writable_pagetables) | \
	 BIT(VMASST_TYPE_pae_extended_cr3) |    \
	 BIT(VMASST_TYPE_architectural_iopl) |  \
	 BIT(VMASST_TYPE_runstate_update_flag) | BIT(VMASST_TYPE_m2p_strict))

long do_vm_assist(struct hypercall *hc)
{
	struct domain *d = current->domain;
	uint64_t type = hc->arg[1];

	if (type >= 64 || !(BIT(type) & ASSISTS)) {
		return -EINVAL;
	}
	switch ((uint32_t)hc->arg[0]) {
	case VMASST_CMD_enable:
		atomic_fetch_or(&d->vm_assist, BIT(type));
		return 0;
	case VMASST_CMD_disable:
		atomic_fetch_and(&d->vm_assist, ~BIT(type));
		return 0;
	}
	return -ENOSYS;
}
