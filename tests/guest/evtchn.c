/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels, two-level.
 *
 * Ports are a small state machine (closed, unbound, interdomain, virq, ipi)
 * over shared bits that the guest may write at any time. The test goes through
 * every state with good and bad arguments, then through delivery: pending and
 * mask bits, the selector, the upcall flag, unmask as redelivery, and the rule
 * that closing a port forgets what was pending on it.
 */
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/time.h"
#include "rt/vcpu.h"

const char test_title[] = "evtchn";

static unsigned int upcalls;
static evtchn_port_t last_port;

static void handler(evtchn_port_t port)
{
	upcalls++;
	last_port = port;
}

static void states(void)
{
	struct evtchn_status st;
	int a, b;

	a = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
	TEST_CHECK(a > 0);
	TEST_EQ(evtchn_status((evtchn_port_t)a, &st), 0);
	TEST_EQ(st.status, EVTCHNSTAT_unbound);
	TEST_EQ(st.vcpu, 0);
	TEST_EQ(evtchn_send((evtchn_port_t)a), 0);

	b = evtchn_bind_interdomain(DOMID_SELF, (evtchn_port_t)a, handler);
	TEST_CHECK(b > 0 && b != a);
	TEST_EQ(evtchn_status((evtchn_port_t)a, &st), 0);
	TEST_EQ(st.status, EVTCHNSTAT_interdomain);
	TEST_EQ(st.u.interdomain.dom, 0);
	TEST_EQ(st.u.interdomain.port, b);
	TEST_EQ(evtchn_bind_interdomain(DOMID_SELF, (evtchn_port_t)a, NULL),
		-XEN_EINVAL);

	/* Closing one side leaves the other unbound, ready for a new peer. */
	TEST_EQ(evtchn_close((evtchn_port_t)b), 0);
	TEST_EQ(evtchn_status((evtchn_port_t)a, &st), 0);
	TEST_EQ(st.status, EVTCHNSTAT_unbound);
	TEST_EQ(evtchn_status((evtchn_port_t)b, &st), 0);
	TEST_EQ(st.status, EVTCHNSTAT_closed);
	TEST_EQ(evtchn_close((evtchn_port_t)b), -XEN_EINVAL);
	TEST_EQ(evtchn_send((evtchn_port_t)b), -XEN_EINVAL);
	TEST_EQ(evtchn_close((evtchn_port_t)a), 0);
}

static void delivery(void)
{
	struct vcpu_info *vi = vcpu_self()->info;
	int a = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
	int b = evtchn_bind_interdomain(DOMID_SELF, (evtchn_port_t)a, handler);
	evtchn_port_t pa = (evtchn_port_t)a, pb = (evtchn_port_t)b;

	/* Binding sets the binder's port pending; take that first. */
	evtchn_upcall_unmask();
	upcalls = 0;
	TEST_EQ(evtchn_send(pa), 0);
	TEST_EQ(upcalls, 1);
	TEST_EQ(last_port, pb);
	TEST_CHECK(!evtchn_pending(pb));
	TEST_EQ(vi->evtchn_upcall_mask, 0);

	/* A masked port becomes pending, no more; unmasking delivers it. */
	evtchn_mask(pb);
	TEST_EQ(evtchn_send(pa), 0);
	TEST_EQ(upcalls, 1);
	TEST_CHECK(evtchn_pending(pb));
	TEST_EQ(vi->evtchn_upcall_pending, 0);
	TEST_EQ(evtchn_unmask(pb), 0);
	TEST_EQ(upcalls, 2);

	/* Masked as a whole: the flag and the selector are set, no upcall. */
	evtchn_upcall_mask();
	TEST_EQ(evtchn_send(pa), 0);
	TEST_EQ(evtchn_send(pa), 0);
	TEST_EQ(upcalls, 2);
	TEST_EQ(vi->evtchn_upcall_pending, 1);
	TEST_CHECK(vi->evtchn_pending_sel >> pb / 64 & 1);
	evtchn_upcall_unmask();
	TEST_EQ(upcalls, 3);

	/* Close forgets; the next owner of the port starts clean. */
	evtchn_upcall_mask();
	evtchn_mask(pb);
	TEST_EQ(evtchn_send(pa), 0);
	TEST_EQ(evtchn_close(pb), 0);
	TEST_CHECK(!evtchn_pending(pb));
	TEST_EQ(evtchn_close(pa), 0);
}

