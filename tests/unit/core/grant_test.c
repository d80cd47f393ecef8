/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables with one thread: what each operation does and refuses, that each
 * failure gives everything back, and a long random run of two domains that
 * grant, map, copy and unmap against a model of the references that must be
 * held.
 */
#include "core/grant.h"

#include <stdlib.h>
#include <string.h>

#include "lib/errno.h"
#include "mm/pool.h"
#include "suite.h"
#include "world.h"

#define FRAMES	 4
#define MAPTRACK 2

static struct domain *da, *db; /* da grants, db maps */

static void setup(void)
{
	world_init(3, 2);
	da = world_domain(1);
	db = world_domain(2);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_FATAL(
			!grant_table_create(world_domain(i), FRAMES, MAPTRACK));
	}
	world_run(db, 0);
}

static void teardown(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		while (grant_table_release_mappings(world_domain(i)) ==
		       -ERESTART) {
		}
		CU_ASSERT(!grant_table_mappings(world_domain(i)));
	}
	for (unsigned int i = 0; i < 3; i++) {
		grant_table_destroy(world_domain(i));
	}
	world_fini();
}

static struct grant_entry_v1 *entry(struct domain *d, grant_ref_t ref)
{
	mfn_t m;

	CU_ASSERT_FATAL(!grant_table_frame(d, ref / 512, true, &m));
	return (struct grant_entry_v1 *)mfn_to_virt(m) + ref % 512;
}

static mfn_t grant(struct domain *d, grant_ref_t ref, struct domain *to,
		   uint16_t flags)
{
	mfn_t m = world_frame(d);

	*entry(d, ref) = (struct grant_entry_v1){
		.flags = GTF_permit_access | flags,
		.domid = to->id,
		.frame = (uint32_t)m.n,
	};
	return m;
}

static int16_t map(uint64_t addr, grant_ref_t ref, uint32_t flags,
		   grant_handle_t *handle)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = addr, .flags = flags, .ref = ref, .dom = da->id
	};

	grant_map(&op);
	*handle = op.handle;
	if (!op.status) {
		CU_ASSERT(op.dev_bus_addr == (uint64_t)entry(da, ref)->frame
						     << PAGE_SHIFT);
	}
	return op.status;
}

static int16_t unmap(uint64_t addr, grant_handle_t handle)
{
	struct grant_unmap_batch batch = { 0 };
	struct gnttab_unmap_grant_ref op = { .host_addr = addr,
					     .handle = handle };

	grant_unmap(&op, &batch);
	grant_batch_end(&batch);
	return op.status;
}

static void map_and_unmap(void)
{
	grant_handle_t h, h2;
	mfn_t m;

	setup();
	m = grant(da, 7, db, 0);
	CU_ASSERT(!map(0x1000, 7, GNTMAP_host_map, &h));
	CU_ASSERT(entry(da, 7)->flags & GTF_reading);
	CU_ASSERT(entry(da, 7)->flags & GTF_writing);
	CU_ASSERT(world_frame_refs(m) == 1 && world_frame_writers(m) == 1);
	CU_ASSERT(!map(0x2000, 7, GNTMAP_host_map | GNTMAP_readonly, &h2));
	CU_ASSERT(h != h2);
	CU_ASSERT(world_frame_refs(m) == 2 && world_frame_writers(m) == 1);
	CU_ASSERT(grant_table_mappings(db) == 2);

	/* A writable mapping's address does not end a read-only handle. */
	CU_ASSERT(unmap(0x1000, h2) == GNTST_general_error);
	CU_ASSERT(unmap(0x3000, h) == GNTST_general_error);
	CU_ASSERT(!unmap(0x1000, h));
	CU_ASSERT(!(entry(da, 7)->flags & GTF_writing));
	CU_ASSERT(entry(da, 7)->flags & GTF_reading);
	CU_ASSERT(world_frame_writers(m) == 0);
	CU_ASSERT(unmap(0x1000, h) == GNTST_bad_handle);
	CU_ASSERT(!unmap(0x2000, h2));
	CU_ASSERT(entry(da, 7)->flags == GTF_permit_access);
	CU_ASSERT(world_frame_refs(m) == 0);
	CU_ASSERT(unmap(0x2000, 1U << 30) == GNTST_bad_handle);
	teardown();
}

