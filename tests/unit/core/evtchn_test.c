/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels with one thread: each operation's results and errors, both
 * ABIs seen from the guest's side (a consumer of the FIFO queues as a kernel
 * has it), and a long random run against a model of what must be pending.
 */
#include "core/evtchn.h"

#include <stdlib.h>
#include <string.h>

#include "lib/errno.h"
#include "mm/pool.h"
#include "suite.h"
#include "world.h"

#define VCPUS 3

static struct domain *da, *db;

static void setup(uint32_t max_ports)
{
	world_init(3, VCPUS);
	da = world_domain(0);
	db = world_domain(1);
	for (unsigned int i = 0; i < 3; i++) {
		struct domain *d = world_domain(i);

		CU_ASSERT_FATAL(!evtchn_domain_init(d, max_ports));
		for (unsigned int v = 0; v < VCPUS; v++) {
			CU_ASSERT_FATAL(!evtchn_vcpu_init(d->vcpu[v]));
		}
	}
}

static void teardown(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct domain *d = world_domain(i);

		while (evtchn_domain_destroy(d) == -ERESTART) {
		}
		for (unsigned int v = 0; v < VCPUS; v++) {
			evtchn_vcpu_free(d->vcpu[v]);
		}
		evtchn_domain_free(d);
	}
	world_fini();
}

/* ---- the guest's side ---- */

static bool guest_2l_pending(struct domain *d, evtchn_port_t port)
{
	return d->shared_info->evtchn_pending[port / 64] >> port % 64 & 1;
}

static void guest_2l_mask(struct domain *d, evtchn_port_t port, bool mask)
{
	unsigned long bit = 1UL << port % 64;

	if (mask) {
		d->shared_info->evtchn_mask[port / 64] |= bit;
	} else {
		d->shared_info->evtchn_mask[port / 64] &= ~bit;
	}
}

/* Take all that v is told of; sets got[port]. */
static void guest_2l_consume(struct vcpu *v, uint8_t *got)
{
	struct shared_info *s = v->domain->shared_info;

	if (!v->info->evtchn_upcall_pending) {
		return;
	}
	v->info->evtchn_upcall_pending = 0;
	for (unsigned int w = 0; w < 64; w++) {
		if (!(v->info->evtchn_pending_sel >> w & 1)) {
			continue;
		}
		v->info->evtchn_pending_sel &= ~(1UL << w);
		for (unsigned int b = 0; b < 64; b++) {
			unsigned long bit = 1UL << b;

			if (s->evtchn_pending[w] & ~s->evtchn_mask[w] & bit) {
				s->evtchn_pending[w] &= ~bit;
				got[w * 64 + b] = 1;
			}
		}
	}
}

#define FIFO_PAGES 2
#define FIFO_WORDS (FIFO_PAGES * 1024)

struct guest_fifo {
	event_word_t *page[FIFO_PAGES];
	struct evtchn_fifo_control_block *control[VCPUS];
	uint32_t head[VCPUS][EVTCHN_FIFO_MAX_QUEUES];
};

static event_word_t *guest_word(struct guest_fifo *g, evtchn_port_t port)
{
	return &g->page[port / 1024][port % 1024];
}

static void guest_fifo_start(struct domain *d, struct guest_fifo *g)
{
	memset(g, 0, sizeof(*g));
	for (unsigned int v = 0; v < VCPUS; v++) {
		mfn_t m = world_frame(d);
		struct evtchn_init_control op = {
			.control_gfn = m.n,
			.offset = v * 512,
			.vcpu = v,
		};

		g->control[v] = (void *)((char *)mfn_to_virt(m) + v * 512);
		CU_ASSERT_FATAL(!evtchn_init_control(d, &op));
		CU_ASSERT(op.link_bits == EVTCHN_FIFO_LINK_BITS);
		CU_ASSERT(world_frame_writers(m) == 1);
	}
	for (unsigned int i = 0; i < FIFO_PAGES; i++) {
		mfn_t m = world_frame(d);

		g->page[i] = mfn_to_virt(m);
		for (unsigned int w = 0; w < 1024; w++) {
			g->page[i][w] = 1U << EVTCHN_FIFO_MASKED;
		}
		CU_ASSERT_FATAL(!evtchn_expand_array(d, gfn(m.n)));
	}
}

