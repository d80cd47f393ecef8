/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant tables v1, as a domain that grants to itself.
 *
 * Two sides of the same contract are tried: the granter's entry with its
 * flags (in use: reading, writing bits that the hypervisor sets and that
 * forbid a revoke), and the mapper's handle. What must never happen is a
 * mapping that outlives its handle, a writable mapping of a read-only grant or
 * of a page table, a second unmap that drops a count twice (XSA-224), or a
 * page-table entry written at an address that is none (XSA-227).
 */
#include "rt/gnttab.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "grant";

#define MAP_VA (MM_WINDOW + 0x1000000ul)

static char *page;
static unsigned long page_mfn;

static struct gnttab_map_grant_ref map_op(grant_ref_t ref, uint32_t flags)
{
	return (struct gnttab_map_grant_ref){
		.host_addr = MAP_VA,
		.flags = flags,
		.ref = ref,
		.dom = 0,
	};
}

static int map(struct gnttab_map_grant_ref *op)
{
	long ret = hypercall_grant_table_op(GNTTABOP_map_grant_ref, op, 1);

	return ret ? (int)ret : op->status;
}

static int unmap(uint64_t host_addr, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = host_addr,
					     .handle = handle };
	long ret = hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1);

	return ret ? (int)ret : op.status;
}

static void write_at(void *va)
{
	*(volatile char *)va = 1;
}

static void read_at(void *va)
{
	*(volatile char *)va;
}

/* A place in the window with its L1 table there, and empty. */
static void window_prepare(void)
{
	TEST_EQ(mm_map(MAP_VA, (uint64_t)page_mfn << PAGE_SHIFT | PTE_RO), 0);
	TEST_EQ(mm_map(MAP_VA, 0), 0);
}

static void map_writable(void)
{
	grant_ref_t ref = gnttab_grant(0, page_mfn, false);
	struct gnttab_map_grant_ref op = map_op(ref, GNTMAP_host_map);
	struct fault f;

	/* Domains go by number here: DOMID_SELF is none. */
	op.dom = DOMID_SELF;
	if (!TEST_EQ(map(&op), GNTST_bad_domain)) {
		unmap(MAP_VA, op.handle);
	}
	op = map_op(ref, GNTMAP_host_map);
	TEST_EQ(map(&op), GNTST_okay);
	TEST_EQ(gnttab_entry(ref)->flags,
		GTF_permit_access | GTF_reading | GTF_writing);
	TEST_CHECK(!fault_try(write_at, (void *)MAP_VA, &f));
	TEST_EQ(page[0], 1);
	TEST_CHECK(!gnttab_revoke(ref));

	/* Wrong handle, wrong address: refused, and the mapping stays. */
	TEST_CHECK(unmap(MAP_VA, op.handle + 1) < 0);
	TEST_CHECK(unmap(MAP_VA, ~0u) < 0);
	TEST_CHECK(unmap(MAP_VA + 0x1000, op.handle) < 0);
	TEST_CHECK(!fault_try(read_at, (void *)MAP_VA, &f));

	TEST_EQ(unmap(MAP_VA, op.handle), GNTST_okay);
	TEST_CHECK(fault_try(read_at, (void *)MAP_VA, &f));
	TEST_EQ(f.vector, TRAP_PF);
	TEST_EQ(gnttab_entry(ref)->flags, GTF_permit_access);
	TEST_CHECK(unmap(MAP_VA, op.handle) < 0);
	TEST_CHECK(gnttab_revoke(ref));
	TEST_CHECK(map(&op) < 0);
}

static void map_readonly(void)
{
	grant_ref_t ref = gnttab_grant(0, page_mfn, true);
	struct gnttab_map_grant_ref op = map_op(ref, GNTMAP_host_map);
	struct fault f;

	TEST_CHECK(map(&op) < 0);
	op = map_op(ref, GNTMAP_host_map | GNTMAP_readonly);
	TEST_EQ(map(&op), GNTST_okay);
	TEST_EQ(gnttab_entry(ref)->flags,
		GTF_permit_access | GTF_readonly | GTF_reading);
	TEST_CHECK(!fault_try(read_at, (void *)MAP_VA, &f));
	TEST_CHECK(fault_try(write_at, (void *)MAP_VA, &f));
	TEST_EQ(f.error, PF_WRITE | PF_PRESENT);
	TEST_EQ(unmap(MAP_VA, op.handle), GNTST_okay);
	TEST_CHECK(gnttab_revoke(ref));
}

