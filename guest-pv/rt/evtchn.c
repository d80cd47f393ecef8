/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See evtchn.h. The word order is the ABI's: the upcall flag is cleared, then
 * the selector taken whole, then each word's pending and unmasked bits; a bit
 * is cleared before its handler runs, so an event that comes meanwhile is
 * seen again.
 */
#include "rt/evtchn.h"

#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/rt.h"
#include "rt/vcpu.h"

#define PORTS 4096

static evtchn_handler_fn *handlers[PORTS];

static void bit_set(xen_ulong_t *map, evtchn_port_t port)
{
	__atomic_fetch_or(&map[port / 64], 1ul << port % 64, __ATOMIC_SEQ_CST);
}

static bool bit_clear(xen_ulong_t *map, evtchn_port_t port)
{
	xen_ulong_t bit = 1ul << port % 64;

	return __atomic_fetch_and(&map[port / 64], ~bit, __ATOMIC_SEQ_CST) &
	       bit;
}

void evtchn_init(void)
{
	unsigned int i;

	for (i = 0; i < 64; i++) {
		shared_info->evtchn_mask[i] = ~0ul;
	}
}

static void word_dispatch(unsigned int word)
{
	unsigned long bits;
	evtchn_port_t port;

	while ((bits = __atomic_load_n(&shared_info->evtchn_pending[word],
				       __ATOMIC_SEQ_CST) &
		       ~shared_info->evtchn_mask[word])) {
		port = word * 64 + (unsigned int)__builtin_ctzl(bits);
		evtchn_clear(port);
		if (handlers[port]) {
			handlers[port](port);
		}
	}
}

void evtchn_dispatch(void)
{
	struct vcpu_info *vi = vcpu_self()->info;
	unsigned long sel;

	do {
		__atomic_store_n(&vi->evtchn_upcall_pending, 0,
				 __ATOMIC_SEQ_CST);
		sel = __atomic_exchange_n(&vi->evtchn_pending_sel, 0,
					  __ATOMIC_SEQ_CST);
		for (; sel; sel &= sel - 1) {
			word_dispatch((unsigned int)__builtin_ctzl(sel));
		}
	} while (__atomic_load_n(&vi->evtchn_upcall_pending, __ATOMIC_SEQ_CST));
}

static int bound(long ret, evtchn_port_t port, evtchn_handler_fn *handler)
{
	if (ret) {
		return (int)ret;
	}
	handlers[port] = handler;
	evtchn_unmask(port);
	return (int)port;
}

int evtchn_bind_virq(unsigned int virq, unsigned int vcpu,
		     evtchn_handler_fn *handler)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu };
	long ret = hypercall_event_channel_op(EVTCHNOP_bind_virq, &op);

	return bound(ret, op.port, handler);
}

int evtchn_bind_ipi(unsigned int vcpu, evtchn_handler_fn *handler)
{
	struct evtchn_bind_ipi op = { .vcpu = vcpu };
	long ret = hypercall_event_channel_op(EVTCHNOP_bind_ipi, &op);

	return bound(ret, op.port, handler);
}

int evtchn_bind_interdomain(unsigned int dom, evtchn_port_t remote,
			    evtchn_handler_fn *handler)
{
	struct evtchn_bind_interdomain op = { .remote_dom = (domid_t)dom,
					      .remote_port = remote };
	long ret = hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &op);

	return bound(ret, op.local_port, handler);
}

int evtchn_alloc_unbound(unsigned int dom, unsigned int remote)
{
	struct evtchn_alloc_unbound op = { .dom = (domid_t)dom,
					   .remote_dom = (domid_t)remote };
	long ret = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	return ret ? (int)ret : (int)op.port;
}

void evtchn_set_handler(evtchn_port_t port, evtchn_handler_fn *handler)
{
	handlers[port] = handler;
}

int evtchn_send(evtchn_port_t port)
{
	struct evtchn_send op = { .port = port };

	return (int)hypercall_event_channel_op(EVTCHNOP_send, &op);
}

int evtchn_close(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };

	if (port < PORTS) {
		evtchn_mask(port);
		handlers[port] = NULL;
	}
	return (int)hypercall_event_channel_op(EVTCHNOP_close, &op);
}

int evtchn_status(evtchn_port_t port, struct evtchn_status *st)
{
	*st = (struct evtchn_status){ .dom = DOMID_SELF, .port = port };
	return (int)hypercall_event_channel_op(EVTCHNOP_status, st);
}

void evtchn_mask(evtchn_port_t port)
{
	bit_set(shared_info->evtchn_mask, port);
}

int evtchn_unmask(evtchn_port_t port)
{
	struct evtchn_unmask op = { .port = port };

	return (int)hypercall_event_channel_op(EVTCHNOP_unmask, &op);
}

bool evtchn_pending(evtchn_port_t port)
{
	return __atomic_load_n(&shared_info->evtchn_pending[port / 64],
			       __ATOMIC_SEQ_CST) >>
		       port % 64 &
	       1;
}

void evtchn_clear(evtchn_port_t port)
{
	bit_clear(shared_info->evtchn_pending, port);
}

void evtchn_upcall_mask(void)
{
	__atomic_store_n(&vcpu_self()->info->evtchn_upcall_mask, 1,
			 __ATOMIC_SEQ_CST);
}

void evtchn_upcall_unmask(void)
{
	struct vcpu_info *vi = vcpu_self()->info;

	__atomic_store_n(&vi->evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&vi->evtchn_upcall_pending, __ATOMIC_SEQ_CST)) {
		/* Any hypercall delivers what came while masked. */
		hypercall_version(0, NULL);
	}
}