/* As a kernel does: highest priority first, follow the links. */
static void guest_fifo_consume(struct guest_fifo *g, struct vcpu *v,
			       uint8_t *got)
{
	struct evtchn_fifo_control_block *c = g->control[v->id];
	uint32_t ready;

	if (!v->info->evtchn_upcall_pending) {
		return;
	}
	v->info->evtchn_upcall_pending = 0;
	while ((ready = c->ready)) {
		unsigned int q = (unsigned int)__builtin_ctz(ready);
		uint32_t *head = &g->head[v->id][q], port = *head;
		event_word_t *word;

		if (!port) {
			port = c->head[q];
		}
		CU_ASSERT_FATAL(port && port < FIFO_WORDS);
		word = guest_word(g, port);
		CU_ASSERT(*word >> EVTCHN_FIFO_LINKED & 1);
		*head = *word & EVTCHN_FIFO_LINK_MASK;
		*word &= ~(1U << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK);
		if (!*head) {
			c->ready &= ~(1U << q);
		}
		if (*word >> EVTCHN_FIFO_PENDING & 1 &&
		    !(*word >> EVTCHN_FIFO_MASKED & 1)) {
			*word &= ~(1U << EVTCHN_FIFO_PENDING);
			got[port]++;
		}
	}
}

/* ---- tests ---- */

static void pair(evtchn_port_t *pa, evtchn_port_t *pb)
{
	CU_ASSERT_FATAL(!evtchn_alloc_unbound(da, db->id, pa));
	CU_ASSERT_FATAL(!evtchn_bind_interdomain(db, da, *pa, pb));
}

static void interdomain(void)
{
	struct evtchn_status status = { 0 };
	evtchn_port_t pa, pb, other;
	uint8_t got[4096] = { 0 };

	setup(0);
	CU_ASSERT(!evtchn_alloc_unbound(da, db->id, &pa));
	CU_ASSERT(pa == 1);
	/* Nobody there: not an error, and nothing happens. */
	CU_ASSERT(evtchn_send(da, pa) == 0);
	/* Only the named domain may bind, and only existing ports. */
	CU_ASSERT(evtchn_bind_interdomain(world_domain(2), da, pa, &other) ==
		  -EINVAL);
	CU_ASSERT(evtchn_bind_interdomain(db, da, 99, &other) == -EINVAL);
	CU_ASSERT(evtchn_bind_interdomain(db, da, 99999, &other) == -EINVAL);
	CU_ASSERT(evtchn_bind_interdomain(db, da, 0, &other) == -EINVAL);
	CU_ASSERT(!evtchn_bind_interdomain(db, da, pa, &pb));
	CU_ASSERT(evtchn_bind_interdomain(db, da, pa, &other) == -EINVAL);
	/* Binding says that something may have been sent before. */
	CU_ASSERT(guest_2l_pending(db, pb));
	guest_2l_consume(db->vcpu[0], got);
	CU_ASSERT(got[pb]);

	CU_ASSERT(!evtchn_get_status(db, pb, &status));
	CU_ASSERT(status.status == EVTCHNSTAT_interdomain);
	CU_ASSERT(status.u.interdomain.dom == da->id);
	CU_ASSERT(status.u.interdomain.port == pa);

	CU_ASSERT(!evtchn_send(da, pa));
	CU_ASSERT(world_kicks(db->vcpu[0]) == 2);
	CU_ASSERT(!evtchn_send(da, pa)); /* pending already: no second kick */
	CU_ASSERT(world_kicks(db->vcpu[0]) == 2);

	/* The other end goes: unbound again, for the same domain. */
	CU_ASSERT(!evtchn_close(db, pb));
	CU_ASSERT(!guest_2l_pending(db, pb));
	CU_ASSERT(!evtchn_get_status(da, pa, &status));
	CU_ASSERT(status.status == EVTCHNSTAT_unbound);
	CU_ASSERT(status.u.unbound.dom == db->id);
	CU_ASSERT(evtchn_close(db, pb) == -EINVAL);
	CU_ASSERT(evtchn_close(db, 0) == -EINVAL);
	CU_ASSERT(!evtchn_bind_interdomain(db, da, pa, &pb));
	teardown();
}