/* Twice mapped, once unmapped: still in use. */
static void map_twice(void)
{
	grant_ref_t ref = gnttab_grant(0, page_mfn, false);
	struct gnttab_map_grant_ref a = map_op(ref, GNTMAP_host_map);
	struct gnttab_map_grant_ref b =
		map_op(ref, GNTMAP_host_map | GNTMAP_readonly);

	b.host_addr = MAP_VA + 0x1000;
	TEST_EQ(map(&a), GNTST_okay);
	TEST_EQ(map(&b), GNTST_okay);
	TEST_CHECK(a.handle != b.handle);
	TEST_EQ(unmap(a.host_addr, a.handle), GNTST_okay);
	TEST_EQ(gnttab_entry(ref)->flags, GTF_permit_access | GTF_reading);
	TEST_EQ(unmap(b.host_addr, b.handle), GNTST_okay);
	TEST_CHECK(gnttab_revoke(ref));
}

static void bad_refs(void)
{
	static const grant_ref_t bad[] = { 511,	       512,	   100000,
					   0x7fffffff, 0x80000000, 0xffffffff };
	struct gnttab_map_grant_ref op;
	grant_ref_t ref;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		op = map_op(bad[i], GNTMAP_host_map);
		if (!TEST_CHECK(map(&op) < 0)) {
			test_note("reference %u", bad[i]);
		}
	}
	ref = gnttab_grant(0, page_mfn, false);
	op = map_op(ref, GNTMAP_host_map);
	op.dom = 0x1234;
	TEST_EQ(map(&op), GNTST_bad_domain);
	/* For another domain; of a frame that is none; of no access type. */
	gnttab_entry(ref)->domid = 5;
	op = map_op(ref, GNTMAP_host_map);
	TEST_CHECK(map(&op) < 0);
	gnttab_entry(ref)->domid = 0;
	gnttab_entry(ref)->frame = 0xfffffff;
	op = map_op(ref, GNTMAP_host_map);
	TEST_CHECK(map(&op) < 0);
	gnttab_entry(ref)->frame = (uint32_t)page_mfn;
	gnttab_entry(ref)->flags = GTF_accept_transfer;
	op = map_op(ref, GNTMAP_host_map);
	TEST_CHECK(map(&op) < 0);
	gnttab_entry(ref)->flags = GTF_invalid;
	op = map_op(ref, GNTMAP_host_map);
	TEST_CHECK(map(&op) < 0);
	op = map_op(ref, 0);
	TEST_CHECK(map(&op) < 0);
}

/* A page table cannot be had writable by granting it to oneself. */
static void typed_frames(void)
{
	grant_ref_t ref = gnttab_grant(0, mm_l4_mfn(), false);
	struct gnttab_map_grant_ref op = map_op(ref, GNTMAP_host_map);

	TEST_CHECK(map(&op) < 0);
	op = map_op(ref, GNTMAP_host_map | GNTMAP_readonly);
	if (map(&op) == GNTST_okay) {
		TEST_EQ(unmap(MAP_VA, op.handle), GNTST_okay);
	}
	TEST_CHECK(gnttab_revoke(ref));
}

/* Addresses that no mapping can be made at. */
static void bad_addresses(void)
{
	static const uint64_t bad[] = {
		0x0000800000000000ul, 0xffff800000000000ul,
		0xffff830000000000ul, 0x0000300000000000ul,
		0xffff82d040200000ul,
	};
	grant_ref_t ref = gnttab_grant(0, page_mfn, false);
	struct gnttab_map_grant_ref op;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		op = map_op(ref, GNTMAP_host_map);
		op.host_addr = bad[i];
		if (!TEST_CHECK(map(&op) < 0)) {
			test_note("address %lx", bad[i]);
		}
	}
	TEST_EQ(gnttab_entry(ref)->flags, GTF_permit_access);
	TEST_CHECK(gnttab_revoke(ref));
}

