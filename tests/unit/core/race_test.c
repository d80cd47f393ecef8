/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels and grants with several CPUs at once, built with TSan: threads
 * run as vCPUs of two domains and do everything that can meet. What is checked
 * is that nothing is torn, lost at the end, or left held; the order is chance.
 */
#include <stdlib.h>

#include "core/evtchn.h"
#include "core/grant.h"
#include "lib/errno.h"
#include "suite.h"
#include "threads.h"
#include "world.h"
#include "x86/atomic.h"

#define VCPUS 2
#define STEPS 20000
#define PORTS 12

static struct domain *dom[2];
static evtchn_port_t shared_port[2][PORTS];

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1103515245U + 12345U;
	return *state >> 16 & 0x7fff;
}

static void setup(void)
{
	world_init(2, VCPUS);
	for (unsigned int i = 0; i < 2; i++) {
		dom[i] = world_domain(i);
		CU_ASSERT_FATAL(!evtchn_domain_init(dom[i], 200));
		for (unsigned int v = 0; v < VCPUS; v++) {
			evtchn_vcpu_init(dom[i]->vcpu[v]);
		}
		CU_ASSERT_FATAL(!grant_table_create(dom[i], 2, 8));
	}
}

static void teardown(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		while (evtchn_domain_destroy(dom[i]) == -ERESTART) {
		}
		while (grant_table_release_mappings(dom[i]) == -ERESTART) {
		}
		for (unsigned int v = 0; v < VCPUS; v++) {
			evtchn_vcpu_free(dom[i]->vcpu[v]);
		}
		evtchn_domain_free(dom[i]);
	}
	for (unsigned int i = 0; i < 2; i++) {
		grant_table_destroy(dom[i]);
	}
	world_fini();
}

/* Open, join, send, move, close at random; errors are expected. */
static void port_thread(unsigned int index)
{
	struct domain *d = dom[index & 1], *o = dom[~index & 1];
	unsigned int r = index + 1;

	world_run(d, index / 2 % VCPUS);
	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int slot = next_random(&r) % PORTS;
		evtchn_port_t *mine = &shared_port[index & 1][slot];
		evtchn_port_t *theirs = &shared_port[~index & 1][slot];
		evtchn_port_t p;

		switch (next_random(&r) % 12) {
		case 0:
			if (!evtchn_alloc_unbound(d, o->id, &p)) {
				write_once(*mine, p);
			}
			break;
		case 1:
			if (!evtchn_bind_interdomain(d, o, read_once(*theirs),
						     &p)) {
				write_once(*mine, p);
			}
			break;
		case 2:
			evtchn_close(d, read_once(*mine));
			break;
		case 3:
			evtchn_unmask(d, read_once(*mine));
			break;
		case 4:
			evtchn_bind_vcpu(d, read_once(*mine),
					 next_random(&r) % VCPUS);
			evtchn_set_priority(d, read_once(*mine),
					    next_random(&r) % 16);
			break;
		case 5:
			if (next_random(&r) % 50 == 0) {
				evtchn_reset(d);
			} else if (!evtchn_bind_virq(d, VIRQ_TIMER,
						     index / 2 % VCPUS, &p)) {
				evtchn_send_virq(d->vcpu[index / 2 % VCPUS],
						 VIRQ_TIMER);
				evtchn_close(d, p);
			}
			break;
		case 6:
			evtchn_poll_begin(d->vcpu[index / 2 % VCPUS],
					  read_once(*mine));
			evtchn_port_is_pending(d, read_once(*mine));
			evtchn_poll_end(d->vcpu[index / 2 % VCPUS]);
			break;
		default:
			evtchn_send(d, read_once(*mine));
		}
	}
}

static void ports_two_level(void)
{
	setup();
	host_run_threads(4, port_thread);
	teardown();
}

static void start_fifo(struct domain *d)
{
	for (unsigned int v = 0; v < VCPUS; v++) {
		struct evtchn_init_control op = {
			.control_gfn = world_frame(d).n,
			.vcpu = v,
		};

		CU_ASSERT_FATAL(!evtchn_init_control(d, &op));
	}
	CU_ASSERT_FATAL(!evtchn_expand_array(d, gfn(world_frame(d).n)));
}

static void ports_fifo(void)
{
	setup();
	start_fifo(dom[0]);
	start_fifo(dom[1]);
	host_run_threads(4, port_thread);
	teardown();
}

/* Many senders, one receiver that takes all: no event may be lost. */
#define SENDERS 3

static struct evtchn_fifo_control_block *control;
static event_word_t *words;
static evtchn_port_t out[SENDERS], in[SENDERS];
static uint32_t sent[SENDERS], taken[SENDERS], senders_left;

static void take_queue(uint32_t *head, unsigned int q)
{
	evtchn_port_t port = *head;
	event_word_t w;

	if (!port) {
		port = load_acquire(&control->head[q]);
	}
	w = atomic_fetch_and(&words[port], ~(1U << EVTCHN_FIFO_LINKED |
					     (uint32_t)EVTCHN_FIFO_LINK_MASK));
	*head = w & EVTCHN_FIFO_LINK_MASK;
	w = atomic_fetch_and(&words[port], ~(1U << EVTCHN_FIFO_PENDING));
	for (unsigned int i = 0; i < SENDERS; i++) {
		if (in[i] == port && w >> EVTCHN_FIFO_PENDING) {
			taken[i] = load_acquire(&sent[i]);
		}
	}
}