static void virqs(void)
{
	struct evtchn_status st;
	int p = evtchn_bind_virq(VIRQ_DEBUG, 0, handler);

	TEST_CHECK(p > 0);
	TEST_EQ(evtchn_status((evtchn_port_t)p, &st), 0);
	TEST_EQ(st.status, EVTCHNSTAT_virq);
	TEST_EQ(st.u.virq, VIRQ_DEBUG);
	TEST_EQ(evtchn_bind_virq(VIRQ_DEBUG, 0, NULL), -XEN_EEXIST);
	TEST_EQ(evtchn_bind_virq(NR_VIRQS, 0, NULL), -XEN_EINVAL);
	TEST_EQ(evtchn_bind_virq(~0u, 0, NULL), -XEN_EINVAL);
	TEST_EQ(evtchn_bind_virq(VIRQ_TIMER, 999, NULL), -XEN_ENOENT);
	/* A global one goes with vcpu 0 only. */
	TEST_EQ(evtchn_bind_virq(VIRQ_CONSOLE, 1, NULL), -XEN_EINVAL);
	/* An event of its own making is no business of a guest's. */
	TEST_EQ(evtchn_send((evtchn_port_t)p), -XEN_EINVAL);
	TEST_EQ(evtchn_close((evtchn_port_t)p), 0);
	p = evtchn_bind_virq(VIRQ_DEBUG, 0, handler);
	TEST_CHECK(p > 0);
	TEST_EQ(evtchn_close((evtchn_port_t)p), 0);
}

static void ipis(void)
{
	struct evtchn_status st;
	int p = evtchn_bind_ipi(0, handler);

	TEST_CHECK(p > 0);
	TEST_EQ(evtchn_status((evtchn_port_t)p, &st), 0);
	TEST_EQ(st.status, EVTCHNSTAT_ipi);
	evtchn_upcall_unmask();
	upcalls = 0;
	TEST_EQ(evtchn_send((evtchn_port_t)p), 0);
	TEST_EQ(upcalls, 1);
	evtchn_upcall_mask();
	TEST_EQ(evtchn_bind_ipi(999, NULL), -XEN_ENOENT);
	TEST_EQ(evtchn_bind_ipi(~0u, NULL), -XEN_ENOENT);
	TEST_EQ(evtchn_close((evtchn_port_t)p), 0);
}

static void vcpu_binding(void)
{
	int p = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
	int ipi = evtchn_bind_ipi(0, NULL);
	struct evtchn_bind_vcpu op = { .port = (evtchn_port_t)p, .vcpu = 1 };
	struct evtchn_status st;

	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &op), 0);
	TEST_EQ(evtchn_status((evtchn_port_t)p, &st), 0);
	TEST_EQ(st.vcpu, 1);
	op.vcpu = 999;
	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &op),
		-XEN_ENOENT);
	op.vcpu = 0;
	op.port = (evtchn_port_t)ipi;
	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &op),
		-XEN_EINVAL);
	op.port = 4095;
	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &op),
		-XEN_EINVAL);
	TEST_EQ(evtchn_close((evtchn_port_t)p), 0);
	TEST_EQ(evtchn_close((evtchn_port_t)ipi), 0);
}