/*
 * GNTMAP_contains_pte: host_addr is the machine address of an entry. Good
 * once; then misaligned by 1 to 7 bytes, in a frame that is no L1 table, and
 * nowhere.
 */
static void by_pte(void)
{
	grant_ref_t ref = gnttab_grant(0, page_mfn, false);
	uint32_t flags = GNTMAP_host_map | GNTMAP_contains_pte;
	struct gnttab_map_grant_ref op = map_op(ref, flags);
	uint64_t entry, maddr;
	struct fault f;
	unsigned int i;

	mm_pte_read((void *)MAP_VA, 1, &maddr);
	op.host_addr = maddr;
	TEST_EQ(map(&op), GNTST_okay);
	page[0] = 0;
	TEST_CHECK(!fault_try(write_at, (void *)MAP_VA, &f));
	TEST_EQ(page[0], 1);
	TEST_CHECK(unmap(maddr + 8, op.handle) < 0);
	TEST_EQ(unmap(maddr, op.handle), GNTST_okay);
	TEST_EQ(mm_pte_read((void *)MAP_VA, 1, NULL), 0);

	entry = mm_pte_read((void *)(MAP_VA + 0x2000), 1, NULL);
	for (i = 1; i < 8; i++) {
		op = map_op(ref, flags);
		op.host_addr = maddr + i;
		TEST_CHECK(map(&op) < 0);
	}
	op = map_op(ref, flags);
	op.host_addr = (uint64_t)page_mfn << PAGE_SHIFT;
	TEST_CHECK(map(&op) < 0);
	op.host_addr = (uint64_t)mm_l4_mfn() << PAGE_SHIFT;
	TEST_CHECK(map(&op) < 0);
	op.host_addr = ~0ul << 3;
	TEST_CHECK(map(&op) < 0);
	TEST_EQ(mm_pte_read((void *)MAP_VA, 1, NULL), 0);
	TEST_EQ(mm_pte_read((void *)(MAP_VA + 0x2000), 1, NULL), entry);
	TEST_EQ(gnttab_entry(ref)->flags, GTF_permit_access);
	TEST_CHECK(gnttab_revoke(ref));
}

/* The guest clears the entry itself; the unmap must notice and still count. */
static void entry_gone(void)
{
	grant_ref_t ref = gnttab_grant(0, page_mfn, false);
	struct gnttab_map_grant_ref op = map_op(ref, GNTMAP_host_map);
	struct fault f;

	TEST_EQ(map(&op), GNTST_okay);
	TEST_EQ(mm_va_set((void *)MAP_VA, 0), 0);
	unmap(MAP_VA, op.handle);
	TEST_CHECK(fault_try(read_at, (void *)MAP_VA, &f));
	/* And the frame can still become a page table: no stray count. */
	gnttab_revoke(ref);
}

static int copy(struct gnttab_copy *op)
{
	long ret = hypercall_grant_table_op(GNTTABOP_copy, op, 1);

	return ret ? (int)ret : op->status;
}