static void refused(void)
{
	grant_handle_t h;
	mfn_t m;

	setup();
	m = grant(da, 1, db, GTF_readonly);
	CU_ASSERT(map(0x1000, 1, GNTMAP_host_map, &h) == GNTST_general_error);
	CU_ASSERT(entry(da, 1)->flags == (GTF_permit_access | GTF_readonly));
	CU_ASSERT(map(0x1000, 1, 0, &h) == GNTST_bad_gntref);
	CU_ASSERT(map(0x1000, 512, GNTMAP_host_map, &h) == GNTST_bad_gntref);
	CU_ASSERT(map(0x1000, ~0U, GNTMAP_host_map, &h) == GNTST_bad_gntref);
	grant(da, 2, world_domain(0), 0);
	CU_ASSERT(map(0x1000, 2, GNTMAP_host_map, &h) == GNTST_general_error);
	/* Somebody else's frame, no frame at all, a page table. */
	*entry(da, 3) = *entry(da, 1);
	entry(da, 3)->frame = (uint32_t)world_frame(db).n;
	CU_ASSERT(map(0x1000, 3, GNTMAP_host_map | GNTMAP_readonly, &h) ==
		  GNTST_bad_page);
	entry(da, 3)->frame = UINT32_MAX;
	CU_ASSERT(map(0x1000, 3, GNTMAP_host_map | GNTMAP_readonly, &h) ==
		  GNTST_bad_page);
	CU_ASSERT(entry(da, 3)->flags == (GTF_permit_access | GTF_readonly));
	m = grant(da, 4, db, 0);
	world_make_table(m, true);
	CU_ASSERT(map(0x1000, 4, GNTMAP_host_map, &h) == GNTST_bad_page);
	CU_ASSERT(!map(0x1000, 4, GNTMAP_host_map | GNTMAP_readonly, &h));
	CU_ASSERT(!unmap(0x1000, h));
	/* The page table cannot take it: everything is as before. */
	m = grant(da, 5, db, 0);
	world_fail_pte(true);
	CU_ASSERT(map(0x1000, 5, GNTMAP_host_map, &h) == GNTST_bad_virt_addr);
	world_fail_pte(false);
	CU_ASSERT(world_frame_refs(m) == 0);
	CU_ASSERT(entry(da, 5)->flags == GTF_permit_access);
	CU_ASSERT(!grant_table_mappings(db));
	teardown();
}

/* What the granter writes while a mapping exists changes nothing of it. */
static void entry_changes_under_use(void)
{
	grant_handle_t h, h2;
	mfn_t m, other;

	setup();
	m = grant(da, 9, db, 0);
	CU_ASSERT(!map(0x1000, 9, GNTMAP_host_map | GNTMAP_readonly, &h));
	other = world_frame(da);
	entry(da, 9)->frame = (uint32_t)other.n;
	*entry(da, 9) = (struct grant_entry_v1){ .frame = (uint32_t)other.n };
	entry(da, 9)->frame = (uint32_t)m.n; /* for map()'s own check */
	CU_ASSERT(!map(0x2000, 9, GNTMAP_host_map | GNTMAP_readonly, &h2));
	entry(da, 9)->frame = (uint32_t)other.n;
	/* For writing the entry is looked at again: it is void now. */
	CU_ASSERT(map(0x3000, 9, GNTMAP_host_map, &h2) == GNTST_general_error);
	CU_ASSERT(world_frame_refs(m) == 2 && world_frame_refs(other) == 0);
	CU_ASSERT(!unmap(0x1000, h));
	teardown();
}

static void device_part(void)
{
	struct grant_unmap_batch batch = { 0 };
	struct gnttab_unmap_grant_ref op;
	grant_handle_t h;
	mfn_t m;

	setup();
	m = grant(da, 3, db, 0);
	CU_ASSERT(!map(0x1000, 3, GNTMAP_host_map | GNTMAP_device_map, &h));
	CU_ASSERT(world_frame_refs(m) == 2);
	CU_ASSERT(!unmap(0x1000, h));
	CU_ASSERT(world_frame_refs(m) == 1 && grant_table_mappings(db) == 1);
	CU_ASSERT(!unmap(0x1000, h)); /* nothing of that kind is left */
	op = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = 1, .handle = h };
	grant_unmap(&op, &batch);
	CU_ASSERT(op.status == GNTST_bad_dev_addr && !batch.count);
	op.dev_bus_addr = mfn_to_maddr(m).a;
	grant_unmap(&op, &batch);
	CU_ASSERT(!op.status);
	grant_batch_end(&batch);
	CU_ASSERT(world_frame_refs(m) == 0 && grant_table_mappings(db) == 0);
	teardown();
}

