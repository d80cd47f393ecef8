/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event channel, grant table and version hypercalls as a guest makes them:
 * arguments in guest memory, rights, errors that are part of the ABI, going on
 * after a preemption at every point, and random calls with random arguments.
 */
#include "interface/handlers.h"

#include <stdlib.h>
#include <string.h>

#include <xen/features.h>
#include <xen/version.h>

#include "core/evtchn.h"
#include "core/grant.h"
#include "lib/errno.h"
#include "suite.h"
#include "world.h"

static union {
	unsigned char bytes[64 * 1024];
	uint64_t align;
} memory;

static void setup(void)
{
	world_init(3, 2);
	for (unsigned int i = 0; i < 3; i++) {
		struct domain *d = world_domain(i);

		CU_ASSERT_FATAL(!evtchn_domain_init(d, 256));
		CU_ASSERT_FATAL(!grant_table_create(d, 4, 4));
	}
	memset(&memory, 0, sizeof(memory));
	world_guest_memory(&memory, sizeof(memory));
}

static void teardown(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		struct domain *d = world_domain(i);

		while (evtchn_domain_destroy(d) == -ERESTART) {
		}
		while (grant_table_release_mappings(d) == -ERESTART) {
		}
		evtchn_domain_free(d);
	}
	for (unsigned int i = 0; i < 3; i++) {
		grant_table_destroy(world_domain(i));
	}
	world_fini();
}

static long call(long (*fn)(struct hypercall *), uint64_t a, const void *b,
		 uint64_t c)
{
	struct hypercall hc = { .arg = { a, (uintptr_t)b, c } };
	long rc;

	do {
		rc = fn(&hc);
	} while (rc == -ERESTART);
	return rc;
}

static long evtchn(uint32_t cmd, const void *arg)
{
	return call(do_event_channel_op, cmd, arg, 0);
}

static long gnttab(uint32_t cmd, const void *arg, unsigned int count)
{
	return call(do_grant_table_op, cmd, arg, count);
}

static void evtchn_rights(void)
{
	struct evtchn_alloc_unbound *a = (void *)memory.bytes;
	struct evtchn_status *s = (void *)memory.bytes;
	struct evtchn_reset *r = (void *)memory.bytes;

	setup();
	world_run(world_domain(1), 0);
	*a = (struct evtchn_alloc_unbound){ .dom = 2 };
	CU_ASSERT(evtchn(EVTCHNOP_alloc_unbound, a) == -EPERM);
	*a = (struct evtchn_alloc_unbound){ .dom = 77 };
	CU_ASSERT(evtchn(EVTCHNOP_alloc_unbound, a) == -EPERM);
	*a = (struct evtchn_alloc_unbound){ .dom = DOMID_SELF,
					    .remote_dom = DOMID_SELF };
	CU_ASSERT(!evtchn(EVTCHNOP_alloc_unbound, a) && a->port == 1);
	*s = (struct evtchn_status){ .dom = 2, .port = 1 };
	CU_ASSERT(evtchn(EVTCHNOP_status, s) == -EPERM);
	*r = (struct evtchn_reset){ .dom = 0 };
	CU_ASSERT(evtchn(EVTCHNOP_reset, r) == -EPERM);
	world_run(world_domain(0), 0);
	*s = (struct evtchn_status){ .dom = 1, .port = 1 };
	CU_ASSERT(!evtchn(EVTCHNOP_status, s));
	CU_ASSERT(s->status == EVTCHNSTAT_unbound && s->u.unbound.dom == 1);
	*s = (struct evtchn_status){ .dom = 77, .port = 1 };
	CU_ASSERT(evtchn(EVTCHNOP_status, s) == -ESRCH);
	CU_ASSERT(evtchn(14, memory.bytes) == -ENOSYS);
	CU_ASSERT(evtchn(~0U, memory.bytes) == -ENOSYS);
	CU_ASSERT(evtchn(EVTCHNOP_send, &memory.bytes[sizeof(memory) - 2]) ==
		  -EFAULT);
	CU_ASSERT(evtchn(EVTCHNOP_send, (void *)~0UL) == -EFAULT);
	teardown();
}

static void evtchn_reset_preempted(void)
{
	struct evtchn_bind_ipi *b = (void *)memory.bytes;
	struct evtchn_reset *r = (void *)memory.bytes;

	setup();
	world_run(world_domain(1), 0);
	for (unsigned int i = 1; i < 256; i++) {
		b->vcpu = 1;
		CU_ASSERT(!evtchn(EVTCHNOP_bind_ipi, b) && b->port == i);
	}
	b->vcpu = 0;
	CU_ASSERT(evtchn(EVTCHNOP_bind_ipi, b) == -ENOSPC);
	world_preempt_every(1);
	r->dom = DOMID_SELF;
	CU_ASSERT(!evtchn(EVTCHNOP_reset, r));
	CU_ASSERT(!world_domain(1)->evtchn.used_ports);
	teardown();
}