/*
 * As Linux does: `ready` is taken whole, and only the copy's bits are cleared.
 * To clear a bit of the shared word at a queue's end would lose an event that
 * became the new head just before.
 */
static void take_all(uint32_t *heads)
{
	struct vcpu_info *info = dom[0]->vcpu[0]->info;
	uint32_t ready;

	if (!atomic_xchg(&info->evtchn_upcall_pending, 0)) {
		return;
	}
	while ((ready = atomic_xchg(&control->ready, 0))) {
		while (ready) {
			unsigned int q = (unsigned int)__builtin_ctz(ready);

			ready &= ready - 1;
			do {
				take_queue(&heads[q], q);
			} while (heads[q]);
		}
	}
}

static void lossless_thread(unsigned int index)
{
	uint32_t heads[EVTCHN_FIFO_MAX_QUEUES] = { 0 };
	unsigned int r = index + 5;

	if (index < SENDERS) {
		world_run(dom[1], 0);
		for (unsigned int i = 0; i < STEPS; i++) {
			atomic_fetch_add(&sent[index], 1);
			evtchn_send(dom[1], out[index]);
			if (next_random(&r) % 64 == 0) {
				evtchn_set_priority(dom[0], in[index],
						    next_random(&r) % 4);
			}
		}
		atomic_fetch_sub(&senders_left, 1);
		return;
	}
	world_run(dom[0], 0);
	while (read_once(senders_left)) {
		take_all(heads);
		host_yield();
	}
	take_all(heads);
}

static void nothing_lost(void)
{
	struct evtchn_init_control op = { 0 };
	mfn_t array;

	setup();
	op.control_gfn = world_frame(dom[0]).n;
	control = mfn_to_virt(mfn(op.control_gfn));
	CU_ASSERT_FATAL(!evtchn_init_control(dom[0], &op));
	array = world_frame(dom[0]);
	words = mfn_to_virt(array);
	CU_ASSERT_FATAL(!evtchn_expand_array(dom[0], gfn(array.n)));
	for (unsigned int i = 0; i < SENDERS; i++) {
		sent[i] = taken[i] = 0;
		CU_ASSERT_FATAL(
			!evtchn_alloc_unbound(dom[1], dom[0]->id, &out[i]));
		CU_ASSERT_FATAL(!evtchn_bind_interdomain(dom[0], dom[1], out[i],
							 &in[i]));
	}
	senders_left = SENDERS;
	host_run_threads(SENDERS + 1, lossless_thread);
	for (unsigned int i = 0; i < SENDERS; i++) {
		CU_ASSERT(taken[i] == STEPS);
	}
	teardown();
}

/* ---- grants ---- */

#define REFS 6

static mfn_t granted[REFS];

static struct grant_entry_v1 *entry(grant_ref_t ref)
{
	mfn_t m;

	CU_ASSERT_FATAL(!grant_table_frame(dom[0], 0, false, &m));
	return (struct grant_entry_v1 *)mfn_to_virt(m) + ref;
}

static void unmap_one(uint64_t addr, grant_handle_t handle)
{
	struct grant_unmap_batch batch = { 0 };
	struct gnttab_unmap_grant_ref op = { .host_addr = addr,
					     .handle = handle };

	grant_unmap(&op, &batch);
	grant_batch_end(&batch);
}

static void grant_thread(unsigned int index)
{
	unsigned int r = index + 9;

	if (index == 0) {
		/* The granter ends and renews its grants all the time. */
		world_run(dom[0], 0);
		for (unsigned int i = 0; i < STEPS; i++) {
			uint16_t *flags = &entry(i % REFS)->flags;
			uint16_t seen = GTF_permit_access;

			atomic_cmpxchg(flags, &seen, 0);
			seen = 0;
			atomic_cmpxchg(flags, &seen, GTF_permit_access);
		}
		return;
	}
	world_run(dom[1], index % VCPUS);
	for (unsigned int i = 0; i < STEPS / 4; i++) {
		uint64_t addr = 0x100000UL * index + 0x1000;
		struct gnttab_map_grant_ref map = {
			.host_addr = addr,
			.flags = GNTMAP_host_map |
				 (next_random(&r) % 2 ? GNTMAP_readonly : 0),
			.ref = next_random(&r) % REFS,
			.dom = dom[0]->id,
		};

		grant_map(&map);
		if (next_random(&r) % 4 == 0) {
			/* A handle that is perhaps another thread's. */
			unmap_one(addr, next_random(&r) % 4);
		}
		if (!map.status) {
			unmap_one(addr, map.handle);
		}
	}
}

static void grants(void)
{
	setup();
	for (unsigned int i = 0; i < REFS; i++) {
		granted[i] = world_frame(dom[0]);
		*entry(i) = (struct grant_entry_v1){
			.flags = GTF_permit_access,
			.domid = dom[1]->id,
			.frame = (uint32_t)granted[i].n,
		};
	}
	host_run_threads(4, grant_thread);
	while (grant_table_release_mappings(dom[1]) == -ERESTART) {
	}
	for (unsigned int i = 0; i < REFS; i++) {
		CU_ASSERT(world_frame_refs(granted[i]) == 0);
		CU_ASSERT(!(entry(i)->flags & (GTF_reading | GTF_writing)));
	}
	teardown();
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "ports, two-level", ports_two_level },
		{ "ports, fifo", ports_fifo },
		{ "nothing lost", nothing_lost },
		{ "grants", grants },
		{ NULL, NULL },
	};

	return suite_run("several CPUs", tests);
}