static void loopback(void)
{
	evtchn_port_t p, q;

	setup(0);
	CU_ASSERT(!evtchn_alloc_unbound(da, da->id, &p));
	CU_ASSERT(!evtchn_bind_interdomain(da, da, p, &q));
	CU_ASSERT(p != q);
	CU_ASSERT(!evtchn_send(da, p));
	CU_ASSERT(guest_2l_pending(da, q) && !guest_2l_pending(da, p));
	CU_ASSERT(!evtchn_send(da, q));
	CU_ASSERT(guest_2l_pending(da, p));
	teardown();
}

static void virqs(void)
{
	evtchn_port_t p, q;

	setup(0);
	CU_ASSERT(evtchn_bind_virq(da, NR_VIRQS, 0, &p) == -EINVAL);
	CU_ASSERT(evtchn_bind_virq(da, VIRQ_TIMER, VCPUS, &p) == -ENOENT);
	CU_ASSERT(evtchn_bind_virq(da, VIRQ_DOM_EXC, 1, &p) == -EINVAL);
	CU_ASSERT(!evtchn_bind_virq(da, VIRQ_TIMER, 1, &p));
	CU_ASSERT(evtchn_bind_virq(da, VIRQ_TIMER, 1, &q) == -EEXIST);
	CU_ASSERT(evtchn_bind_vcpu(da, p, 2) == -EINVAL);
	CU_ASSERT(!evtchn_bind_virq(da, VIRQ_DOM_EXC, 0, &q));
	CU_ASSERT(!evtchn_bind_vcpu(da, q, 2));
	CU_ASSERT(evtchn_send(da, p) == -EINVAL);

	evtchn_send_virq(da->vcpu[0], VIRQ_TIMER); /* not bound there */
	CU_ASSERT(!guest_2l_pending(da, p));
	evtchn_send_virq(da->vcpu[1], VIRQ_TIMER);
	CU_ASSERT(guest_2l_pending(da, p));
	evtchn_send_global_virq(VIRQ_DOM_EXC);
	CU_ASSERT(guest_2l_pending(da, q));
	CU_ASSERT(world_kicks(da->vcpu[2]) == 1);

	/* Closed, it can be bound anew, also after it was moved. */
	CU_ASSERT(!evtchn_close(da, q));
	evtchn_send_global_virq(VIRQ_DOM_EXC);
	CU_ASSERT(!guest_2l_pending(da, q));
	CU_ASSERT(!evtchn_bind_virq(da, VIRQ_DOM_EXC, 0, &q));
	CU_ASSERT(!evtchn_close(da, p));
	CU_ASSERT(!evtchn_bind_virq(da, VIRQ_TIMER, 1, &p));
	teardown();
}