static void grant_tables(void)
{
	struct gnttab_setup_table *st = (void *)memory.bytes;
	struct gnttab_query_size *q = (void *)memory.bytes;
	struct gnttab_set_version *sv = (void *)memory.bytes;
	struct gnttab_get_version *gv = (void *)memory.bytes;
	xen_pfn_t *frames = (void *)&memory.bytes[4096];
	mfn_t m;

	setup();
	world_run(world_domain(1), 0);
	*st = (struct gnttab_setup_table){ .dom = DOMID_SELF, .nr_frames = 3 };
	st->frame_list.p = frames;
	CU_ASSERT(!gnttab(GNTTABOP_setup_table, st, 1) && !st->status);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT(!grant_table_frame(world_domain(1), i, false, &m));
		CU_ASSERT(frames[i] == m.n);
	}
	st->nr_frames = 5;
	CU_ASSERT(!gnttab(GNTTABOP_setup_table, st, 1));
	CU_ASSERT(st->status == GNTST_general_error);
	st->nr_frames = 1;
	st->dom = 2;
	CU_ASSERT(!gnttab(GNTTABOP_setup_table, st, 1));
	CU_ASSERT(st->status == GNTST_permission_denied);
	st->dom = DOMID_SELF;
	st->frame_list.p = (void *)&memory.bytes[sizeof(memory) - 4];
	CU_ASSERT(gnttab(GNTTABOP_setup_table, st, 1) == -EFAULT);
	*q = (struct gnttab_query_size){ .dom = DOMID_SELF };
	CU_ASSERT(!gnttab(GNTTABOP_query_size, q, 1));
	CU_ASSERT(!q->status && q->nr_frames == 3 && q->max_nr_frames == 4);
	sv->version = 2;
	CU_ASSERT(gnttab(GNTTABOP_set_version, sv, 1) == -ENOSYS);
	sv->version = 3;
	CU_ASSERT(gnttab(GNTTABOP_set_version, sv, 1) == -EINVAL);
	sv->version = 1;
	CU_ASSERT(!gnttab(GNTTABOP_set_version, sv, 1) && sv->version == 1);
	*gv = (struct gnttab_get_version){ .dom = 0 };
	CU_ASSERT(gnttab(GNTTABOP_get_version, gv, 1) == -EPERM);
	gv->dom = DOMID_SELF;
	CU_ASSERT(!gnttab(GNTTABOP_get_version, gv, 1) && gv->version == 1);
	CU_ASSERT(gnttab(GNTTABOP_transfer, gv, 1) == -EOPNOTSUPP);
	CU_ASSERT(gnttab(GNTTABOP_dump_table, gv, 1) == -ENOSYS);
	CU_ASSERT(gnttab(13, gv, 1) == -ENOSYS);
	CU_ASSERT(gnttab(GNTTABOP_copy, gv, 1U << 31) == -EINVAL);
	CU_ASSERT(!gnttab(GNTTABOP_copy, gv, 0));
	teardown();
}

#define N 100

/* A batch, preempted after each element: as if it had not been. */
static void batches(unsigned int preempt)
{
	struct gnttab_map_grant_ref *map = (void *)memory.bytes;
	struct gnttab_unmap_grant_ref *un = (void *)&memory.bytes[16384];
	struct gnttab_copy *copy = (void *)memory.bytes;
	struct domain *granter = world_domain(1);
	struct grant_entry_v1 *table;
	mfn_t m, frames[N], mine;

	CU_ASSERT_FATAL(!grant_table_frame(granter, 0, true, &m));
	table = mfn_to_virt(m);
	world_run(world_domain(2), 0);
	world_preempt_every(preempt);
	mine = world_frame(world_domain(2));
	for (unsigned int i = 0; i < N; i++) {
		frames[i] = world_frame(granter);
		table[i] = (struct grant_entry_v1){ GTF_permit_access, 2,
						    (uint32_t)frames[i].n };
		map[i] = (struct gnttab_map_grant_ref){
			.host_addr = 0x1000 * (i + 1),
			.flags = GNTMAP_host_map,
			.ref = i == 50 ? 400 : i,
			.dom = 1,
		};
	}
	CU_ASSERT(!gnttab(GNTTABOP_map_grant_ref, map, N));
	for (unsigned int i = 0; i < N; i++) {
		CU_ASSERT(map[i].status ==
			  (i == 50 ? GNTST_general_error : GNTST_okay));
		CU_ASSERT(world_frame_refs(frames[i]) == (i != 50));
		un[i] = (struct gnttab_unmap_grant_ref){
			.host_addr = map[i].host_addr,
			.handle = i == 50 ? 77777 : map[i].handle,
		};
	}
	CU_ASSERT(!gnttab(GNTTABOP_unmap_grant_ref, un, N));
	for (unsigned int i = 0; i < N; i++) {
		CU_ASSERT(un[i].status ==
			  (i == 50 ? GNTST_bad_handle : GNTST_okay));
		CU_ASSERT(world_frame_refs(frames[i]) == 0);
		*(uint32_t *)mfn_to_virt(frames[i]) = i;
		copy[i] = (struct gnttab_copy){
			.source = { .u.ref = i, .domid = 1 },
			.dest = { .u.gmfn = mine.n,
				  .domid = DOMID_SELF,
				  .offset = (uint16_t)(i * 4) },
			.len = 4,
			.flags = GNTCOPY_source_gref,
		};
	}
	CU_ASSERT(!gnttab(GNTTABOP_copy, copy, N));
	for (unsigned int i = 0; i < N; i++) {
		CU_ASSERT(!copy[i].status);
		CU_ASSERT(((uint32_t *)mfn_to_virt(mine))[i] == i);
		CU_ASSERT(world_frame_refs(frames[i]) == 0);
	}
}

