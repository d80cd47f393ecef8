/* SPDX-License-Identifier: BSD-2-Clause */
/* See gnttab.h. The table is mapped at a fixed place in the free window. */
#include "rt/gnttab.h"

#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"

#define FRAMES_MAX	  4
#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define TABLE_VA	  (MM_WINDOW + 0x20000000ul)

static grant_entry_v1_t *table;
static unsigned int entries;

long gnttab_init(unsigned int nr)
{
	xen_pfn_t frames[FRAMES_MAX];
	struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = nr };
	unsigned int i;
	long ret;

	RT_ASSERT(nr <= FRAMES_MAX);
	set_xen_guest_handle(op.frame_list, frames);
	ret = hypercall_grant_table_op(GNTTABOP_setup_table, &op, 1);
	if (ret || op.status) {
		return ret ? ret : op.status;
	}
	for (i = 0; i < nr && !ret; i++) {
		ret = mm_map(TABLE_VA + i * PAGE_SIZE,
			     frames[i] << PAGE_SHIFT | PTE_RW);
	}
	if (!ret) {
		table = (void *)TABLE_VA;
		entries = nr * (unsigned int)ENTRIES_PER_FRAME;
	}
	return ret;
}

grant_entry_v1_t *gnttab_entry(grant_ref_t ref)
{
	RT_ASSERT(ref < entries);
	return &table[ref];
}

grant_ref_t gnttab_grant(unsigned int dom, unsigned long mfn, bool readonly)
{
	grant_ref_t ref;

	for (ref = GNTTAB_RESERVED; ref < entries; ref++) {
		if (!table[ref].flags) {
			break;
		}
	}
	RT_ASSERT(ref < entries);
	table[ref].domid = (domid_t)dom;
	table[ref].frame = (uint32_t)mfn;
	barrier();
	table[ref].flags = GTF_permit_access | (readonly ? GTF_readonly : 0);
	return ref;
}

bool gnttab_revoke(grant_ref_t ref)
{
	uint16_t flags = table[ref].flags;

	do {
		if (flags & (GTF_reading | GTF_writing)) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(&table[ref].flags, &flags, 0,
					      false, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return true;
}
