/* SPDX-License-Identifier: BSD-2-Clause */
/* See console.h. Output of two vcpus is kept apart by lines: one lock. */
#include "rt/console.h"

#include <xen/event_channel.h>
#include <xen/io/console.h>
#include <xen/sched.h>

#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"

static struct xencons_interface *ring;
static evtchn_port_t ring_port;
static int console_lock;

void console_init(void)
{
	if (!(start_info->flags & SIF_INITDOMAIN)) {
		ring = mm_mfn_to_virt(start_info->console.domU.mfn);
		ring_port = start_info->console.domU.evtchn;
	}
}

static void ring_notify(void)
{
	struct evtchn_send send = { .port = ring_port };

	hypercall_event_channel_op(EVTCHNOP_send, &send);
}

static void ring_write(const char *s, size_t n)
{
	uint32_t prod = ring->out_prod;

	while (n--) {
		while (prod - *(volatile uint32_t *)&ring->out_cons >=
		       sizeof(ring->out)) {
			ring_notify();
			hypercall_sched_op(SCHEDOP_yield, NULL);
		}
		ring->out[MASK_XENCONS_IDX(prod, ring->out)] = *s++;
		barrier();
		ring->out_prod = ++prod;
	}
	ring_notify();
	while (*(volatile uint32_t *)&ring->out_cons != prod) {
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
}

void console_write(const char *s, size_t n)
{
	while (__atomic_exchange_n(&console_lock, 1, __ATOMIC_ACQUIRE)) {
		cpu_relax();
	}
	if (ring) {
		ring_write(s, n);
	} else {
		hypercall_console_io(CONSOLEIO_write, (unsigned int)n, s);
	}
	__atomic_store_n(&console_lock, 0, __ATOMIC_RELEASE);
}

size_t console_read(char *buf, size_t n)
{
	size_t got = 0;
	long ret;

	if (!ring) {
		ret = hypercall_console_io(CONSOLEIO_read, (unsigned int)n,
					   buf);
		return ret > 0 ? (size_t)ret : 0;
	}
	while (got < n &&
	       ring->in_cons != *(volatile uint32_t *)&ring->in_prod) {
		barrier();
		buf[got++] =
			ring->in[MASK_XENCONS_IDX(ring->in_cons, ring->in)];
		barrier();
		ring->in_cons++;
	}
	if (got) {
		ring_notify();
	}
	return got;
}

void printk(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line)) {
		n = sizeof(line) - 1;
	}
	console_write(line, (size_t)n);
}