static void batches_preempted(void)
{
	for (unsigned int every = 0; every < 4; every++) {
		setup();
		batches(every);
		teardown();
	}
}

static void version_strings(void)
{
	struct xen_feature_info *f = (void *)memory.bytes;
	unsigned int size = sizeof(xen_capabilities_info_t);

	setup();
	world_domain(1)->privileged = false;
	world_run(world_domain(1), 0);
	CU_ASSERT(call(do_xen_version, XENVER_version, NULL, 0) ==
		  (4 << 16 | 17));
	memset(&memory, 0xaa, sizeof(memory));
	CU_ASSERT(!call(do_xen_version, XENVER_capabilities, memory.bytes, 0));
	CU_ASSERT_STRING_EQUAL((char *)memory.bytes, "xen-3.0-x86_64");
	for (unsigned int i = 14; i < size; i++) {
		CU_ASSERT(!memory.bytes[i]);
	}
	CU_ASSERT(memory.bytes[size] == 0xaa);
	CU_ASSERT(!call(do_xen_version, XENVER_commandline, memory.bytes, 0));
	CU_ASSERT_STRING_EQUAL((char *)memory.bytes, "<denied>");
	CU_ASSERT(call(do_xen_version, XENVER_build_id, NULL, 0) == -EPERM);
	CU_ASSERT(call(do_xen_version, 11, memory.bytes, 0) == -ENOSYS);
	f->submap_idx = 0;
	CU_ASSERT(!call(do_xen_version, XENVER_get_features, f, 0));
	CU_ASSERT(!(f->submap & 1U << XENFEAT_dom0));
	CU_ASSERT(!(f->submap & 1U << XENFEAT_writable_page_tables));
	f->submap_idx = 1;
	CU_ASSERT(call(do_xen_version, XENVER_get_features, f, 0) == -EINVAL);
	world_run(world_domain(0), 0);
	f->submap_idx = 0;
	CU_ASSERT(!call(do_xen_version, XENVER_get_features, f, 0));
	CU_ASSERT(f->submap & 1U << XENFEAT_dom0);
	teardown();
}

/* Anything at all, by three domains: no crash, and all comes back. */
static void fuzz(void)
{
	for (unsigned int seed = 1; seed < 5; seed++) {
		setup();
		srand(seed);
		for (unsigned int i = 0; i < 8; i++) {
			world_frame(world_domain(i % 3));
		}
		for (unsigned int i = 0; i < 60000; i++) {
			uint64_t *words = (uint64_t *)memory.bytes;
			unsigned int at = (unsigned int)rand() % 64;

			world_run(world_domain((unsigned int)rand() % 3),
				  (unsigned int)rand() % 2);
			/* Small numbers meet ports, domains and grants. */
			for (unsigned int w = 0; w < 12; w++) {
				uint64_t v = (uint64_t)rand();

				words[rand() % 80] =
					rand() % 3 ? v % 24 : v << 33 ^ v;
				((uint16_t *)words)[rand() % 320] =
					(uint16_t)(rand() % 4);
				((uint32_t *)words)[rand() % 160] =
					(uint32_t)(rand() % 40);
			}
			world_preempt_every((unsigned int)rand() % 4);
			if (rand() % 2) {
				evtchn((uint32_t)rand() % 16, words + at);
			} else {
				gnttab((uint32_t)rand() % 14, words + at,
				       (unsigned int)rand() % 4);
			}
		}
		teardown();
	}
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "event channel rights", evtchn_rights },
		{ "reset preempted", evtchn_reset_preempted },
		{ "grant tables", grant_tables },
		{ "batches preempted", batches_preempted },
		{ "version strings", version_strings },
		{ "fuzz", fuzz },
		{ NULL, NULL },
	};

	return suite_run("hypercalls", tests);
}