/* Twice in one batch, before it ends: the second finds it busy. */
static void double_unmap_in_batch(void)
{
	struct grant_unmap_batch batch = { 0 };
	struct gnttab_unmap_grant_ref op = { .host_addr = 0x1000 };
	grant_handle_t h;
	mfn_t m;

	setup();
	m = grant(da, 3, db, 0);
	CU_ASSERT(!map(0x1000, 3, GNTMAP_host_map, &h));
	op.handle = h;
	grant_unmap(&op, &batch);
	CU_ASSERT(!op.status);
	/* The granter still sees it in use: TLBs are not flushed yet. */
	CU_ASSERT(entry(da, 3)->flags & GTF_writing);
	grant_unmap(&op, &batch);
	CU_ASSERT(op.status == GNTST_bad_handle && batch.count == 1);
	grant_batch_end(&batch);
	CU_ASSERT(world_frame_refs(m) == 0);
	CU_ASSERT(!(entry(da, 3)->flags & GTF_writing));
	teardown();
}

static void to_oneself(void)
{
	struct gnttab_map_grant_ref op = { .host_addr = 0x1000,
					   .flags = GNTMAP_host_map,
					   .ref = 2,
					   .dom = DOMID_SELF };
	mfn_t m;

	setup();
	m = grant(db, 2, db, 0);
	grant_map(&op);
	CU_ASSERT(op.status == GNTST_bad_domain); /* only by number */
	op.dom = db->id;
	op.flags |= GNTMAP_contains_pte;
	grant_map(&op);
	CU_ASSERT(!op.status);
	CU_ASSERT(world_frame_refs(m) == 1);
	CU_ASSERT(!unmap(0x1000, op.handle));
	op.flags = GNTMAP_host_map;
	grant_map(&op);
	CU_ASSERT(!op.status);
	/* Left to the teardown. */
	teardown();
}

static int16_t copy(bool src_ref, uint64_t src, bool dst_ref, uint64_t dst,
		    unsigned int so, unsigned int to, unsigned int len)
{
	struct grant_copy_state state = { 0 };
	struct gnttab_copy op = {
		.source = { .offset = (uint16_t)so,
			    .domid = src_ref ? da->id : DOMID_SELF },
		.dest = { .offset = (uint16_t)to,
			  .domid = dst_ref ? da->id : DOMID_SELF },
		.len = (uint16_t)len,
		.flags = (uint16_t)((src_ref ? GNTCOPY_source_gref : 0) |
				    (dst_ref ? GNTCOPY_dest_gref : 0)),
	};

	if (src_ref) {
		op.source.u.ref = (grant_ref_t)src;
	} else {
		op.source.u.gmfn = src;
	}
	if (dst_ref) {
		op.dest.u.ref = (grant_ref_t)dst;
	} else {
		op.dest.u.gmfn = dst;
	}
	grant_copy(&op, &state);
	grant_copy_end(&state);
	return op.status;
}

static void copying(void)
{
	mfn_t mine, theirs, ro;
	uint8_t *a, *b;

	setup();
	mine = world_frame(db);
	theirs = grant(da, 1, db, 0);
	ro = grant(da, 2, db, GTF_readonly);
	a = mfn_to_virt(theirs);
	b = mfn_to_virt(mine);
	for (unsigned int i = 0; i < PAGE_SIZE; i++) {
		a[i] = (uint8_t)(i * 7);
	}
	CU_ASSERT(!copy(true, 1, false, mine.n, 100, 200, 1000));
	CU_ASSERT(!memcmp(b + 200, a + 100, 1000) && !b[199] && !b[1200]);
	CU_ASSERT(!copy(false, mine.n, true, 1, 0, 0, 4096));
	CU_ASSERT(!memcmp(a, b, 4096));
	CU_ASSERT(!copy(true, 1, true, 1, 0, 1, 4095)); /* overlapping */
	CU_ASSERT(!memcmp(a + 1, b, 4095));
	CU_ASSERT(!copy(true, 2, false, mine.n, 4096, 4096, 0));
	CU_ASSERT(copy(false, mine.n, true, 2, 0, 0, 8) == GNTST_general_error);
	CU_ASSERT(copy(true, 1, false, mine.n, 1, 0, 4096) ==
		  GNTST_bad_copy_arg);
	CU_ASSERT(copy(true, 1, false, mine.n, 0, 4000, 97) ==
		  GNTST_bad_copy_arg);
	CU_ASSERT(copy(true, 1, false, theirs.n, 0, 0, 8) == GNTST_bad_page);
	CU_ASSERT(copy(true, 1, false, ~0UL, 0, 0, 8) == GNTST_bad_page);
	CU_ASSERT(copy(true, 3, false, mine.n, 0, 0, 8) == GNTST_general_error);
	CU_ASSERT(world_frame_refs(mine) == 0 && world_frame_refs(ro) == 0 &&
		  world_frame_refs(theirs) == 0);
	CU_ASSERT(entry(da, 1)->flags == GTF_permit_access);
	CU_ASSERT(da->refs == 1 && db->refs == 1);
	teardown();
}

