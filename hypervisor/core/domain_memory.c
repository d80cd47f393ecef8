/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of domains. Each frame that a domain owns holds a reference to the
 * domain, so the struct is there as long as a frame names it.
 */
#include "core/domain.h"
#include "core/io_access.h"
#include "core/softirq.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "cpu/smp.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "drivers/acpi_tables.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/claims.h"
#include "mm/ftype.h"
#include "mm/m2p.h"
#include "mm/upcalls.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

/* Frames may have been somebody's before: nobody may reach them any more
 * through an old translation. */
static void flush_previous_owners(const struct page_info *page,
				  unsigned int order)
{
	uint32_t now = tlb_clock(), newest = now - UINT32_MAX;
	cpumask_t mask = cpu_online;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		if (now - page[i].tlb_stamp < now - newest) {
			newest = page[i].tlb_stamp;
		}
	}
	tlb_filter(&mask, newest);
	if (!cpumask_empty(&mask)) {
		smp_flush_tlb(&mask, SMP_FLUSH_ALL);
	}
}

static bool account_add(struct domain *d, struct page_info *page,
			unsigned int order)
{
	uint64_t n = 1UL << order;
	bool ok;

	spin_lock(&d->page_lock);
	ok = !d->dying && d->tot_pages + n <= d->max_pages;
	if (ok) {
		if (!d->tot_pages) {
			ok = domain_get(d); /* held while tot_pages > 0 */
		}
		d->tot_pages += n;
		for (uint64_t i = 0; i < n; i++) {
			page[i].owner = d->id;
			page_list_add_tail(&d->pages, &page[i]);
			smp_wmb();
			page[i].count_info = PGC_ALLOCATED | 1;
		}
	}
	spin_unlock(&d->page_lock);
	return ok;
}

struct page_info *domain_alloc_pages(struct domain *d, unsigned int order,
				     unsigned int heap_flags)
{
	uint64_t n = 1UL << order;
	struct page_info *page;

	if (read_once(d->tot_pages) + n > read_once(d->max_pages)) {
		guest_printk(LOG_WARN,
			     "domain %u: memory limit: has %lu pages, wants "
			     "%lu more, limit %lu\n",
			     d->id, d->tot_pages, n, d->max_pages);
		return NULL;
	}
	page = heap_alloc_claimed(order, heap_flags,
				  read_once(d->claimed_pages));
	if (!page) {
		return NULL;
	}
	if (d->claimed_pages) {
		d->claimed_pages -= min(d->claimed_pages, n);
	}
	flush_previous_owners(page, order);
	if (!account_add(d, page, order)) {
		heap_free(page, order);
		return NULL;
	}
	return page;
}

int domain_set_claim(struct domain *d, uint64_t pages)
{
	return heap_claim_change(&d->claimed_pages, pages);
}

void *domain_alloc_shared(struct domain *d)
{
	struct page_info *page = heap_alloc(0, HEAP_ZERO);

	if (!page) {
		return NULL;
	}
	flush_previous_owners(page, 0);
	if (!domain_get(d)) {
		heap_free(page, 0);
		return NULL;
	}
	atomic_fetch_add(&d->shared_count, 1);
	page->owner = d->id;
	smp_wmb();
	page->count_info = PGC_ALLOCATED | PGC_HEAP_SHARED | 1;
	return page_to_virt(page);
}

void domain_free_shared(void *p)
{
	page_put_allocated(virt_to_page(p));
}

static void release_shared(struct domain *d, struct page_info *page)
{
	page->tlb_stamp = tlb_clock();
	page->count_info = 0;
	heap_free(page, 0);
	atomic_fetch_sub(&d->shared_count, 1);
	domain_put(d);
}

void domain_frame_released(struct page_info *page)
{
	struct domain *d = domain_of_frame(page);
	bool last;

	BUG_ON(!d);
	BUG_ON(page->type_info & PGT_COUNT_MASK);
	if (page->count_info & PGC_HEAP_SHARED) {
		release_shared(d, page);
		return;
	}
	spin_lock(&d->page_lock);
	page_list_del(d->dying ? &d->leaving_pages : &d->pages, page);
	last = !--d->tot_pages;
	spin_unlock(&d->page_lock);
	m2p_set(page_to_mfn(page), M2P_INVALID_ENTRY);
	page->tlb_stamp = tlb_clock();
	page->count_info = 0;
	heap_free(page, 0);
	if (last) {
		domain_put(d);
	}
}

bool domain_may_map_io(const struct domain *d, mfn_t m)
{
	uint64_t lapic = acpi.lapic_address >> PAGE_SHIFT;

	if (m.n == lapic) {
		return false;
	}
	for (unsigned int i = 0; i < acpi.ioapic_count; i++) {
		if (m.n == acpi.ioapics[i].address >> PAGE_SHIFT) {
			return false;
		}
	}
	return d->privileged || io_access_frames(d, m.n, m.n);
}

bool preempt_wanted(void)
{
	struct vcpu *v = current;

	return softirq_pending() ||
	       (!vcpu_is_idle(v) && evtchn_upcall_pending(v));
}