static void ipis_and_pirqs(void)
{
	struct evtchn_status status;
	evtchn_port_t p, q;

	setup(0);
	CU_ASSERT(evtchn_bind_ipi(db, VCPUS, &p) == -ENOENT);
	CU_ASSERT(!evtchn_bind_ipi(db, 2, &p));
	CU_ASSERT(!evtchn_send(db, p));
	CU_ASSERT(world_kicks(db->vcpu[2]) == 1);
	CU_ASSERT(evtchn_bind_vcpu(db, p, 0) == -EINVAL);

	CU_ASSERT(evtchn_bind_pirq(db, 3, false, &q) == -ESRCH);
	/* The failure leaves no port behind. */
	CU_ASSERT(!evtchn_alloc_unbound(db, 0, &q) && q == p + 1);
	CU_ASSERT(!evtchn_bind_pirq(da, 3, false, &p));
	CU_ASSERT(evtchn_bind_pirq(da, 3, false, &q) == -EEXIST);
	evtchn_send_pirq(da, p);
	CU_ASSERT(guest_2l_pending(da, p));
	CU_ASSERT(!evtchn_bind_vcpu(da, p, 1));
	CU_ASSERT(!evtchn_get_status(da, p, &status));
	CU_ASSERT(status.status == EVTCHNSTAT_pirq && status.u.pirq == 3 &&
		  status.vcpu == 1);
	CU_ASSERT(!evtchn_close(da, p));
	evtchn_send_pirq(da, p);
	CU_ASSERT(!guest_2l_pending(da, p));
	CU_ASSERT(!evtchn_bind_pirq(da, 3, false, &p));
	teardown();
}

static void masking(void)
{
	evtchn_port_t pa, pb;

	setup(0);
	pair(&pa, &pb);
	memset(db->shared_info->evtchn_pending, 0, 512);
	memset(db->vcpu[0]->info, 0, sizeof(*db->vcpu[0]->info));
	guest_2l_mask(db, pb, true);
	CU_ASSERT(!evtchn_send(da, pa));
	CU_ASSERT(evtchn_port_is_pending(db, pb));
	CU_ASSERT(!db->vcpu[0]->info->evtchn_upcall_pending);
	CU_ASSERT(!evtchn_unmask(db, pb));
	CU_ASSERT(db->vcpu[0]->info->evtchn_upcall_pending);
	CU_ASSERT(evtchn_upcall_pending(db->vcpu[0]));
	db->vcpu[0]->info->evtchn_upcall_mask = 1;
	CU_ASSERT(!evtchn_upcall_pending(db->vcpu[0]));
	CU_ASSERT(evtchn_unmask(db, 4095) == -EINVAL);
	teardown();
}

static void polling(void)
{
	evtchn_port_t pa, pb;

	setup(0);
	pair(&pa, &pb);
	memset(db->shared_info->evtchn_pending, 0, 512);
	guest_2l_mask(db, pb, true); /* pollers are woken even so */
	evtchn_poll_begin(db->vcpu[1], pb + 1);
	evtchn_poll_begin(db->vcpu[2], pb);
	evtchn_send(da, pa);
	CU_ASSERT(world_unblocks(db->vcpu[1]) == 0);
	CU_ASSERT(world_unblocks(db->vcpu[2]) == 1);
	evtchn_poll_end(db->vcpu[1]);
	evtchn_poll_begin(db->vcpu[0], 0);
	db->shared_info->evtchn_pending[0] = 0;
	evtchn_send(da, pa);
	CU_ASSERT(world_unblocks(db->vcpu[0]) == 1);
	CU_ASSERT(world_unblocks(db->vcpu[2]) == 1);
	teardown();
}

static void limits(void)
{
	evtchn_port_t p;

	setup(300); /* three buckets */
	for (unsigned int i = 1; i < 300; i++) {
		CU_ASSERT_FATAL(!evtchn_bind_ipi(db, 0, &p));
		CU_ASSERT(p == i);
	}
	CU_ASSERT(evtchn_bind_ipi(db, 0, &p) == -ENOSPC);
	CU_ASSERT(strstr(world_last_log(), "out of event channel ports") !=
		  NULL);
	CU_ASSERT(!evtchn_close(db, 150));
	CU_ASSERT(!evtchn_close(db, 20));
	CU_ASSERT(!evtchn_bind_ipi(db, 0, &p) && p == 20);
	CU_ASSERT(!evtchn_bind_ipi(db, 0, &p) && p == 150);
	CU_ASSERT(evtchn_bind_ipi(db, 0, &p) == -ENOSPC);
	teardown();
}