/* A run keeps a side only while it is asked for in the same way. */
static void copy_run(void)
{
	struct grant_copy_state state = { 0 };
	struct gnttab_copy op = { .flags = GNTCOPY_source_gref, .len = 4 };
	mfn_t a, b;

	setup();
	a = grant(da, 1, db, 0);
	op.source.domid = da->id;
	op.source.u.ref = 1;
	b = world_frame(db);
	op.dest.domid = DOMID_SELF;
	op.dest.u.gmfn = b.n;
	grant_copy(&op, &state);
	CU_ASSERT(!op.status && world_frame_refs(a) == 1);
	grant_copy(&op, &state);
	CU_ASSERT(!op.status && world_frame_refs(a) == 1);
	CU_ASSERT(world_frame_refs(b) == 1 && world_frame_writers(b) == 1);
	op.source.u.ref = 2;
	grant_copy(&op, &state);
	CU_ASSERT(op.status == GNTST_general_error);
	CU_ASSERT(world_frame_refs(a) == 0);
	/* Frame 1 by number is not grant 1. */
	op.flags = 0;
	op.source.domid = DOMID_SELF;
	op.source.u.gmfn = a.n;
	grant_copy(&op, &state);
	CU_ASSERT(op.status == GNTST_bad_page);
	op.source.domid = da->id;
	grant_copy(&op, &state);
	CU_ASSERT(op.status == GNTST_permission_denied);
	grant_copy_end(&state);
	CU_ASSERT(world_frame_refs(b) == 0);
	teardown();
}

static void tables(void)
{
	mfn_t m, again;

	setup();
	CU_ASSERT(grant_table_frames(da) == 1);
	CU_ASSERT(grant_table_frame(da, 1, false, &m) == -EINVAL);
	CU_ASSERT(!grant_table_frame(da, 2, true, &m));
	CU_ASSERT(grant_table_frames(da) == 3);
	CU_ASSERT(!grant_table_frame(da, 2, false, &again));
	CU_ASSERT(mfn_equal(m, again));
	CU_ASSERT(grant_table_frame(da, FRAMES, true, &m) == -EINVAL);
	CU_ASSERT(strstr(world_last_log(), "out of grant table frames") !=
		  NULL);
	CU_ASSERT(grant_table_frame(da, UINT32_MAX, true, &m) == -EINVAL);
	CU_ASSERT(grant_table_frames(da) == 3);
	teardown();
}

static void swapping(void)
{
	grant_handle_t h;

	setup();
	grant(da, 1, db, 0);
	*entry(da, 2) = (struct grant_entry_v1){ 0 };
	CU_ASSERT(!grant_swap(da, 1, 2));
	CU_ASSERT(entry(da, 2)->flags == GTF_permit_access);
	CU_ASSERT(entry(da, 1)->flags == 0);
	CU_ASSERT(!map(0x1000, 2, GNTMAP_host_map, &h));
	CU_ASSERT(grant_swap(da, 2, 1) == GNTST_eagain);
	CU_ASSERT(!grant_swap(da, 2, 2));
	CU_ASSERT(grant_swap(da, 2, 99999) == GNTST_bad_gntref);
	teardown();
}

