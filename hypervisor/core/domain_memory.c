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

/* Put the frames into d's list, if its limit lets it have so many more. New
 * frames of an exchange are above it until the old ones are gone. */
static bool account_add(struct domain *d, struct page_info *page,
			unsigned int order, bool exchange)
{
	uint64_t n = 1UL << order;
	bool ok;

	spin_lock(&d->page_lock);
	ok = !d->dying &&
	     (exchange || d->tot_pages - d->exchange_pages + n <= d->max_pages);
	if (ok && !d->tot_pages) {
		ok = domain_get(d); /* held while tot_pages > 0 */
	}
	if (ok) {
		d->tot_pages += n;
		d->exchange_pages += exchange ? n : 0;
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

static struct page_info *pages_alloc(struct domain *d, unsigned int order,
				     unsigned int heap_flags, bool exchange)
{
	struct page_info *page =
		heap_alloc_claimed(order, heap_flags, &d->claimed_pages);

	if (page && !account_add(d, page, order, exchange)) {
		heap_free(page, order);
		page = NULL;
	}
	return page;
}

struct page_info *domain_alloc_pages(struct domain *d, unsigned int order,
				     unsigned int heap_flags)
{
	uint64_t n = 1UL << order;

	if (read_once(d->tot_pages) - read_once(d->exchange_pages) + n >
	    read_once(d->max_pages)) {
		guest_printk(LOG_WARN,
			     "domain %u: memory limit: has %lu pages, wants "
			     "%lu more, limit %lu\n",
			     d->id, d->tot_pages, n, d->max_pages);
		return NULL;
	}
	return pages_alloc(d, order, heap_flags, false);
}

struct page_info *domain_alloc_exchange(struct domain *d, unsigned int order,
					unsigned int heap_flags)
{
	return pages_alloc(d, order, heap_flags, true);
}

void domain_end_exchange(struct domain *d, uint64_t pages)
{
	spin_lock(&d->page_lock);
	d->exchange_pages -= pages;
	spin_unlock(&d->page_lock);
}

bool domain_steal_page(struct domain *d, struct page_info *page)
{
	uint64_t expected = PGC_ALLOCATED | 2;

	if (!page_get(page, d)) {
		return false;
	}
	/* The owner's reference and this one, which stays. */
	if (!atomic_cmpxchg(&page->count_info, &expected, 1)) {
		page_put(page);
		return false;
	}
	return true;
}

void domain_return_page(struct domain *d, struct page_info *page)
{
	atomic_fetch_or(&page->count_info, PGC_ALLOCATED);
	/* Its teardown may have passed the frame while it was stolen. */
	smp_mb();
	if (domain_is_dying(d)) {
		page_put_allocated(page);
	}
}

int domain_set_claim(struct domain *d, uint64_t pages)
{
	int rc = heap_claim_change(&d->claimed_pages, pages);

	/* Set, then look: domain_kill() marks, then takes the claim back. */
	smp_mb();
	if (pages && domain_is_dying(d)) {
		(void)heap_claim_change(&d->claimed_pages, 0);
		rc = ERR(-EINVAL);
	}
	return rc;
}

void *domain_alloc_shared(struct domain *d)
{
	struct page_info *page = heap_alloc(0, HEAP_ZERO);

	if (!page) {
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
	domain_put_shared(d);
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
	page_list_del(page->count_info & PGC_LEAVING ? &d->leaving_pages
						     : &d->pages,
		      page);
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

	return preempt_torture() || softirq_pending() ||
	       (!vcpu_is_idle(v) && evtchn_upcall_pending(v));
}