static void copies(void)
{
	char *src = mm_page_alloc(), *dst = mm_page_alloc();
	grant_ref_t rs = gnttab_grant(0, mm_virt_to_mfn(src), true);
	grant_ref_t rd = gnttab_grant(0, mm_virt_to_mfn(dst), false);
	struct gnttab_copy op = {
		.source = { .u.ref = rs, .domid = DOMID_SELF, .offset = 10 },
		.dest = { .u.ref = rd, .domid = DOMID_SELF, .offset = 4000 },
		.len = 96,
		.flags = GNTCOPY_source_gref | GNTCOPY_dest_gref,
	};
	struct gnttab_copy bad;

	memset(src, 0x42, PAGE_SIZE);
	TEST_EQ(copy(&op), GNTST_okay);
	TEST_EQ(dst[3999], 0);
	TEST_EQ(dst[4000], 0x42);
	TEST_EQ(dst[4095], 0x42);

	bad = op;
	bad.len = 97;
	TEST_CHECK(copy(&bad) < 0);
	bad = op;
	bad.source.offset = 4090;
	TEST_CHECK(copy(&bad) < 0);
	bad = op;
	bad.source.offset = 0xffff;
	bad.len = 0xffff;
	TEST_CHECK(copy(&bad) < 0);
	/* Onto a read-only grant, with a bad reference, onto a page table. */
	bad = op;
	bad.dest.u.ref = rs;
	TEST_CHECK(copy(&bad) < 0);
	bad = op;
	bad.source.u.ref = 0xffffffff;
	TEST_CHECK(copy(&bad) < 0);
	bad = op;
	bad.flags = GNTCOPY_source_gref;
	bad.dest.u.gmfn = mm_l4_mfn();
	bad.dest.domid = DOMID_SELF;
	bad.dest.offset = 0;
	TEST_CHECK(copy(&bad) < 0);
	/* A frame number is only for one's own memory. */
	bad = op;
	bad.flags = GNTCOPY_dest_gref;
	bad.source.u.gmfn = mm_virt_to_mfn(src);
	bad.source.offset = 0;
	bad.dest.offset = 0;
	TEST_EQ(copy(&bad), GNTST_okay);
	TEST_EQ(dst[0], 0x42);
	bad.source.domid = 0x1234;
	TEST_CHECK(copy(&bad) < 0);
	bad = op;
	bad.flags = GNTCOPY_dest_gref;
	bad.source.u.gmfn = ~0ul >> 12;
	TEST_CHECK(copy(&bad) < 0);
	TEST_EQ(gnttab_entry(rs)->flags, GTF_permit_access | GTF_readonly);
	TEST_CHECK(gnttab_revoke(rs) && gnttab_revoke(rd));
}

static void table_ops(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };
	struct gnttab_set_version sv = { .version = 2 };
	struct gnttab_get_version gv = { .dom = DOMID_SELF };
	struct gnttab_setup_table st = { .dom = DOMID_SELF,
					 .nr_frames = 0x7fffffff };
	long ret;

	TEST_EQ(hypercall_grant_table_op(GNTTABOP_query_size, &q, 1), 0);
	TEST_EQ(q.status, GNTST_okay);
	TEST_CHECK(q.nr_frames >= 1 && q.max_nr_frames >= q.nr_frames);
	ret = hypercall_grant_table_op(GNTTABOP_setup_table, &st, 1);
	TEST_CHECK(ret < 0 || st.status < 0);
	st = (struct gnttab_setup_table){ .dom = 0x1234, .nr_frames = 1 };
	ret = hypercall_grant_table_op(GNTTABOP_setup_table, &st, 1);
	TEST_CHECK(ret < 0 || st.status < 0);
	q.dom = 0x1234;
	TEST_EQ(hypercall_grant_table_op(GNTTABOP_query_size, &q, 1), 0);
	TEST_CHECK(q.status < 0);
	sv.version = 3;
	TEST_CHECK(hypercall_grant_table_op(GNTTABOP_set_version, &sv, 1) < 0);
	TEST_EQ(hypercall_grant_table_op(GNTTABOP_get_version, &gv, 1), 0);
	TEST_EQ(gv.version, 1);
}

static void bad_pointers(void)
{
	static const unsigned int cmd[] = {
		GNTTABOP_map_grant_ref, GNTTABOP_unmap_grant_ref, GNTTABOP_copy,
		GNTTABOP_query_size,	GNTTABOP_setup_table,
	};
	unsigned int i;
	long ret;

	for (i = 0; i < ARRAY_SIZE(cmd); i++) {
		TEST_EQ(hypercall_grant_table_op(cmd[i], (void *)0x12345678000,
						 1),
			-XEN_EFAULT);
		TEST_EQ(hypercall_grant_table_op(
				cmd[i], (void *)0xffff830000000000ul, 1),
			-XEN_EFAULT);
		ret = hypercall_grant_table_op(cmd[i], page, 0x80000000);
		TEST_EQ(ret, -XEN_EINVAL);
	}
}

void test_main(void)
{
	page = mm_page_alloc();
	page_mfn = mm_virt_to_mfn(page);
	TEST_EQ(gnttab_init(1), 0);
	window_prepare();
	map_writable();
	map_readonly();
	map_twice();
	bad_refs();
	typed_frames();
	bad_addresses();
	by_pte();
	copies();
	table_ops();
	bad_pointers();
	entry_gone();
}