static void bad_ports(void)
{
	static const evtchn_port_t port[] = { 0,	  4095,	     4096,
					      131071,	  131072,    0x7fffffff,
					      0x80000000, 0xffffffff };
	struct evtchn_unmask un;
	struct evtchn_status st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(port); i++) {
		if (!TEST_CHECK(evtchn_send(port[i]) == -XEN_EINVAL)) {
			test_note("port %u", port[i]);
		}
		TEST_EQ(evtchn_close(port[i]), -XEN_EINVAL);
		un.port = port[i];
		if (port[i] > 4095) {
			TEST_EQ(hypercall_event_channel_op(EVTCHNOP_unmask,
							   &un),
				-XEN_EINVAL);
			TEST_EQ(evtchn_status(port[i], &st), -XEN_EINVAL);
		}
		TEST_CHECK(evtchn_bind_interdomain(DOMID_SELF, port[i], NULL) <
			   0);
	}
	st = (struct evtchn_status){ .dom = 0x1234, .port = 1 };
	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_status, &st), -XEN_ESRCH);
	TEST_EQ(evtchn_alloc_unbound(0x1234, DOMID_SELF), -XEN_ESRCH);
	TEST_EQ(evtchn_bind_interdomain(0x1234, 1, NULL), -XEN_ESRCH);
}

/* Pointers that are no structs; nothing may be left allocated behind. */
static void bad_pointers(void)
{
	static const unsigned int op[] = {
		EVTCHNOP_alloc_unbound, EVTCHNOP_bind_interdomain,
		EVTCHNOP_bind_virq,	EVTCHNOP_bind_ipi,
		EVTCHNOP_close,		EVTCHNOP_send,
		EVTCHNOP_status,	EVTCHNOP_bind_vcpu,
		EVTCHNOP_unmask,	EVTCHNOP_reset,
		EVTCHNOP_init_control,	EVTCHNOP_expand_array,
		EVTCHNOP_set_priority,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(op); i++) {
		TEST_EQ(hypercall_event_channel_op(op[i],
						   (void *)0x12345678000),
			-XEN_EFAULT);
		TEST_EQ(hypercall_event_channel_op(
				op[i], (void *)0xffff830000000000ul),
			-XEN_EFAULT);
	}
}

/* All of them taken: a clear error, and all of them back after closing. */
static void limits(void)
{
	static int port[4096];
	int n = 0, err = 0, i, again;

	while (n < 4096) {
		port[n] = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
		if (port[n] < 0) {
			err = port[n];
			break;
		}
		n++;
	}
	TEST_EQ(err, -XEN_ENOSPC);
	TEST_CHECK(n > 1000);
	TEST_EQ(evtchn_bind_ipi(0, NULL), -XEN_ENOSPC);
	TEST_EQ(evtchn_bind_virq(VIRQ_DEBUG, 0, NULL), -XEN_ENOSPC);
	TEST_EQ(evtchn_close((evtchn_port_t)port[n / 2]), 0);
	again = evtchn_bind_ipi(0, NULL);
	TEST_EQ(again, port[n / 2]);
	for (i = 0; i < n; i++) {
		if (evtchn_close((evtchn_port_t)port[i])) {
			TEST_EQ(port[i], 0);
		}
	}
	/* A failed bind_virq must not have half-bound it (XSA-496's kind). */
	again = evtchn_bind_virq(VIRQ_DEBUG, 0, NULL);
	TEST_CHECK(again > 0);
	TEST_EQ(evtchn_close((evtchn_port_t)again), 0);
}

static void reset(void)
{
	struct evtchn_reset op = { .dom = DOMID_SELF };
	int p = evtchn_bind_ipi(0, NULL);
	struct evtchn_status st;

	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_reset, &op), 0);
	TEST_EQ(evtchn_status((evtchn_port_t)p, &st), 0);
	TEST_EQ(st.status, EVTCHNSTAT_closed);
	op.dom = 0x1234;
	TEST_EQ(hypercall_event_channel_op(EVTCHNOP_reset, &op), -XEN_ESRCH);
}

void test_main(void)
{
	states();
	delivery();
	virqs();
	ipis();
	vcpu_binding();
	bad_ports();
	bad_pointers();
	limits();
	reset();
}