static void handles_run_out(void)
{
	grant_handle_t h;
	uint64_t n = 0;
	mfn_t m;

	setup();
	m = grant(da, 1, db, 0);
	while (!map(0x1000 + n * 4096, 1, GNTMAP_host_map, &h)) {
		n++;
	}
	CU_ASSERT(n == MAPTRACK * 256);
	CU_ASSERT(strstr(world_last_log(), "out of grant map handles") != NULL);
	CU_ASSERT(world_frame_refs(m) == n);
	CU_ASSERT(!unmap(0x1000, 0));
	CU_ASSERT(!map(0x1000, 1, GNTMAP_host_map, &h) && h == 0);
	teardown();
	/* and setup's check says that all of it came back */
}

static void no_memory(void)
{
	world_init(1, 1);
	for (unsigned int n = 1; n < 7; n++) {
		world_fail_alloc(n);
		CU_ASSERT(grant_table_create(world_domain(0), 4, 4) == -ENOMEM);
		CU_ASSERT(world_domain(0)->grants == NULL);
	}
	world_fail_alloc(0);
	CU_ASSERT(grant_table_create(world_domain(0), 0, 4) == -EINVAL);
	CU_ASSERT(grant_table_create(world_domain(0), 1U << 20, 4) == -EINVAL);
	world_fini();
}

/*
 * Random: entries of da and db come and go, both map, copy, unmap. The model
 * keeps for each handle what it holds; frames must have just these references.
 */
#define MODEL_REFS 12
#define MODEL_MAPS 64

struct model_map {
	bool live, write;
	unsigned int frame;
	grant_handle_t handle;
};

static void model(void)
{
	struct model_map maps[MODEL_MAPS] = { 0 };
	mfn_t frames[MODEL_REFS];
	uint16_t flags;

	setup();
	srand(11);
	for (unsigned int i = 0; i < MODEL_REFS; i++) {
		frames[i] = grant(da, i, db, 0);
	}
	for (unsigned int step = 0; step < 100000; step++) {
		unsigned int i = (unsigned int)rand() % MODEL_REFS;
		struct model_map *m = &maps[rand() % MODEL_MAPS];
		uint64_t addr = 0x1000 * (uint64_t)(m - maps + 1);
		unsigned int readers = 0, writers = 0;
		bool write = rand() % 2;
		int16_t rc;

		switch (rand() % 4) {
		case 0: /* the granter takes back what is not in use */
			flags = entry(da, i)->flags;
			if (!(flags & (GTF_reading | GTF_writing))) {
				entry(da, i)->flags =
					rand() % 2 ? 0 : GTF_permit_access;
			}
			break;
		case 1:
			copy(true, i, false, frames[0].n, 0, 0, 8);
			break;
		default:
			if (m->live) {
				CU_ASSERT_FATAL(!unmap(addr, m->handle));
				m->live = false;
				break;
			}
			rc = map(addr, i,
				 GNTMAP_host_map |
					 (write ? 0 : GNTMAP_readonly),
				 &m->handle);
			if (!rc) {
				m->live = true;
				m->write = write;
				m->frame = i;
			} else {
				CU_ASSERT_FATAL(entry(da, i)->flags == 0);
			}
		}
		for (unsigned int k = 0; k < MODEL_MAPS; k++) {
			readers += maps[k].live && maps[k].frame == i;
			writers += maps[k].live && maps[k].frame == i &&
				   maps[k].write;
		}
		CU_ASSERT_FATAL(world_frame_refs(frames[i]) == readers);
		CU_ASSERT_FATAL(world_frame_writers(frames[i]) == writers);
		CU_ASSERT_FATAL(world_mapped(frames[i]) == readers);
		flags = entry(da, i)->flags;
		CU_ASSERT_FATAL(!!(flags & GTF_reading) == !!readers);
		CU_ASSERT_FATAL(!!(flags & GTF_writing) == !!writers);
	}
	for (unsigned int k = 0; k < MODEL_MAPS; k++) {
		if (maps[k].live) {
			CU_ASSERT(!unmap(0x1000 * (k + 1UL), maps[k].handle));
		}
	}
	teardown();
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "map and unmap", map_and_unmap },
		{ "refused", refused },
		{ "entry changes under use", entry_changes_under_use },
		{ "device part", device_part },
		{ "double unmap in a batch", double_unmap_in_batch },
		{ "to oneself", to_oneself },
		{ "copying", copying },
		{ "copy run", copy_run },
		{ "tables", tables },
		{ "swapping", swapping },
		{ "handles run out", handles_run_out },
		{ "no memory", no_memory },
		{ "model", model },
		{ NULL, NULL },
	};

	return suite_run("grant tables", tests);
}