/* Every allocation fails once: an error, nothing changed, nothing leaks. */
static void no_memory(void)
{
	evtchn_port_t p;
	mfn_t m;

	world_init(3, VCPUS);
	da = world_domain(0);
	for (unsigned int n = 1; n < 3; n++) {
		world_fail_alloc(n);
		CU_ASSERT(evtchn_domain_init(da, 0) == -ENOMEM);
	}
	world_fail_alloc(0);
	CU_ASSERT(pool_objects() == 0);
	world_fini();

	setup(0);
	for (unsigned int i = 1; i < 128; i++) {
		CU_ASSERT(!evtchn_bind_ipi(da, 0, &p));
	}
	world_fail_alloc(1);
	CU_ASSERT(evtchn_bind_ipi(da, 0, &p) == -ENOMEM);
	m = world_frame(da);
	for (unsigned int n = 1; n < 3; n++) {
		struct evtchn_init_control op = { .control_gfn = m.n };

		world_fail_alloc(n);
		CU_ASSERT(evtchn_init_control(da, &op) == -ENOMEM);
		CU_ASSERT(world_frame_refs(m) == 0);
	}
	world_fail_alloc(0);
	CU_ASSERT(!evtchn_bind_ipi(da, 0, &p));
	teardown();
}

static void fifo_errors(void)
{
	struct evtchn_init_control op = { 0 };
	evtchn_port_t p;
	mfn_t mine, foreign;

	setup(0);
	mine = world_frame(da);
	foreign = world_frame(db);
	CU_ASSERT(evtchn_expand_array(da, gfn(mine.n)) == -EOPNOTSUPP);
	CU_ASSERT(!evtchn_bind_ipi(da, 0, &p));
	CU_ASSERT(evtchn_set_priority(da, p, 3) == -ENOSYS);
	op.vcpu = VCPUS;
	op.control_gfn = mine.n;
	CU_ASSERT(evtchn_init_control(da, &op) == -ENOENT);
	op.vcpu = 0;
	op.offset = 4;
	CU_ASSERT(evtchn_init_control(da, &op) == -EINVAL);
	op.offset = PAGE_SIZE - 64;
	CU_ASSERT(evtchn_init_control(da, &op) == -EINVAL);
	op.offset = UINT32_MAX & ~7U;
	CU_ASSERT(evtchn_init_control(da, &op) == -EINVAL);
	op.offset = 0;
	op.control_gfn = foreign.n;
	CU_ASSERT(evtchn_init_control(da, &op) == -EINVAL);
	op.control_gfn = ~0UL;
	CU_ASSERT(evtchn_init_control(da, &op) == -EINVAL);
	world_make_table(mine, true);
	op.control_gfn = mine.n;
	CU_ASSERT(evtchn_init_control(da, &op) == -EINVAL);
	world_make_table(mine, false);
	CU_ASSERT(!evtchn_init_control(da, &op));
	CU_ASSERT(evtchn_init_control(da, &op) == -EINVAL); /* once */
	CU_ASSERT(world_frame_refs(mine) == 1);
	CU_ASSERT(evtchn_expand_array(da, gfn(foreign.n)) == -EINVAL);
	CU_ASSERT(evtchn_expand_array(da, gfn(~0UL)) == -EINVAL);
	CU_ASSERT(evtchn_set_priority(da, p, 16) == -EINVAL);
	CU_ASSERT(evtchn_set_priority(da, p + 1, 3) == -EINVAL);
	CU_ASSERT(!evtchn_set_priority(da, p, 15));
	for (unsigned int i = 0; i < 128; i++) {
		CU_ASSERT(!evtchn_expand_array(da, gfn(mine.n)));
	}
	CU_ASSERT(evtchn_expand_array(da, gfn(mine.n)) == -ENOSPC);
	CU_ASSERT(world_frame_refs(mine) == 129);
	/* Reset gives all of it back and two levels again. */
	while (evtchn_reset(da) == -ERESTART) {
	}
	CU_ASSERT(world_frame_refs(mine) == 0);
	CU_ASSERT(!da->evtchn.fifo);
	teardown();
}

