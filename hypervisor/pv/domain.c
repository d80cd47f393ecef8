/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PV side of a domain's life. The per-domain window has one L3 and L2 (up
 * to 128 vCPUs need 16 MiB of it) and L1 tables that are made with the vCPUs.
 */
#include "core/domain.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "cpu/smp.h"
#include "cpu/xstate.h"
#include "debug/panic.h"
#include "lib/errno.h"
#include "mm/ftype.h"
#include "mm/heap.h"
#include "mm/pool.h"
#include "mm/upcalls.h"
#include "pv/descriptor.h"
#include "pv/pv.h"

#define TABLE (PTE_P | PTE_RW | PTE_A | PTE_D)

static pte_t *window_l2(const struct domain *d)
{
	return mfn_to_virt(pte_mfn(((pte_t *)d->perdomain_l3)[0]));
}

pte_t *pv_window_pte(const struct vcpu *v, unsigned int i)
{
	unsigned int page = v->id * PERDOMAIN_PAGES_PER_VCPU + i;
	pte_t *l1 = mfn_to_virt(
		pte_mfn(window_l2(v->domain)[page / PTES_PER_TABLE]));

	return &l1[page % PTES_PER_TABLE];
}

const pte_t *domain_perdomain_l3(const struct domain *d)
{
	return (const pte_t *)d->perdomain_l3;
}

int pv_domain_create(struct domain *d)
{
	pte_t *l3 = heap_alloc_virt(0, HEAP_ZERO);
	pte_t *l2 = heap_alloc_virt(0, HEAP_ZERO);

	if (!l3 || !l2) {
		heap_free_virt(l3, 0);
		heap_free_virt(l2, 0);
		return -ENOMEM;
	}
	l3[0] = pte_make(virt_to_mfn(l2), TABLE);
	d->perdomain_l3 = (uint64_t *)l3;
	return 0;
}

void pv_domain_destroy(struct domain *d)
{
	pte_t *l2;

	if (!d->perdomain_l3) {
		return;
	}
	l2 = window_l2(d);
	for (unsigned int i = 0; i < PTES_PER_TABLE; i++) {
		if (pte_present(l2[i])) {
			heap_free_virt(mfn_to_virt(pte_mfn(l2[i])), 0);
		}
	}
	heap_free_virt(l2, 0);
	heap_free_virt(d->perdomain_l3, 0);
	d->perdomain_l3 = NULL;
}

static int window_prepare(struct vcpu *v)
{
	unsigned int page = v->id * PERDOMAIN_PAGES_PER_VCPU;
	pte_t *l2 = &window_l2(v->domain)[page / PTES_PER_TABLE];
	pte_t *l1;

	if (pte_present(*l2)) {
		return 0;
	}
	l1 = heap_alloc_virt(0, HEAP_ZERO);
	if (!l1) {
		return -ENOMEM;
	}
	*l2 = pte_make(virt_to_mfn(l1), TABLE);
	return 0;
}

int pv_vcpu_create(struct vcpu *v)
{
	int rc = window_prepare(v);

	v->pv.loaded_cpu = -1;
	if (rc) {
		return rc;
	}
	v->pv.xstate = pool_alloc(xstate_size());
	if (!v->pv.xstate) {
		return -ENOMEM;
	}
	xstate_reset(v->pv.xstate);
	v->pv.xcr0 = xstate_mask ? 3 : 0;
	v->pv.kernel_mode = true;
	v->pv.guest_table = mfn(0);
	v->pv.guest_table_user = mfn(0);
	return 0;
}

void pv_vcpu_destroy(struct vcpu *v)
{
	pool_free(v->pv.xstate);
	v->pv.xstate = NULL;
}

/* Drop the reference that a vCPU's table is. */
static int drop_table(struct domain *d, mfn_t *table, struct vcpu *v)
{
	struct page_info *page = mfn_to_page(*table);

	if (!table->n) {
		return 0;
	}
	*table = mfn(0);
	if (frame_put_typed_preemptible(page, d) == -ERESTART) {
		pv_pending_add(v, page);
		return -ERESTART;
	}
	return 0;
}

void pv_pending_add(struct vcpu *v, struct page_info *page)
{
	struct page_info **slot = v->pv.pending_put;

	slot += slot[0] != NULL;
	BUG_ON(*slot);
	*slot = page;
}

int pv_finish_pending(struct vcpu *v)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.pending_put); i++) {
		struct page_info *page = v->pv.pending_put[i];

		if (page && frame_put_finish(page, domain_of_frame(page)) ==
				    -ERESTART) {
			return -ERESTART;
		}
		v->pv.pending_put[i] = NULL;
	}
	return 0;
}

/* The vCPUs are paused for good; their state is out of the CPUs. */
int pv_domain_relinquish(struct domain *d)
{
	struct vcpu *v;
	int rc;

	for_each_vcpu(v, d) {
		context_sync(v);
		rc = pv_finish_pending(v);
		if (!rc) {
			rc = drop_table(d, &v->pv.guest_table_user, v);
		}
		if (!rc) {
			rc = drop_table(d, &v->pv.guest_table, v);
		}
		if (rc) {
			return rc;
		}
		pv_gdt_drop(v);
		pv_ldt_drop(v);
		vcpu_drop_info(v);
	}
	return 0;
}