static void fifo_order(void)
{
	struct guest_fifo g;
	evtchn_port_t pa[3], pb[3];
	uint8_t got[FIFO_WORDS] = { 0 };

	setup(0);
	/* One pending before the switch is taken over. */
	pair(&pa[0], &pb[0]);
	guest_fifo_start(db, &g);
	CU_ASSERT(*guest_word(&g, pb[0]) >> EVTCHN_FIFO_PENDING & 1);
	pair(&pa[1], &pb[1]);
	pair(&pa[2], &pb[2]);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT(!evtchn_unmask(db, pb[i]));
	}
	guest_fifo_consume(&g, db->vcpu[0], got);
	CU_ASSERT(got[pb[0]] == 1 && got[pb[1]] == 1 && got[pb[2]] == 1);
	CU_ASSERT(!evtchn_set_priority(db, pb[2], 1));
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT(!evtchn_send(da, pa[i]));
	}
	CU_ASSERT(g.control[0]->ready == (1U << 1 | 1U << 7));
	CU_ASSERT(g.control[0]->head[1] == pb[2]);
	guest_fifo_consume(&g, db->vcpu[0], got);
	CU_ASSERT(got[pb[0]] == 2 && got[pb[1]] == 2 && got[pb[2]] == 2);

	/* A linked port is not given out again. */
	CU_ASSERT(!evtchn_send(da, pa[0]));
	CU_ASSERT(!evtchn_close(db, pb[0]));
	CU_ASSERT(!evtchn_bind_ipi(db, 0, &pa[0]));
	CU_ASSERT(pa[0] != pb[0]);
	guest_fifo_consume(&g, db->vcpu[0], got);
	CU_ASSERT(got[pb[0]] == 2);
	CU_ASSERT(!evtchn_bind_ipi(db, 0, &pa[0]));
	CU_ASSERT(pa[0] == pb[0]);
	teardown();
}

/* A hostile guest spoils its words and control blocks: nothing crashes, and
 * another domain's events still come. */
static void fifo_hostile(void)
{
	struct guest_fifo g;
	evtchn_port_t pa[40], pb[40];

	setup(0);
	srand(3);
	guest_fifo_start(db, &g);
	for (unsigned int i = 0; i < 40; i++) {
		pair(&pa[i], &pb[i]);
	}
	for (unsigned int i = 0; i < 200000; i++) {
		unsigned int n = (unsigned int)rand() % 40;

		switch (rand() % 6) {
		case 0:
			g.page[0][rand() % 1024] =
				(uint32_t)rand() << 1 ^ (uint32_t)rand();
			break;
		case 1:
			g.control[rand() % VCPUS]->ready = (uint32_t)rand();
			g.control[rand() % VCPUS]->head[rand() % 16] =
				(uint32_t)rand();
			break;
		case 2:
			evtchn_unmask(db, pb[n]);
			break;
		case 3:
			evtchn_bind_vcpu(db, pb[n], (uint32_t)rand() % VCPUS);
			evtchn_set_priority(db, pb[n], (uint32_t)rand() % 16);
			break;
		default:
			CU_ASSERT_FATAL(!evtchn_send(da, pa[n]));
		}
	}
	db->shared_info->evtchn_pending[0] = 0;
	memset(da->shared_info->evtchn_pending, 0, 512);
	for (unsigned int i = 0; i < 40; i++) {
		CU_ASSERT(!evtchn_send(db, pb[i]));
		CU_ASSERT(guest_2l_pending(da, pa[i]));
	}
	teardown();
}

/*
 * Random operations on db's ports by FIFO or two levels; `due` is what the
 * guest must still be told of. After each consume() nothing due may be left on
 * an unmasked port.
 */
static void model_run(bool fifo, unsigned int seed)
{
	enum {
		N = 24
	};
	struct guest_fifo g;
	evtchn_port_t pa[N], pb[N];
	bool due[N] = { 0 }, masked[N] = { 0 };
	uint8_t got[4096];

	setup(0);
	srand(seed);
	if (fifo) {
		guest_fifo_start(db, &g);
	}
	for (unsigned int i = 0; i < N; i++) {
		pair(&pa[i], &pb[i]);
		if (fifo) {
			evtchn_unmask(db, pb[i]);
		}
		due[i] = true;
	}
	for (unsigned int step = 0; step < 30000; step++) {
		unsigned int i = (unsigned int)rand() % N;

		switch (rand() % 8) {
		case 0:
			if (fifo) {
				*guest_word(&g, pb[i]) |= 1U
							  << EVTCHN_FIFO_MASKED;
			} else {
				guest_2l_mask(db, pb[i], true);
			}
			masked[i] = true;
			break;
		case 1:
			CU_ASSERT(!evtchn_unmask(db, pb[i]));
			masked[i] = false;
			break;
		case 2:
			/* Told on the old vCPU is also well. */
			evtchn_bind_vcpu(db, pb[i], (uint32_t)rand() % VCPUS);
			if (fifo) {
				evtchn_set_priority(db, pb[i],
						    (uint32_t)rand() % 16);
			}
			break;
		case 3:
			memset(got, 0, sizeof(got));
			for (unsigned int v = 0; v < VCPUS; v++) {
				if (fifo) {
					guest_fifo_consume(&g, db->vcpu[v],
							   got);
				} else {
					guest_2l_consume(db->vcpu[v], got);
				}
			}
			for (unsigned int k = 0; k < N; k++) {
				CU_ASSERT_FATAL(!got[pb[k]] || due[k]);
				CU_ASSERT_FATAL(!due[k] || masked[k] ||
						got[pb[k]]);
				due[k] = due[k] && !got[pb[k]];
			}
			break;
		default:
			CU_ASSERT(!evtchn_send(da, pa[i]));
			due[i] = true;
		}
	}
	teardown();
}

static void model_2l(void)
{
	for (unsigned int seed = 1; seed < 6; seed++) {
		model_run(false, seed);
	}
}

static void model_fifo(void)
{
	for (unsigned int seed = 1; seed < 6; seed++) {
		model_run(true, seed);
	}
}

static void reset_and_death(void)
{
	evtchn_port_t pa, pb;
	unsigned int calls = 1;

	setup(0);
	for (unsigned int i = 0; i < 300; i++) {
		pair(&pa, &pb);
	}
	while (evtchn_reset(db) == -ERESTART) {
		calls++;
	}
	CU_ASSERT(calls > 3); /* in pieces */
	CU_ASSERT(db->evtchn.used_ports == 0);
	CU_ASSERT(da->evtchn.used_ports == 300);
	CU_ASSERT(!evtchn_bind_interdomain(db, da, pa, &pb) && pb == 1);
	while (evtchn_domain_destroy(da) == -ERESTART) {
	}
	CU_ASSERT(!evtchn_domain_destroy(da)); /* again does no harm */
	CU_ASSERT(evtchn_bind_ipi(da, 0, &pa) == -EINVAL);
	CU_ASSERT(evtchn_reset(da) == -EINVAL);
	CU_ASSERT(!evtchn_send(db, pb)); /* unbound now */
	CU_ASSERT(evtchn_bind_interdomain(world_domain(2), da, 1, &pb) ==
		  -EINVAL);
	teardown();
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "interdomain", interdomain },
		{ "loopback", loopback },
		{ "virqs", virqs },
		{ "ipis and pirqs", ipis_and_pirqs },
		{ "masking", masking },
		{ "polling", polling },
		{ "limits", limits },
		{ "no memory", no_memory },
		{ "fifo errors", fifo_errors },
		{ "fifo order", fifo_order },
		{ "fifo hostile", fifo_hostile },
		{ "model, two-level", model_2l },
		{ "model, fifo", model_fifo },
		{ "reset and death", reset_and_death },
		{ NULL, NULL },
	};

	return suite_run("event channels", tests);
}
